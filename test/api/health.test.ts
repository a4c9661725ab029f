import { generateKeyPairSync } from 'node:crypto';
import { sql } from 'kysely';
import { openDatabase, type Database } from '../../infra/db/database.ts';
import { requireKnownProducts } from '../../infra/product/known-customers.ts';
import { addSignup } from '../support/lifecycle-signup.ts';
import { fingerprintOf, signerOfOwnKey } from '../../infra/licence-key.ts';
import { createApiHarness, goodSignup, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

test('alive, and able to serve', async () => {
  expect((await harness.app.inject({ url: '/healthz' })).json()).toEqual({ status: 'ok' });
  const ready = await harness.app.inject({ url: '/readyz' });
  expect(ready.statusCode).toBe(200);
  expect(ready.json()).toEqual({
    ready: true,
    missing: [],
    parts: { postgres: 'ok', licence_key: 'ok', temporal: 'ok' },
  });
});

test('names what is missing, and why', async () => {
  harness.temporal.down = true;
  const app = await harness.another({});
  const reply = await app.inject({ url: '/readyz' });
  harness.temporal.down = false;
  expect(reply.statusCode).toBe(503);
  const parts = { postgres: 'ok', licence_key: 'ok', temporal: 'does not answer' };
  expect(reply.json()).toEqual({ ready: false, missing: ['temporal'], parts });
  // Many load balancers ask, so an answer is kept for a moment.
  expect((await app.inject({ url: '/readyz' })).json()).toEqual({ ready: false, missing: ['temporal'], parts });
  const broken = new Proxy(harness.deps.database, {
    get: () => {
      throw new Error('no database');
    },
  });
  const without = await harness.another({ database: broken });
  expect((await without.inject({ url: '/readyz' })).json()).toMatchObject({ ready: false, missing: ['postgres'] });
  expect((await without.inject({ url: '/healthz' })).statusCode).toBe(200);
});

test('another pair of licence keys is refused, and signs nothing', async () => {
  const { database, deps } = harness;
  const own = await signerOfOwnKey(database, deps.licences);
  const way = { sessionVersion: 1, entry: 'entry' };
  await expect(own.issueSignIn('cust_1', way)).resolves.toEqual(expect.any(String));
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const another = { ...deps.licences, publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
  const sentence = `is not the key that the instances have (SHA-256 ${fingerprintOf(deps.licences.publicKeyPem)}): put that pair back`;
  await expect(signerOfOwnKey(database, another)).rejects.toThrow(sentence);

  const ready = await (await harness.another({ licences: another })).inject({ url: '/readyz' });
  expect(ready.json()).toMatchObject({
    missing: ['licence_key'],
    parts: { licence_key: expect.stringContaining(sentence) as string },
  });

  // Postgres was down when the process started: nothing is signed before the key was compared.
  let isAway = true;
  const selectFrom = (table: 'licenceKey') => {
    if (isAway) throw new Error('no database');
    return database.selectFrom(table);
  };
  const late = await signerOfOwnKey({ selectFrom } as unknown as Database, another);
  isAway = false;
  await expect(late.issueSignIn('cust_1', way)).rejects.toThrow(sentence);
  const order = { customerId: 'cust_1', plan: 'starter', maxDevices: 1, expiresAt: new Date() };
  await expect(late.issue(order)).rejects.toThrow(sentence);
  // The same pair is accepted, also in a file that is formatted differently.
  const same = { ...deps.licences, publicKeyPem: `${deps.licences.publicKeyPem}\n` };
  await expect(signerOfOwnKey(database, same)).resolves.toBeDefined();
});

test('a process that was not given the product of a living customer is refused, but not for a customer who has left', async () => {
  const { database } = harness;
  await expect(requireKnownProducts(database)).resolves.toBeUndefined();
  const { customerId } = await addSignup(database);
  const change = (to: object) =>
    database.updateTable('customers').set(to).where('customerId', '=', customerId).execute();
  await change({ profile: 'elsewhere' });
  await expect(requireKnownProducts(database)).rejects.toThrow(
    'TENURE_PRODUCT: there is 1 customer of the product "elsewhere", which is not the one given.',
  );
  await change({ phase: 'ended' });
  await expect(requireKnownProducts(database)).resolves.toBeUndefined();
});

test('is not ready on a database that is a migration behind, or has none', async () => {
  await sql`delete from migrations where name like '0004%'`.execute(harness.database);
  const behind = await (await harness.another({})).inject({ url: '/readyz' });
  expect(behind.statusCode).toBe(503);
  expect(behind.json()).toMatchObject({ missing: ['postgres'] });
  expect(behind.json<{ parts: { postgres: string } }>().parts.postgres).toMatch(/^lacks migration 0004_\w+: run/);
  await sql`alter table migrations rename to elsewhere`.execute(harness.database);
  const empty = await (await harness.another({})).inject({ url: '/readyz' });
  expect(empty.json<{ parts: { postgres: string } }>().parts.postgres).toMatch(/^lacks migration 0001_init, /);
});

test('the OpenAPI document names every route of the JSON API, and /docs shows it', async () => {
  const reply = await harness.app.inject({ url: '/docs/json' });
  const { paths } = reply.json<{ paths: Record<string, object> }>();
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/api/customers/signup',
      '/api/customers/login',
      '/me/entitlements',
      '/api/customers/{id}/deployment/status',
      '/webhooks/stripe',
      '/stripe/webhook',
      '/api/admin/customers/{id}/replay',
    ]),
  );
  expect((await harness.app.inject({ url: '/docs/' })).statusCode).toBe(200);
});

test('while Postgres is away a request is told so, and when to come again', async () => {
  const away = openDatabase('postgres://nobody@127.0.0.1:1/none');
  const app = await harness.another({ database: away });
  const reply = await app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
  await away.destroy();
  expect(reply.statusCode).toBe(503);
  expect(reply.headers['retry-after']).toBe('5');
  expect(reply.json()).toMatchObject({
    code: 'unavailable',
    message: 'Our database is not responding at the moment. Try again in a few seconds.',
  });
});
