import { buildApp } from '../../api/http/app.ts';
import type { App } from '../../api/http/app-type.ts';
import { hookSignature } from '../../infra/identities/hook-signature.ts';
import { findCustomerOfSubject } from '../../infra/db/repositories/customers.ts';
import { createTokenVerifier } from '../../infra/identities/tokens.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { eventually } from '../support/eventually.ts';
import { CLIENT_ID, Issuer, type Person } from '../support/issuer.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';
import { UserPool } from '../support/user-pool.ts';

// What is refused is in test/products/predixa.test.ts and test/infra/identities/tokens.test.ts.
const { profile, mails, words, routes, senders } = await openProduct({ source: 'predixa' });
const SECRET = 'a-secret-of-the-hook-of-the-tests';

let harness: LifecycleHarness;
let issuer: Issuer;
let pool: UserPool;
let app: App;
beforeAll(async () => {
  [issuer, pool] = await Promise.all([Issuer.start(), UserPool.start()]);
  harness = await LifecycleHarness.start({ profile, mails, senders, pool: pool.pool });
  app = await buildApp({
    ...{ ...harness.deps, product: { words, routes, settings: {} } },
    tokens: createTokenVerifier({ issuer: issuer.url, audiences: [CLIENT_ID], isCognito: false }),
    hooks: { secrets: [SECRET], addresses: [] },
  });
});
afterAll(async () => {
  await app.close();
  await harness.close();
  await Promise.all([issuer.stop(), pool.stop()]);
});

let people = 0;
const person = (): Required<Person> => {
  const n = String((people += 1));
  const sub = `4f0c6a0e-90b1-70d5-1f3a-${n.padStart(12, '0')}`;
  return { sub, email: `ada${n}@example.com`, given_name: 'Ada', family_name: 'Lovelace' };
};

/** As Cognito does, with the trigger in between. */
async function confirm({ sub, ...attributes }: Person, userName: string): Promise<void> {
  pool.users.add(userName);
  const userAttributes = { sub, ...attributes, email_verified: 'true' };
  const body = JSON.stringify({
    ...{ version: '1', userName, triggerSource: 'PostConfirmation_ConfirmSignUp' },
    ...{ request: { userAttributes }, response: {} },
  });
  const seconds = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'tenure-signature': `t=${String(seconds)},v1=${hookSignature(SECRET, seconds, body)}`,
  };
  const reply = await app.inject({ method: 'POST', url: '/hooks/post-confirmation', body, headers });
  expect([reply.statusCode, reply.body]).toEqual([200, body]);
}
const customerOf = (subject: string) =>
  eventually('the customer', () => findCustomerOfSubject(harness.database, { profile: 'predixa', subject }));
async function signedUp(who: Person, userName = who.sub): Promise<string> {
  await confirm(who, userName);
  const { customerId } = await customerOf(who.sub);
  await harness.untilPhase(customerId, 'free');
  return customerId;
}
const bearer = async (who: Person) => ({ authorization: `Bearer ${await issuer.signIn(who)}` });
const entitlements = async (headers: Awaited<ReturnType<typeof bearer>>) =>
  (await app.inject({ url: '/me/entitlements', headers })).json<object>();

test('S2-1 S2-2 S2-4 S2-5 S2-6 S2-7: from the sign-up at the issuer over a subscription to the deletion everywhere', async () => {
  const who = person();
  const customerId = await signedUp(who, 'google_1234');
  const headers = await bearer(who);
  const row = await harness.row(customerId);
  expect(row).toMatchObject({
    ...{ subject: who.sub, email: who.email, givenName: 'Ada', familyName: 'Lovelace', standing: 'active' },
    ...{ plan: 'none', trialEndsAt: null, instanceUrl: null, attention: null },
  });
  const before = await harness.inStripe(customerId);
  expect([before.customers.map(({ id }) => id), before.subscriptions]).toEqual([[row.stripeCustomerId], []]);
  expect(before.customers[0]).toMatchObject({ email: who.email, name: 'Ada Lovelace' });
  expect(await entitlements(headers)).toMatchObject({ cognito_sub: who.sub, status: 'none', plan: null });
  expect(await harness.inbox.to(who.email)).toEqual([]);

  const upgrade = await app.inject({ method: 'POST', url: '/me/upgrade', headers, payload: { plan: 'premium' } });
  await harness.pay(upgrade.json<{ checkout_url: string }>().checkout_url);
  await harness.untilPhase(customerId, 'subscription');
  const [live] = (await harness.inStripe(customerId)).live;
  const item = live?.items.data[0];
  await eventually('the entitlement', async () => {
    const reply = await entitlements(headers);
    return 'status' in reply && reply.status === 'active' && reply;
  });
  expect(await entitlements(headers)).toMatchObject({
    ...{ cognito_sub: who.sub, plan: item?.price.id, current_period_end: item?.current_period_end },
    ...{ trial_expires_at: null, updatedAt: expect.any(String) as string },
  });
  expect(item?.price).toMatchObject({ unit_amount: 999, currency: 'usd' });
  const { data: events } = await harness.stripe.events.list({ type: 'customer.subscription.created', limit: 100 });
  const event = events.find(({ data }) => 'id' in data.object && data.object.id === live?.id);
  const payload = JSON.stringify(event);
  const signature = harness.stripe.webhooks.generateTestHeaderString({ payload, secret: harness.secrets.webhook });
  const posted = await app.inject({
    ...{ method: 'POST', url: '/stripe/webhook', payload },
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
  });
  expect([posted.statusCode, posted.json()]).toEqual([200, { received: true }]);

  pool.faults = ['TooManyRequestsException'];
  const removed = await app.inject({ method: 'DELETE', url: '/me/account', headers });
  expect([removed.statusCode, removed.json<{ success: boolean }>().success]).toEqual([202, true]);
  await harness.handle(customerId).result();
  expect(await harness.row(customerId)).toMatchObject({
    ...{ phase: 'ended', email: null, fullName: null, subject: null, identityName: null, givenName: null },
    ...{ familyName: null, stripeCustomerId: null },
  });
  const after = await harness.inStripe(customerId);
  expect([after.customers, after.live]).toEqual([[], []]);
  expect(pool.users).not.toContain('google_1234');
  // One that failed, one that deleted, and one that proves it.
  expect(pool.asked).toEqual(Array(3).fill('AWSCognitoIdentityProviderService.AdminDeleteUser google_1234'));
  expect(await entitlements(headers)).toEqual({
    ...{ cognito_sub: who.sub, status: 'none', plan: null, plan_id: null },
    ...{ current_period_end: null, trial_expires_at: null },
    ...{ updatedAt: null, features: [], limits: {} },
  });
});

test('S2-5: a subscription that ended is canceled, and nothing else of the customer ends; a new one is active', async () => {
  const who = person();
  const customerId = await signedUp(who);
  const headers = await bearer(who);
  const subscribe = async (): Promise<void> => {
    const payload = { plan: 'premium', billing_cycle: 'annual' };
    const upgrade = await app.inject({ method: 'POST', url: '/me/upgrade', headers, payload });
    await harness.pay(upgrade.json<{ checkout_url: string }>().checkout_url);
    await harness.untilPhase(customerId, 'subscription');
  };
  const untilEntitled = (status: string) =>
    eventually(status, async () => {
      const reply = (await entitlements(headers)) as { readonly status: string; readonly plan: string | null };
      return reply.status === status && reply;
    });
  await subscribe();
  const { plan } = await untilEntitled('active');
  const left = await app.inject({ method: 'POST', url: '/me/cancel', headers, payload: { when: 'period_end' } });
  const { ends_at: end } = left.json<{ ends_at: string }>();
  await harness.advance(customerId, Date.parse(end) + 86_400_000);
  expect(await untilEntitled('canceled')).toMatchObject({ cognito_sub: who.sub, plan });
  expect(await harness.row(customerId)).toMatchObject({ phase: 'free', standing: 'active', subject: who.sub });
  expect(pool.users).toContain(who.sub);
  await subscribe();
  await untilEntitled('active');
  await app.inject({ method: 'POST', url: '/me/cancel', headers, payload: { when: 'now' } });
  await harness.untilPhase(customerId, 'ended');
  expect(await untilEntitled('canceled')).toMatchObject({ cognito_sub: who.sub });
});

test('S2-6: an identity that is not there is deleted; one who has left before is deleted too', async () => {
  const who = person();
  const customerId = await signedUp(who);
  const headers = await bearer(who);
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(customerId, 'ended');
  await harness.handle(customerId).result();
  expect(await entitlements(headers)).toMatchObject({ status: 'none' });
  pool.users.delete(who.sub);
  const removed = await app.inject({ method: 'DELETE', url: '/me/account', headers });
  expect(removed.statusCode).toBe(202);
  await harness.untilRow(customerId, 'forgotten', ({ subject, email }) => subject === null && email === null);
  expect(pool.asked.at(-1)).toContain(who.sub);
  const audited = harness.database.selectFrom('auditEvents').select('details').where('customerId', '=', customerId);
  expect(await audited.where('action', '=', 'identity.deleted').execute()).toEqual([
    { details: { outcome: 'deleted' } },
  ]);
});

test('S2-1: an event that comes twice at once, and again later, is one customer', async () => {
  const who = person();
  await Promise.all([confirm(who, who.sub), confirm(who, who.sub)]);
  const customerId = await signedUp(who);
  await confirm(who, who.sub);
  const rows = harness.database.selectFrom('customers').select('customerId').where('email', '=', who.email);
  expect(await rows.execute()).toEqual([{ customerId }]);
  expect((await harness.inStripe(customerId)).customers).toHaveLength(1);
});
