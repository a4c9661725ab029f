import { newCustomerId } from '../../infra/input/ids.ts';
import { execFile } from 'node:child_process';
import { readFile, glob } from 'node:fs/promises';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { App } from '../../api/http/app-type.ts';
import { hookSignature } from '../../infra/identities/hook-signature.ts';
import { loadApiConfig, loadLifecycleConfig, ConfigError } from '../../infra/config.ts';
import { closeAccount } from '../../infra/db/repositories/access.ts';
import { findCustomer, forgetPerson } from '../../infra/db/repositories/customers.ts';
import { listDifferences } from '../../infra/db/repositories/differences.ts';
import { createTokenVerifier } from '../../infra/identities/tokens.ts';
import { metricsText } from '../../infra/metrics.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { requireSettings } from '../../infra/product/needs.ts';
import { sweepRefusedIdentities } from '../../infra/sweepers/refused-identities.ts';
import { createProspectActivities } from '../../activities/prospects/index.ts';
import { Browser } from '../api/browser.ts';
import { createApiHarness, goodSignup, type ApiHarness, staff } from '../api/harness.ts';
import { eventually } from '../support/eventually.ts';
import { CLIENT_ID, Issuer } from '../support/issuer.ts';
import { valuesOf } from '../metrics/alarms.ts';

// Its journey is in test/workflows/predixa.test.ts; tokens that are refused are in test/infra/identities/tokens.test.ts.
const opened = await openProduct({ source: 'predixa' });
const { profile, words, routes } = opened;
const SECRET = 'a-secret-of-the-hook-of-the-tests';

let harness: ApiHarness;
let issuer: Issuer;
let app: App;
beforeAll(async () => {
  [harness, issuer] = await Promise.all([createApiHarness(), Issuer.start()]);
  app = await harness.another({
    ...{ profile, product: { words, routes, settings: {} } },
    tokens: createTokenVerifier({ issuer: issuer.url, audiences: [CLIENT_ID], isCognito: false }),
    hooks: { secrets: ['the-secret-before-this-one', SECRET], addresses: ['198.51.100.0/24'] },
  });
});
afterAll(async () => {
  await harness.stop();
  await issuer.stop();
});

let people = 0;
const person = (change: object = {}) => {
  const n = String((people += 1));
  return {
    sub: `4f0c6a0e-90b1-70d5-1f3a-${n.padStart(12, '0')}`,
    email: `ada${n}@example.com`,
    given_name: 'Ada',
    ...change,
  };
};
const event = (userAttributes: object, change: object = {}) =>
  JSON.stringify({
    ...{ version: '1', userName: 'ada', triggerSource: 'PostConfirmation_ConfirmSignUp' },
    ...{
      request: { userAttributes: { family_name: 'Lovelace', email_verified: 'true', ...userAttributes } },
      response: {},
    },
    ...change,
  });
const signature = (body: string, at = Date.now(), secret = SECRET): string => {
  const seconds = Math.floor(at / 1_000);
  return `t=${String(seconds)},v1=${hookSignature(secret, seconds, body)}`;
};
const hook = (body: string, headers: object = { 'tenure-signature': signature(body) }, remoteAddress = '192.0.2.1') =>
  app.inject({
    ...{ method: 'POST', url: '/hooks/post-confirmation', body, remoteAddress },
    headers: { 'content-type': 'application/json', ...headers },
  });
const prospects = (subject: string) =>
  harness.database.selectFrom('prospects').selectAll().where('subject', '=', subject).execute();
/** As its workflow does. */
async function become(subject: string): Promise<string> {
  const [prospect] = await prospects(subject);
  const { database, deps } = harness;
  const acts = createProspectActivities({ database, temporal: harness.temporal.client(), licences: deps.licences });
  await acts.createCustomer({ customerId: prospect?.customerId ?? '', trialEndsAt: null });
  return prospect?.customerId ?? '';
}
const bearer = async (who: Parameters<Issuer['signIn']>[0]) => ({
  authorization: `Bearer ${await issuer.signIn(who)}`,
});

test('S2-3: plans without a trial; a customer begins without a subscription', () => {
  expect(profile.plans.map(({ id, monthlyCents }) => [id, monthlyCents])).toEqual([
    ['none', 0],
    ['premium', 999],
  ]);
  expect(profile.steps.map(({ name }) => name)).toEqual(['stripeCustomer', 'trialSubscription']);
});

const hookFailures = async (): Promise<number> => valuesOf(await metricsText(), 'HookFailures')['predixa'] ?? 0;

describe('S2-1: the hook after a confirmation', () => {
  test('stores the person with their names, and answers with the event to the byte', async () => {
    const { sub, ...attributes } = person();
    const body = event({ sub, ...attributes }, { note: '  4242 4242 4242 4242  ' });
    const reply = await hook(body);
    expect([reply.statusCode, reply.body, reply.headers['content-type']]).toEqual([200, body, 'application/json']);
    expect(await prospects(sub)).toMatchObject([
      {
        ...{ kind: 'hook', state: 'ready', email: attributes.email, fullName: 'Ada Lovelace', identityName: 'ada' },
        ...{ givenName: 'Ada', familyName: 'Lovelace' },
      },
    ]);
    expect((await hook(body)).statusCode).toBe(200);
    expect((await hook(event({ sub, email: 'other@example.com' }))).statusCode).toBe(200);
    expect(await prospects(sub)).toHaveLength(1);
    expect(harness.log()).not.toMatch(new RegExp(`${attributes.email}|${sub}|Lovelace`));
  });

  test('S2-7: becomes a customer with a profile of the subject, once', async () => {
    const { sub, email } = person();
    await hook(event({ sub, email, given_name: 'Ada' }));
    const customerId = await become(sub);
    const row = await harness.database
      .selectFrom('customers')
      .selectAll()
      .where('customerId', '=', customerId)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      ...{ subject: sub, email, givenName: 'Ada', familyName: 'Lovelace', identityName: 'ada', profile: 'predixa' },
      ...{ plan: 'none', trialEndsAt: null },
    });
    const shown = await app.inject({ url: `/api/admin/customers/${customerId}`, headers: staff });
    expect(shown.json()).toMatchObject({ customer: { subject: sub } });
    await hook(event({ sub, email }));
    expect(await prospects(sub)).toEqual([]);
    expect(
      await harness.database.selectFrom('customers').select('customerId').where('subject', '=', sub).execute(),
    ).toHaveLength(1);
  });

  test('after a forgotten password creates nobody, and is answered with the event', async () => {
    const { sub, email } = person();
    const body = event({ sub, email }, { triggerSource: 'PostConfirmation_ConfirmForgotPassword' });
    const reply = await hook(body);
    expect([reply.statusCode, reply.body, await prospects(sub)]).toEqual([200, body, []]);
  });

  test("is called by the trigger of the documentation, which gives Cognito's event back even when nobody is there", async () => {
    const docs = await readFile('docs/going-live.md', 'utf8');
    const [, code = ''] = /```js\n([^]*?export async function handler[^]*?)\n *```/.exec(docs) ?? [];
    const sent = JSON.parse(event(person())) as { request: { userAttributes: { sub: string } } };
    const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/hooks/post-confirmation`;
    const run = async (HOOK_URL: string): Promise<unknown> => {
      const call = `${code}\nconsole.log(JSON.stringify(await handler(${JSON.stringify(sent)})));`;
      const options = { env: { HOOK_URL, HOOK_SECRET: SECRET } };
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', call], options);
      return JSON.parse(stdout) as unknown;
    };
    expect(await run('http://127.0.0.1:1/')).toEqual(sent);
    expect(await prospects(sent.request.userAttributes.sub)).toEqual([]);
    expect(await run(url)).toEqual(sent);
    expect(await prospects(sent.request.userAttributes.sub)).toMatchObject([{ state: 'ready' }]);
  });

  const now = Date.now();
  test.each<[string, (body: string) => object]>([
    ['no signature', () => ({})],
    ['one by another secret', (body) => ({ 'tenure-signature': signature(body, now, 'another-secret-of-somebody') })],
    ['one of another body', () => ({ 'tenure-signature': signature('{}') })],
    ['one of six minutes ago', (body) => ({ 'tenure-signature': signature(body, Date.now() - 360_000) })],
    ['one of six minutes ahead', (body) => ({ 'tenure-signature': signature(body, Date.now() + 360_000) })],
    ['one without a time', (body) => ({ 'tenure-signature': signature(body).replace(/^t=\d+,/, '') })],
    ['rubbish', () => ({ 'tenure-signature': 't=1,v1=,'.repeat(50) })],
  ])('is refused with %s', async (_, headers) => {
    const { sub, email } = person();
    const body = event({ sub, email });
    const reply = await hook(body, headers(body));
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([401, 'invalid_signature']);
    expect(await prospects(sub)).toEqual([]);
  });

  test('is let in by an address of the list, and while a secret is replaced by either', async () => {
    const body = event(person());
    expect((await hook(body, {}, '198.51.100.7')).statusCode).toBe(200);
    expect((await hook(body, {}, '198.51.101.7')).statusCode).toBe(401);
    const old = { 'tenure-signature': signature(body, Date.now(), 'the-secret-before-this-one') };
    expect((await hook(body, old)).statusCode).toBe(200);
  });

  test.each<[string, string | undefined, string]>([
    ['no address', undefined, 'the identity has no address'],
    ['an address that is none', 'ada@', 'mail cannot be sent to the address of the identity'],
    ['a hostile address', `"><script>@x"${'x'.repeat(300)}`, 'mail cannot be sent to the address of the identity'],
  ])('S2-9: with %s never fails: it is counted, and support is told', async (_, email, why) => {
    const { sub } = person();
    const body = event({ sub, ...(email !== undefined && { email }) });
    const counted = await hookFailures();
    const reply = await hook(body);
    expect([reply.statusCode, reply.body]).toEqual([200, body]);
    await hook(body);
    expect((await hookFailures()) - counted).toBe(1);
    expect(await prospects(sub)).toMatchObject([{ state: 'refused', email: null }]);
    await sweepRefusedIdentities({ ...harness.deps, database: harness.database });
    const differences = () =>
      listDifferences(harness.database, { kinds: ['identity_refused'], limit: 100, afterSeconds: 0 });
    expect((await differences()).map(({ details }) => details)).toContain(`${sub}: ${why}`);
    await hook(event({ sub, email: person().email }));
    expect((await prospects(sub)).map(({ state }) => state).sort()).toEqual(['ready', 'refused']);
  });

  test('with the address of another customer: told to support, and tried again once it is free', async () => {
    const [first, second] = [person(), person()];
    await hook(event(first));
    await become(first.sub);
    const body = event({ ...second, email: first.email });
    expect((await hook(body)).statusCode).toBe(200);
    expect(await prospects(second.sub)).toMatchObject([{ state: 'refused', refusedFor: 'address_taken' }]);
    await harness.database.updateTable('customers').set({ emailNorm: null }).where('subject', '=', first.sub).execute();
    await hook(body);
    expect((await prospects(second.sub)).map(({ state }) => state).sort()).toEqual(['ready', 'refused']);
  });

  test.each(['{', 'null', '[]', '{"request":7}', '{"request":{"userAttributes":{"sub":"x y"}}}'])(
    'answers with whatever it was sent: %s',
    async (body) => {
      const reply = await hook(body);
      expect([reply.statusCode, reply.body]).toEqual([200, body]);
    },
  );

  test('names that no mail may carry are left out', async () => {
    const { sub, email } = person();
    await hook(event({ sub, email, given_name: 'See https://evil.example', family_name: 'Love\u202elace' }));
    expect(await prospects(sub)).toMatchObject([
      { givenName: null, familyName: null, companyName: 'Private customer' },
    ]);
  });

  test.each([
    ['the number of a card', '4242 4242 4242 4242', 'Lovelace', [null, 'Lovelace', 'Lovelace']],
    ['one in other digits', 'Ada', '\uff14242-4242-4242-4242', ['Ada', null, 'Ada']],
    ['half of one each', '4242 4242', '4242 4242', [null, null, 'Private customer']],
    ['a number that is none', '4242 4242 4242 4241', 'X', ['4242 4242 4242 4241', 'X', '4242 4242 4242 4241 X']],
  ])('a name that is %s is left out, and the sign-up goes on', async (_what, given_name, family_name, stored) => {
    const { sub, email } = person();
    const body = event({ sub, email, given_name, family_name });
    const reply = await hook(body);
    expect([reply.statusCode, reply.body]).toEqual([200, body]);
    const [prospect] = await prospects(sub);
    expect([prospect?.givenName, prospect?.familyName, prospect?.companyName]).toEqual(stored);
  });

  test('an event without a subject is named by when it came, and by nothing of the person', async () => {
    await hook(event({ email: 'nameless@example.com' }));
    await sweepRefusedIdentities({ ...harness.deps, database: harness.database });
    const all = await listDifferences(harness.database, { kinds: ['identity_refused'], limit: 100, afterSeconds: 0 });
    const [found] = all.filter(({ details }) => details.includes('no subject'));
    expect(found?.details).toMatch(/^event received at \d{4}-\d\d-\d\dT[\d:.]+Z: the event has no subject$/);
    expect(JSON.stringify(all)).not.toMatch(/nameless/);
  });

  test('S2-9: while Postgres does not take it, it is counted, kept and stored later', async () => {
    const { sub, email } = person();
    const rename = (from: string, to: string) =>
      sql`alter table ${sql.table(from)} rename to ${sql.id(to)}`.execute(harness.database);
    await rename('prospects', 'prospects_away');
    const body = event({ sub, email });
    const counted = await hookFailures();
    const reply = await hook(body);
    expect([reply.statusCode, reply.body]).toEqual([200, body]);
    expect((await hookFailures()) - counted).toBe(1);
    await rename('prospects_away', 'prospects');
    await eventually('the prospect', async () => (await prospects(sub)).length === 1);
  });

  test('while Temporal is down, it is stored and started later', async () => {
    harness.temporal.down = true;
    const { sub, email } = person();
    expect((await hook(event({ sub, email }))).statusCode).toBe(200);
    harness.temporal.down = false;
    expect(await prospects(sub)).toMatchObject([{ state: 'ready', workflowStartedAt: null }]);
  });
});

describe('S2-2 S2-4: tokens of the issuer', () => {
  const NONE = {
    status: 'none',
    plan: null,
    plan_id: null,
    current_period_end: null,
    trial_expires_at: null,
    updatedAt: null,
  };

  test('who has no record has no entitlement, which is no error; a customer has theirs by the subject', async () => {
    const who = person();
    await hook(event(who));
    const headers = await bearer(who);
    const before = await app.inject({ url: '/me/entitlements', headers });
    expect([before.statusCode, before.json()]).toEqual([
      200,
      { cognito_sub: who.sub, ...NONE, features: [], limits: {} },
    ]);
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(503);
    const customerId = await become(who.sub);
    const periodEnd = new Date('2027-01-15T12:00:00Z');
    const set = { status: 'trialing', plan: 'price_1', currentPeriodEnd: periodEnd, trialExpiresAt: periodEnd };
    await harness.database.updateTable('entitlements').set(set).where('customerId', '=', customerId).execute();
    const after = await app.inject({ url: '/me/entitlements', headers });
    expect(after.json()).toMatchObject({
      ...{ cognito_sub: who.sub, status: 'trialing', plan: 'price_1' },
      ...{
        current_period_end: 1_800_014_400,
        trial_expires_at: 1_800_014_400,
        updatedAt: expect.any(String) as string,
      },
    });
    expect((await app.inject({ url: '/me', headers })).json()).toMatchObject({ customer_id: customerId });
    expect((await app.inject({ url: `/api/customers/${customerId}`, headers })).statusCode).toBe(200);
    const stranger = await bearer(person());
    expect((await app.inject({ url: `/api/customers/${customerId}`, headers: stranger })).statusCode).toBe(404);
  });

  test('whose event was lost is created by the first token that has their address', async () => {
    const who = person();
    await app.inject({ url: '/me/entitlements', headers: await bearer(who) });
    expect(await prospects(who.sub)).toMatchObject([{ state: 'ready', email: who.email, givenName: 'Ada' }]);
  });

  const NEEDS_A_CUSTOMER = [
    { url: '/me' },
    { method: 'POST', url: '/me/upgrade', payload: { plan: 'premium' } },
    { method: 'POST', url: '/me/cancel', payload: { when: 'now' } },
  ] as const;

  test.each(NEEDS_A_CUSTOMER)(
    'whose event was lost is taken on by $url, and told when to ask again',
    async ({ ...request }) => {
      const { email, ...anonymous } = person();
      const ask = async (who: Parameters<typeof bearer>[0]) => app.inject({ ...request, headers: await bearer(who) });
      const without = await ask(anonymous);
      expect([without.statusCode, without.json()]).toMatchObject([
        403,
        { code: 'forbidden', message: expect.stringContaining('Send the ID token') as string },
      ]);
      expect(await prospects(anonymous.sub)).toEqual([]);
      const reply = await ask({ ...anonymous, email });
      expect([reply.statusCode, reply.json(), reply.headers['retry-after']]).toMatchObject([
        503,
        { code: 'account_being_set_up', message: expect.stringContaining('being set up') as string },
        '5',
      ]);
      expect(await prospects(anonymous.sub)).toMatchObject([{ state: 'ready', email }]);
      const customerId = await become(anonymous.sub);
      const free = harness.database.updateTable('customers').set({ phase: 'free' });
      await free.where('customerId', '=', customerId).execute();
      harness.temporal.answers = [() => ({ accepted: true, checkoutUrl: 'https://checkout.example/1', endsAt: null })];
      expect((await ask({ ...anonymous, email })).statusCode).toBeLessThan(300);
    },
  );

  describe('whose event was lost orders the end of their account', () => {
    const remove = async (who: Parameters<typeof bearer>[0]) =>
      app.inject({ method: 'DELETE', url: '/me/account', headers: await bearer(who) });

    test('once is enough: the account is waited for and deleted', async () => {
      const who = person();
      harness.temporal.answers = [() => ({ accepted: true })];
      const removed = remove(who);
      await eventually('the prospect', async () => (await prospects(who.sub))[0]);
      const customerId = await become(who.sub);
      expect((await removed).statusCode).toBe(202);
      expect(harness.temporal.updates.at(-1)).toMatchObject({
        workflowId: `customer/${customerId}`,
        name: 'eraseAccount',
      });
    });

    test('while nobody makes it, the answer is that nothing is deleted, and when to ask again', async () => {
      const reply = await remove(person());
      expect([reply.statusCode, reply.json(), reply.headers['retry-after']]).toMatchObject([
        503,
        {
          error: 'Nothing is deleted yet',
          message: 'Your account is still being set up, so nothing has been deleted. Send this again in 5 seconds.',
        },
        '5',
      ]);
    });

    test('a token without an address is not told to make a customer first', async () => {
      const reply = await remove(person({ email: undefined }));
      expect([reply.statusCode, reply.json()]).toMatchObject([
        404,
        { message: expect.stringMatching(/^There is no account with this identity, so nothing was deleted/) as string },
      ]);
    });
  });

  test('whose address is taken is told that nobody will come of it', async () => {
    const [first, second] = [person(), person()];
    await hook(event(first));
    await become(first.sub);
    const headers = await bearer({ ...second, email: first.email });
    const refused = [403, { message: expect.stringContaining('Support has been told') as string }];
    const ask = async () => {
      const reply = await app.inject({ url: '/me', headers });
      return [reply.statusCode, reply.json<object>()];
    };
    expect([await ask(), await ask()]).toMatchObject([refused, refused]);
  });

  /** One who is gone, since before now or until after it. */
  async function gone(ended: 'before' | 'after', change: object = {}) {
    const who = person();
    await hook(event(who));
    const customerId = await become(who.sub);
    const endedAt = new Date(Date.now() + (ended === 'before' ? -60_000 : 60_000));
    await harness.database
      .updateTable('customers')
      .set({ phase: 'ended', standing: 'ended', emailNorm: null, slug: null, endedAt, ...change })
      .where('customerId', '=', customerId)
      .execute();
    return { who, customerId, headers: await bearer(who) };
  }

  test('who has left and signs in again becomes another customer; both are erased together', async () => {
    const { who, customerId, headers } = await gone('before');
    const set = harness.database.updateTable('entitlements').set({ status: 'canceled' });
    await set.where('customerId', '=', customerId).execute();
    await hook(event(who));
    expect(await prospects(who.sub)).toEqual([]);
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(503);
    expect((await app.inject({ url: '/me/entitlements', headers })).json()).toMatchObject({ status: 'canceled' });
    const next = await become(who.sub);
    expect(next).not.toBe(customerId);
    expect((await app.inject({ url: '/me', headers })).json()).toMatchObject({ customer_id: next, email: who.email });
    const row = (id: string) => findCustomer(harness.database, id);
    expect(await row(customerId)).toMatchObject({ subject: null, formerSubject: who.sub, givenName: 'Ada' });
    expect(await row(next)).toMatchObject({ subject: who.sub, formerSubject: null });
    harness.temporal.answers = [() => ({ accepted: true }), () => ({ accepted: true })];
    const sent = harness.temporal.updates.length;
    expect((await app.inject({ method: 'DELETE', url: '/me/account', headers })).statusCode).toBe(202);
    expect(harness.temporal.updates.slice(sent).map(({ workflowId }) => workflowId)).toEqual([
      `customer/${customerId}`,
      `customer/${next}`,
    ]);
    await harness.database.transaction().execute((db) => forgetPerson(db, customerId));
    expect(await row(customerId)).toMatchObject({ formerSubject: null });
  });

  test('who has left is not taken on by a token from before, nor by an event', async () => {
    const { who, headers } = await gone('after');
    const reply = await app.inject({ url: '/me', headers });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      403,
      { message: expect.stringContaining('Sign in again') as string },
    ]);
    await app.inject({ url: '/me/entitlements', headers });
    await hook(event(who));
    expect(await prospects(who.sub)).toEqual([]);
  });

  test('who is erased is not taken on by a token from before, and not while the erasure is under way', async () => {
    const erased = await gone('after');
    await harness.database.transaction().execute((db) => forgetPerson(db, erased.customerId));
    const ask = async (method: 'DELETE' | 'GET', url: string, { headers }: typeof erased) =>
      (await app.inject({ method, url, headers })).statusCode;
    expect(await ask('GET', '/me', erased)).toBe(403);
    expect(await ask('DELETE', '/me/account', erased)).toBe(404);
    const closing = await gone('before');
    await harness.database.transaction().execute((db) => closeAccount(db, closing.customerId));
    const waits = await app.inject({ url: '/me', headers: closing.headers });
    expect([waits.statusCode, waits.json()]).toMatchObject([
      403,
      { message: expect.stringContaining('is still being closed. Sign in again in a few minutes') as string },
    ]);
    expect([...(await prospects(erased.who.sub)), ...(await prospects(closing.who.sub))]).toEqual([]);
    const back = await gone('before');
    await harness.database.transaction().execute((db) => forgetPerson(db, back.customerId));
    expect(await ask('GET', '/me', back)).toBe(503);
  });

  test.each(['', 'Bearer ', 'Bearer a.b.c', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', 'Basic eDp5'])(
    'a token that is not good is refused: "%s"',
    async (authorization) => {
      const before = await harness.count('auditEvents');
      for (const request of [
        { url: '/me/entitlements' },
        { method: 'DELETE', url: '/me/account' },
        { url: '/me' },
      ] as const) {
        const reply = await app.inject({ ...request, headers: { ...(authorization !== '' && { authorization }) } });
        expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([401, 'unauthenticated']);
      }
      expect(await harness.count('auditEvents')).toBe(before);
    },
  );

  test('that nobody can check now is no 401', async () => {
    const away = await harness.another({
      ...{ profile, product: { words, routes, settings: {} } },
      tokens: createTokenVerifier({ issuer: 'http://127.0.0.1:1', audiences: [CLIENT_ID], isCognito: false }),
    });
    const reply = await away.inject({ url: '/me/entitlements', headers: await bearer(person()) });
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([503, 'issuer_unavailable']);
    expect(reply.headers['retry-after']).toBe('10');
  });

  test('are of no use to the product whose customers sign in here', async () => {
    const headers = await bearer(person());
    expect((await harness.app.inject({ url: '/me/entitlements', headers })).statusCode).toBe(401);
  });

  test('are taken from a front end on another origin, which a cookie is not', async () => {
    const who = person();
    await hook(event(who));
    await become(who.sub);
    await harness.database.updateTable('customers').set({ phase: 'free' }).where('subject', '=', who.sub).execute();
    const origin = { origin: 'https://app.predixa.example', 'sec-fetch-site': 'cross-site' };
    harness.temporal.answers = [() => ({ checkoutUrl: 'https://checkout.example/1' })];
    const upgrade = (headers: object) =>
      app.inject({
        method: 'POST',
        url: '/me/upgrade',
        payload: { plan: 'premium' },
        headers: { ...origin, ...headers },
      });
    expect((await upgrade(await bearer(who))).statusCode).toBe(200);
    expect((await upgrade({ cookie: 'tenure_customer=x' })).statusCode).toBe(403);
    expect((await upgrade({ authorization: 'Bearer x' })).statusCode).toBe(403);
  });

  test('who pays for nothing and gets no instance is told so, and which plan can be paid for', async () => {
    const who = person();
    await hook(event(who));
    const id = await become(who.sub);
    await harness.database.updateTable('customers').set({ phase: 'free' }).where('customerId', '=', id).execute();
    const headers = await bearer(who);
    const ask = async (url: string) => (await app.inject({ url, headers })).json<object>();
    expect(await ask('/me')).toMatchObject({ deployment_status: 'none' });
    expect(await ask(`/api/customers/${id}/deployment/status`)).toMatchObject({
      customer: { deploymentStatus: 'none' },
    });
    const setPhase = (phase: string) =>
      harness.database.updateTable('customers').set({ phase }).where('customerId', '=', id).execute();
    await setPhase('onboarding');
    const early = await app.inject({ method: 'POST', url: '/me/upgrade', payload: { plan: 'premium' }, headers });
    expect([early.statusCode, early.json<{ message: string }>().message]).toEqual([
      409,
      'Your account is still being set up. Try again in a minute.',
    ]);
    await setPhase('free');
    const upgrade = async (payload: object) => {
      const reply = await app.inject({ method: 'POST', url: '/me/upgrade', payload, headers });
      return [reply.statusCode, reply.json<{ problems: { message: string }[] }>().problems[0]?.message];
    };
    for (const plan of ['starter', 'none'])
      expect(await upgrade({ plan })).toEqual([400, 'plan must be one of premium.']);
    const asked = harness.temporal.updates.length;
    expect(await upgrade({ plan: 'premium', charge: 'at_trial_end' })).toEqual([
      422,
      'There is no trial, so the first charge is now. Leave charge out.',
    ]);
    expect(harness.temporal.updates).toHaveLength(asked);
  });

  test('S0-7: who comes back from the Checkout is told what is known of it', async () => {
    const back = async (id: string) => {
      const reply = await app.inject({ url: `/upgrade/done?customer=${known}&session_id=${id}` });
      expect(reply.statusCode).toBe(200);
      return reply.body;
    };
    const known = newCustomerId();
    harness.temporal.signals.length = 0;
    harness.temporal.started.set(`customer/${known}`, {});
    const receivedAt = new Date();
    await harness.database
      .insertInto('stripeEvents')
      .values({
        ...{ eventId: 'evt_back', objectId: 'cs_paid', type: 'checkout.session.completed', livemode: false },
        ...{ eventCreatedAt: receivedAt, receivedAt, state: 'done', attempts: 1 },
      })
      .execute();
    expect(await back('cs_paid')).toMatch(/Thank you[^]*Your Checkout is complete/);
    for (const id of ['cs_other', '', '%27'])
      expect(await back(id)).toMatch(/^(?![^]*Thank you)[^]*Stripe has not told us of a payment yet/);
    // What Stripe has not told us is asked.
    expect(harness.temporal.signals).toMatchObject(
      ['cs_other', "'"].map((eventId) => ({ workflowId: `customer/${known}`, argument: { eventId } })),
    );
  });

  test('S2-6: delete the account without another question, also when the order is repeated', async () => {
    const who = person();
    await hook(event(who));
    const customerId = await become(who.sub);
    const headers = await bearer(who);
    harness.temporal.answers = [() => ({ accepted: true })];
    const remove = () => app.inject({ method: 'DELETE', url: '/me/account', headers });
    const reply = await remove();
    expect([reply.statusCode, reply.json<{ success: boolean }>().success]).toEqual([202, true]);
    expect(harness.temporal.updates.at(-1)).toMatchObject({
      workflowId: `customer/${customerId}`,
      name: 'eraseAccount',
    });
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(403);
    expect((await remove()).statusCode).toBe(202);
  });

  test('nobody signs up here', async () => {
    const reply = await app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([409, 'signs_up_elsewhere']);
    const page = await app.inject('/signup');
    expect(page.body).toContain('Sign up in the Predixa app.');
    expect(page.body).not.toMatch(/<form[^>]*signup|type="password"/);
  });

  test('nobody has a password here', async () => {
    const who = person();
    await hook(event(who));
    await become(who.sub);
    const payload = { email: who.email, password: 'Abcdefg1' };
    const login = await app.inject({ method: 'POST', url: '/api/customers/login', payload });
    expect([login.statusCode, login.json<{ code: string }>().code]).toEqual([409, 'signs_up_elsewhere']);
    const change = { old_password: 'x', new_password: 'Abcdefg1' };
    const headers = await bearer(who);
    const other = await app.inject({ method: 'POST', url: '/me/password', headers, payload: change });
    expect([other.statusCode, other.json<{ code: string }>().code]).toEqual([409, 'signs_up_elsewhere']);
    const browser = new Browser(app);
    expect((await browser.get('/login')).body).toContain('Continue in the Predixa app');
    // A form that was opened before.
    await browser.get('/console/login');
    const forgot = await browser.post('/forgot-password', { email: who.email });
    expect([forgot.statusCode, forgot.body.includes('in its app, not here')]).toEqual([409, true]);
    const asked = harness.database
      .selectFrom('auditEvents')
      .select('action')
      .where('action', '=', 'password.link_asked');
    expect(await asked.execute()).toEqual([]);
  });
});

describe('S2-8: its settings', () => {
  const COGNITO = { COGNITO_USER_POOL_ID: 'us-east-1_a1B2c3D4e', COGNITO_CLIENT_ID: 'web, ios' };
  const problems = (env: object): string => {
    try {
      loadApiConfig(env as never);
    } catch (error) {
      if (error instanceof ConfigError) return [error, ...error.also].map(({ message }) => message).join('\n');
    }
    return '';
  };

  test('without an issuer or a caller of its hook it does not start', () => {
    const [issuer, secrets] = [{ issuer: 'https://x.example', audiences: ['x'], isCognito: false }, ['x'.repeat(24)]];
    const start = (settings: Parameters<typeof requireSettings>[0]) => () => {
      requireSettings(settings, opened);
    };
    expect(start({ issuer: undefined, hooks: { secrets, addresses: [] } })).toThrow(
      /^COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID, or OIDC_ISSUER/,
    );
    expect(start({ issuer, hooks: { secrets: [], addresses: [] } })).toThrow(
      'HOOK_SECRET or HOOK_ADDRESSES must be set: without them nobody may call the hooks of Predixa.',
    );
    expect(start({ issuer, hooks: { secrets, addresses: [] } })).not.toThrow();
  });

  test.each<[object, RegExp]>([
    [{ COGNITO_USER_POOL_ID: 'us-east-1_a' }, /COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID must be set both/],
    [{ ...COGNITO, COGNITO_USER_POOL_ID: 'https://x' }, /COGNITO_USER_POOL_ID must be the id of a user pool/],
    [{ ...COGNITO, OIDC_ISSUER: 'https://x.example', OIDC_AUDIENCE: 'x' }, /OIDC_ISSUER must not be set beside/],
    [{ OIDC_ISSUER: 'http://x.example', OIDC_AUDIENCE: 'x' }, /OIDC_ISSUER must be the https address/],
    [{ OIDC_ISSUER: 'https://x.example' }, /OIDC_ISSUER and OIDC_AUDIENCE must be set both/],
    [{ HOOK_SECRET: 'short' }, /HOOK_SECRET must have at least 24 characters/],
    [{ HOOK_ADDRESSES: '10.0.0.0/8, x' }, /HOOK_ADDRESSES must list addresses.*"x" is neither/],
  ])('%j is refused', (env, message) => {
    expect(problems(env)).toMatch(message);
  });

  test('of a user pool follow its issuer and its region', () => {
    expect(problems(COGNITO)).not.toMatch(/COGNITO|OIDC|\bHOOK_/);
    expect(() => loadLifecycleConfig({ COGNITO_USER_POOL_ID: 'x' })).toThrow(ConfigError);
  });
});

test('S2-10: the policy allows the calls to AWS that the code makes, and no others', async () => {
  const calls = new Set<string>();
  for await (const file of glob('{activities,workers,api,infra,products}/**/*.ts')) {
    // Its customers have no instance, so no target makes anything for them.
    if (file.startsWith('infra/tenant-stacks/')) continue;
    const source = await readFile(file, 'utf8');
    for (const [, name = ''] of source.matchAll(/new ([A-Z]\w+)Command\(/g))
      calls.add(`${source.includes('client-cognito-identity-provider') ? 'cognito-idp' : 'ses'}:${name}`);
  }
  const { Statement: statements } = JSON.parse(await readFile('products/predixa/iam-policy.json', 'utf8')) as {
    Statement: { Effect: string; Action: string[]; Resource: unknown }[];
  };
  expect(statements.flatMap(({ Action: action }) => action).sort()).toEqual([...calls].sort());
  expect(calls).toContain('cognito-idp:AdminDeleteUser');
  for (const { Action: action, Resource: resource } of statements)
    if (action.some((one) => !/:(Get|Describe)/.test(one))) expect(resource).not.toBe('*');
});
