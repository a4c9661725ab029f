import type { App } from '../../api/http/app-type.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { followDifferences } from '../../infra/db/repositories/differences.ts';
import { Browser } from './browser.ts';
import { createApiHarness, goodSignup, staff, STAFF_TOKEN, type ApiHarness } from './harness.ts';

// Two products over one database, each with an API of its own, as `server.ts` connects them.
const iotistic = await openProduct({ source: 'iotistic' });

let harness: ApiHarness;
let other: App;
let hers: { readonly customerId: string; readonly email: string; readonly password: string };

interface Signed {
  readonly customer: { readonly customer_id: string };
}
const signUp = (app: App, sent: object) =>
  app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup(sent) });
beforeAll(async () => {
  harness = await createApiHarness();
  other = await harness.another({ profile: iotistic.profile });
  const sent = goodSignup({ company_name: 'Canary 7319', email: 'canary-7319@example.com' });
  const reply = await signUp(harness.app, sent);
  hers = { customerId: reply.json<Signed>().customer.customer_id, email: sent.email, password: sent.password };
});
afterAll(() => harness.stop());

const list = async (app: App) =>
  (await app.inject({ url: '/api/admin/customers', headers: staff })).json<{
    readonly customers: readonly { readonly customer_id: string }[];
  }>().customers;

test('S0-18: each API lists, finds and signs in its own customers alone', async () => {
  expect((await list(harness.app)).map(({ customer_id: id }) => id)).toEqual([hers.customerId]);
  expect(await list(other)).toEqual([]);
  const login = {
    method: 'POST',
    url: '/api/customers/login',
    payload: { email: hers.email, password: hers.password },
  } as const;
  expect((await harness.app.inject(login)).statusCode).toBe(200);
  expect((await other.inject(login)).statusCode).toBe(401);
});

test('one person may be a customer of both, in the same words at each', async () => {
  const both = await signUp(other, { company_name: 'Canary 7319', email: hers.email });
  expect(both.statusCode).toBe(201);
  const { slug } = await harness.database
    .selectFrom('customers')
    .select('slug')
    .where('customerId', '=', both.json<Signed>().customer.customer_id)
    .executeTakeFirstOrThrow();
  // All products share the host names.
  expect(slug).not.toBe('canary-7319');
  expect((await signUp(other, { email: hers.email })).statusCode).toBe(409);
  expect(await list(other)).toHaveLength(1);
  expect((await list(harness.app)).map(({ customer_id: id }) => id)).toEqual([hers.customerId]);
});

test('no endpoint and no page of the one says or does anything about a customer of the other', async () => {
  const document = JSON.parse((await other.inject({ url: '/docs/json' })).body) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const before = await everything();
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase() as 'GET' | 'POST', path })),
  );
  const aboutHer = calls.filter(({ path }) => /\{\w*id\}/.test(path) && !path.includes('/events/'));
  expect(aboutHer.length).toBeGreaterThan(15);
  for (const { method, path } of aboutHer) {
    const url = path.replaceAll(/\{\w+\}/g, hers.customerId);
    const payload = { reason: 'a try', email: 'mallory@example.com', days: 3, confirm: hers.customerId };
    const reply = await other.inject({ method, url, headers: staff, ...(method !== 'GET' && { payload }) });
    // An empty list gives nothing away.
    const saysNothing = reply.statusCode >= 400 || /^\{"\w+":\[\]/.test(reply.body);
    expect([method, path, saysNothing]).toEqual([method, path, true]);
    expect([path, reply.body.includes('7319')]).toEqual([path, false]);
  }
  for (const url of [
    '/api/admin/customers?q=7319',
    '/api/admin/differences',
    '/api/admin/batches',
    '/api/admin/outages',
  ])
    expect([url, (await other.inject({ url, headers: staff })).body.includes(hers.customerId)]).toEqual([url, false]);
  expect(await everything()).toEqual(before);
});

test('a difference about somebody whom nobody knows is shown to both; one about a customer, to their own', async () => {
  const seen = { firstSeen: new Date(Date.now() - 120_000), lastSeen: new Date() };
  const found = { kind: 'no_customer', details: 'It is said.', ...seen };
  const unknown = `cust_${'1'.repeat(8)}-2222-4333-8444-555555555555`;
  for (const customerId of [unknown, hers.customerId])
    await harness.database
      .insertInto('differences')
      .values({ ...found, customerId })
      .execute();
  const shown = async (app: App) => {
    const { body } = await app.inject({ url: '/api/admin/differences', headers: staff });
    return [body.includes(unknown), body.includes(hers.customerId)];
  };
  expect([await shown(harness.app), await shown(other)]).toEqual([
    [true, true],
    [true, false],
  ]);
  await followDifferences(harness.database, 60);
  const notices = async (app: App) => {
    const browser = new Browser(app);
    await browser.get('/console/login');
    await browser.post('/console/login', { token: STAFF_TOKEN, name: 'Tess' });
    return (await browser.get('/console')).body.match(/(one|1) customer/gi)?.length ?? 0;
  };
  expect([await notices(harness.app), await notices(other)]).toEqual([2, 1]);
  await harness.database.deleteFrom('differences').execute();
});

test('an event that names only the customer in Stripe is shown to their own product', async () => {
  await harness.database
    .updateTable('customers')
    .set({ stripeCustomerId: 'cus_hers' })
    .where('customerId', '=', hers.customerId)
    .execute();
  const event = { type: 'charge.succeeded', livemode: false, eventCreatedAt: new Date(), state: 'ignored' };
  await harness.database
    .insertInto('stripeEvents')
    .values([
      { ...event, eventId: 'evt_hers', stripeCustomerId: 'cus_hers' },
      { ...event, eventId: 'evt_strange', stripeCustomerId: 'cus_strange' },
    ])
    .execute();
  const shown = async (app: App) => {
    const { body } = await app.inject({ url: '/api/admin/events', headers: staff });
    return [body.includes('evt_hers'), body.includes('evt_strange')];
  };
  expect([await shown(harness.app), await shown(other)]).toEqual([
    [true, true],
    [false, true],
  ]);
});

/** Her rows in every table. */
async function everything(): Promise<unknown> {
  const { customerId } = hers;
  const of = (table: 'customers' | 'accounts' | 'licences' | 'alerts' | 'sessions' | 'apiKeys' | 'corrections') =>
    harness.database.selectFrom(table).selectAll().where('customerId', '=', customerId).execute();
  return Promise.all([of('customers'), of('accounts'), of('licences'), of('alerts'), of('apiKeys'), of('corrections')]);
}
