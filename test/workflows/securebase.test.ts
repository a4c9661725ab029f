import { buildApp } from '../../api/http/app.ts';
import type { App } from '../../api/http/app-type.ts';
import { findProspectOfCheckout } from '../../infra/db/repositories/prospects.ts';
import { metricsText } from '../../infra/metrics.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { CORE_STEP_NAMES } from '../../workflows/domain/core-steps.ts';
import { hashToken } from '../../infra/tokens.ts';
import { Browser } from '../api/browser.ts';
import { valuesOf } from '../metrics/alarms.ts';
import { eventually } from '../support/eventually.ts';
import { DAY, LifecycleHarness } from '../support/lifecycle.ts';

// Signups that it refuses are in test/products/securebase.test.ts; other ends of a prospect in prospect.test.ts.
const { profile, mails, words, routes, senders } = await openProduct({ source: 'securebase' });

let harness: LifecycleHarness;
let app: App;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ profile, mails, senders });
  app = await buildApp({ ...harness.deps, product: { words, routes, settings: {} } });
});
afterAll(async () => {
  await app.close();
  await harness.close();
});

interface Opened {
  readonly checkout_url: string;
  readonly session_id: string;
}

let hospitals = 0;
const hospital = (change: object = {}) => ({
  ...{ tier: 'healthcare', email: `admin${String((hospitals += 1))}@hospital.example`, name: 'Hospital Corp' },
  use_pilot_coupon: true,
  ...change,
});
async function checkout(payload: object): Promise<Opened> {
  const reply = await app.inject({ method: 'POST', url: '/checkout', payload });
  expect(reply.statusCode).toBe(200);
  return reply.json<Opened>();
}
const verify = async (id: string) =>
  (await app.inject(`/checkout/verify?session_id=${id}`)).json<{ success: boolean; customer_id: string }>();
const verified = (id: string) =>
  eventually('the signup', async () => {
    const reply = await verify(id);
    return reply.success ? reply : undefined;
  });
const prospectOf = (checkoutId: string) =>
  findProspectOfCheckout(harness.database, { profile: 'securebase', checkoutId });
const linkIn = (text: string | undefined, path: string): string =>
  new URL(new RegExp(`https?://\\S+/${path}/\\S+`).exec(text ?? '')?.[0] ?? 'none:').pathname;
const amounts = async (customerId: string) => {
  const { stripeCustomerId } = await harness.row(customerId);
  const { data } = await harness.stripe.invoices.list({ customer: stripeCustomerId ?? '' });
  return data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0);
};

test('S0-1 S0-6 S0-12 S0-13 S0-22: from the signup over the paid Checkout to the dashboard, and half the price after 30 days', async () => {
  const sent = hospital();
  const { session_id: id, checkout_url: url } = await checkout(sent);
  expect(await verify(id)).toMatchObject({ success: false, status: 'open', customer_id: null });
  const before = await harness.stripe.checkout.sessions.retrieve(id);
  expect(before).toMatchObject({ mode: 'subscription', client_reference_id: (await prospectOf(id))?.customerId });
  expect(await harness.stripe.coupons.retrieve('pilot50off')).toMatchObject({
    ...{ percent_off: 50, duration: 'repeating', duration_in_months: 6 },
    name: 'Pilot Program - 50% off for 6 months',
  });
  await harness.pay(url);
  const { customer_id: customerId } = await verified(id);
  expect(customerId).toBe(before.client_reference_id);

  const customer = await harness.untilPhase(customerId, 'trial');
  expect(customer).toMatchObject({
    ...{ email: sent.email, companyName: 'Hospital Corp', plan: 'healthcare', complianceFramework: 'hipaa' },
    ...{ subscriptionStatus: 'trialing', attention: null },
  });
  const { customers, subscriptions } = await harness.inStripe(customerId);
  expect([customers.length, subscriptions.length]).toEqual([1, 1]);
  const [subscription] = subscriptions;
  expect(subscription?.items.data[0]?.price).toMatchObject({ unit_amount: 1_500_000, currency: 'usd' });
  expect(customer.trialEndsAt).toEqual(new Date((subscription?.trial_end ?? 0) * 1_000));
  expect(((subscription?.trial_end ?? 0) - (subscription?.trial_start ?? 0)) / 86_400).toBe(30);

  await harness.advance(customerId, (customer.trialEndsAt?.getTime() ?? 0) + DAY);
  await harness.untilPhase(customerId, 'subscription');
  expect(await amounts(customerId)).toEqual([750_000]);
});

test('S0-9 S0-17 S0-21 S0-22: its onboarding: both mails in its words, the key, the password, the dashboard, the audit trail', async () => {
  const sent = hospital({ tier: 'fintech', use_pilot_coupon: false });
  const { session_id: id, checkout_url: url } = await checkout(sent);
  await harness.pay(url);
  const { customer_id: customerId } = await verified(id);
  await harness.untilPhase(customerId, 'trial');
  const ofSubject = (start: string) =>
    eventually(start, async () =>
      (await harness.inbox.to(sent.email)).find(({ subject }) => subject.startsWith(start)),
    );
  const welcome = await ofSubject('Welcome to SecureBase');
  const setUp = await ofSubject('Set Up Your SecureBase Password');
  expect(welcome.subject).toBe('Welcome to SecureBase - Your Fintech Account is Ready!');
  expect(welcome.text).toMatch(/Fintech tier account has been created[^]*30 days and ends on /);
  expect(welcome.text).not.toMatch(/set-password/);
  expect(`${welcome.text}${setUp.text}`).not.toContain('Hospital Corp');

  const steps = await harness.ledger(customerId);
  expect(steps.map(({ step }) => step).sort()).toEqual([...CORE_STEP_NAMES, 'passwordMail'].sort());
  const browser = new Browser(app);
  const [reveal, setPassword] = [linkIn(welcome.text, 'reveal'), linkIn(setUp.text, 'set-password')];
  await browser.get(reveal);
  const [key = ''] = /tenure_[\w-]+/.exec((await browser.post(reveal)).body) ?? [];
  const keys = await harness.database.selectFrom('apiKeys').selectAll().where('customerId', '=', customerId).execute();
  expect(keys).toMatchObject([{ keyHash: hashToken(key) }]);
  expect(JSON.stringify(keys)).not.toContain(key);
  const me = await app.inject({ url: '/me', headers: { authorization: `Bearer ${key}` } });
  expect(me.json()).toMatchObject({ plan: 'fintech', price: { amount: 800_000, currency: 'usd' } });

  const password = 'Correct-Horse-7';
  await browser.get(setPassword);
  await browser.post(setPassword, { password });
  await browser.get('/login');
  await browser.post('/login', { email: sent.email, password });
  const dashboard = await browser.get('/account');
  expect([dashboard.statusCode, dashboard.body.includes('Fintech')]).toEqual([200, true]);
  expect((await browser.get(setPassword)).statusCode).toBe(410);

  const audited = await harness.database
    .selectFrom('auditEvents')
    .select('action')
    .where('customerId', '=', customerId)
    .execute();
  expect(audited.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['checkout.opened', 'customer.signed_up', 'onboarding.done', 'webhook.done']),
  );
});

test('S0-20: an onboarding that is complete, and a Stripe that fails, are counted for the product', async () => {
  const counted = async (name: string): Promise<number> => valuesOf(await metricsText(), name)[profile.name] ?? 0;
  const before = [await counted('OnboardingSuccess'), await counted('StripeErrors')];
  await harness.stripeFault({ match: 'POST /v1/checkout/sessions', mode: 'error', times: 2 });
  const { session_id: id, checkout_url: url } = await checkout(hospital());
  await harness.pay(url);
  const { customer_id: customerId } = await verified(id);
  await harness.untilPhase(customerId, 'trial');
  expect(await counted('StripeErrors')).toBe((before[1] ?? 0) + 2);
  await eventually('the counter', async () => (await counted('OnboardingSuccess')) === (before[0] ?? 0) + 1);
});

test('S0-6 S0-14: a Checkout whose event comes twice makes one customer; a second one of the same address is paid back', async () => {
  const sent = hospital();
  const [first, second] = [await checkout(sent), await checkout(sent)];
  expect(second.session_id).not.toBe(first.session_id);
  await harness.pay(first.checkout_url);
  await expect(harness.pay(first.checkout_url)).rejects.toThrow();
  const { customer_id: customerId } = await verified(first.session_id);
  await harness.untilPhase(customerId, 'trial');
  const { customerId: other = '' } = (await prospectOf(second.session_id)) ?? {};
  await harness.pay(second.checkout_url);
  const refused = await eventually('the refusal', async () => {
    const reply = (await app.inject(`/checkout/verify?session_id=${second.session_id}`)).json<{ status: string }>();
    return reply.status === 'refused' ? reply : undefined;
  });
  expect(refused).toEqual({
    ...{ success: false, status: 'refused', customer_id: null },
    message: 'An active subscription already exists for this email address.',
  });
  expect((await harness.inStripe(other)).customers).toEqual([]);
  expect((await harness.inStripe(customerId)).live).toHaveLength(1);
  const again = await app.inject({ method: 'POST', url: '/checkout', payload: sent });
  expect([again.statusCode, again.json<{ code: string }>().code]).toEqual([400, 'email_taken']);
});
