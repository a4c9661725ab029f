import { decodeJwt } from 'jose';
import type { App } from '../../api/http/app-type.ts';
import { manyPrices, manyPricesFree } from '../support/many-prices.ts';
import { createApiHarness, goodSignup, member, staff, staffSession, type ApiHarness } from './harness.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
let app: App;
let withFree: App;
beforeAll(async () => {
  harness = await createApiHarness();
  app = await harness.another({ profile: manyPrices });
  withFree = await harness.another({ profile: manyPricesFree });
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.temporal.answers = [];
  harness.temporal.updates.length = 0;
});

const rowOf = (email: string) =>
  harness.database.selectFrom('customers').selectAll().where('email', '=', email).executeTakeFirstOrThrow();
const termsOf = async (email: string) => (await rowOf(email)).terms;
const signUp = (change: object, of = app) =>
  of.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup(change) });

test('S4-9: a visitor who signs up chooses the cycle and the currency, and reads what was agreed', async () => {
  const { headers, email } = await member({ app }, { plan: 'basic', billing_cycle: 'annual', currency: 'jpy' });
  expect(await termsOf(email)).toMatchObject({ price: { cents: 44_800, cycle: 'annual', currency: 'jpy' } });
  expect((await app.inject({ url: '/me', headers })).json()).toMatchObject({
    ...{ plan: 'basic', price: { amount: 44_800, billing_cycle: 'annual', currency: 'jpy' } },
  });
});

test('S2-4 S4-9: what a plan includes is in the entitlements, and in the licence of the signup', async () => {
  const { headers } = await member({ app }, { plan: 'pro' });
  expect((await app.inject({ url: '/me/entitlements', headers })).json()).toMatchObject({
    ...{ status: 'none', features: ['sso', 'auditTrail'], limits: { apiCalls: 100_000 } },
  });
  const { license } = (await signUp({ plan: 'pro' })).json<{ license: { jwt: string } }>();
  expect(decodeJwt(license.jwt)).toMatchObject({
    ...{ features: { maxDevices: 100, sso: true, auditTrail: true }, limits: { apiCalls: 100_000 } },
  });
  const other = await member(harness);
  expect((await harness.app.inject({ url: '/me/entitlements', headers: other.headers })).json()).toMatchObject({
    ...{ features: [], limits: {} },
  });
});

test('a customer who chooses neither pays by the month in the currency of the product', async () => {
  const { headers } = await member({ app });
  expect((await app.inject({ url: '/me', headers })).json()).toMatchObject({
    price: { amount: 2_900, billing_cycle: 'monthly', currency: 'usd' },
  });
});

test.each([
  ['an unknown cycle', { billing_cycle: 'weekly' }, 'billing_cycle', 'one of monthly, quarterly, annual.'],
  ['an unknown currency', { currency: 'eur' }, 'currency', 'one of usd, jpy.'],
  [
    'a cycle that the plan does not have',
    { plan: 'pro', billing_cycle: 'quarterly' },
    'billing_cycle',
    'one of: monthly, annual. Pro has no other price in USD.',
  ],
  [
    'a cycle that it does not have in that currency',
    { plan: 'pro', billing_cycle: 'annual', currency: 'jpy' },
    'billing_cycle',
    'one of: monthly. Pro has no other price in JPY.',
  ],
])('%s is refused with those there are, at every door', async (_name, change, field, words) => {
  const { email, company_name, ...rest } = goodSignup(change);
  const doors = [
    { url: '/api/customers/signup', payload: { email, company_name, ...rest } },
    { url: '/api/customers/checkout', payload: { email, company_name, ...change } },
    { url: '/api/admin/customers', payload: { email, company_name, reason: 'x', ...change }, headers: staff },
  ];
  for (const door of doors) {
    const reply = await app.inject({ method: 'POST', ...door });
    expect(reply.statusCode).toBe(400);
    const { problems } = reply.json<{ problems: readonly object[] }>();
    expect(problems).toEqual([{ field, message: `${field} must be ${words}` }]);
  }
});

test('a product with one cycle says so; a free plan is paid by no other', async () => {
  const alone = (await signUp({ billing_cycle: 'annual' }, harness.app)).json<{ problems: readonly object[] }>();
  expect(alone.problems).toMatchObject([{ message: 'billing_cycle must be one of monthly.' }]);
  const free = (await signUp({ billing_cycle: 'annual', currency: 'jpy' }, withFree)).json<{
    problems: readonly object[];
  }>();
  expect(free.problems).toMatchObject([{ message: 'billing_cycle must be one of: monthly. Free costs nothing.' }]);
});

test('S0-10: staff takes a customer on at any price, and is told of another one there', async () => {
  const { email, company_name } = goodSignup();
  const customer_id = 'cust_3f0c1c9e-8f0b-4b57-9f3e-0d8f5b1a2c3d';
  const body = { email, company_name, customer_id, reason: 'signed on paper' };
  const onboard = (change: object) =>
    app.inject({ method: 'POST', url: '/api/admin/customers', payload: { ...body, ...change }, headers: staff });
  expect((await onboard({ billing_cycle: 'annual', currency: 'jpy' })).statusCode).toBe(201);
  expect(await termsOf(email)).toMatchObject({ price: { cents: 44_800, cycle: 'annual', currency: 'jpy' } });
  const console = { accept: 'text/html', ...(await staffSession({ ...harness, app }, 'operator')) };
  expect((await app.inject({ url: `/console/customers/${customer_id}`, headers: console })).body).toContain(
    'basic, ¥44,800 a year',
  );
  expect((await onboard({ billing_cycle: 'annual', currency: 'jpy' })).statusCode).toBe(200);
  const other = await onboard({});
  expect(other.json<{ problems: readonly object[] }>().problems).toEqual([
    { field: 'billing_cycle', message: 'billing_cycle is annual, not monthly.' },
    { field: 'currency', message: 'currency is jpy, not usd.' },
  ]);
});

test('S0-13: a coupon is agreed at both doors, and GET /me says what is charged with it', async () => {
  const { headers, email } = await member({ app }, { coupon: 'pilot50off' });
  expect(await termsOf(email)).toMatchObject({ coupon: { id: 'pilot50off', percentOff: 50, months: 6 } });
  expect((await app.inject({ url: '/me', headers })).json()).toMatchObject({
    price: {
      ...{ amount: 2_900, billing_cycle: 'monthly', currency: 'usd' },
      discount: { coupon: 'pilot50off', percent_off: 50, amount: 1_450, duration: 'repeating', months: 6 },
    },
  });
  // Seven months on their own clock: it is over.
  const sevenMonths = 214 * 86_400_000;
  await harness.database
    .updateTable('customers')
    .set({ clockOffsetMs: sevenMonths })
    .where('email', '=', email)
    .execute();
  expect((await app.inject({ url: '/me', headers })).json()).toMatchObject({
    price: { amount: 2_900, discount: null },
  });
  expect((await app.inject({ url: '/account', headers })).body).not.toContain('50% off');
  const { headers: without } = await member({ app });
  expect((await app.inject({ url: '/me', headers: without })).json()).toMatchObject({ price: { discount: null } });
});

test.each([
  ['an unknown coupon', { coupon: 'gold' }, 'coupon "gold" is not known. Correct it, or leave it out.'],
  ['a member of every object', { coupon: 'constructor' }, 'coupon "constructor" is not known.'],
  ['a coupon that is no text', { coupon: ['pilot50off'] }, 'coupon'],
  ['a coupon with a blank', { coupon: 'pilot 50 off' }, 'coupon'],
])('%s is refused at both doors, and no coupon is named', async (_what, change, words) => {
  const { email, company_name, password } = goodSignup();
  for (const [url, payload] of [
    ['/api/customers/signup', { email, company_name, password, ...change }],
    ['/api/customers/checkout', { email, company_name, ...change }],
  ] as const) {
    const reply = await app.inject({ method: 'POST', url, payload });
    expect(reply.statusCode).toBe(400);
    const { problems } = reply.json<{ problems: readonly object[] }>();
    expect(problems).toMatchObject([{ field: 'coupon', message: expect.stringContaining(words) as string }]);
    expect(reply.body).not.toContain('pilot50off"');
  }
});

test('a coupon for what costs nothing is refused', async () => {
  const reply = await signUp({ plan: 'free', coupon: 'pilot50off' }, withFree);
  expect(reply.json()).toMatchObject({
    problems: [{ field: 'coupon', message: 'The coupon cannot be used with Free, which costs nothing. Leave it out.' }],
  });
});

describe('pages', () => {
  const typed = () => {
    const { email, password, company_name } = goodSignup();
    return { email, password, company_name, full_name: '' };
  };

  test('offer each plan at each of its prices, and sign up at the one that was chosen', async () => {
    const browser = new Browser(app);
    const { body } = await browser.get('/signup');
    const text = body.replaceAll(/\s+/g, ' ');
    expect(text).toContain('<optgroup label="Paid monthly"><option value="basic"');
    for (const offer of ['Basic, $29 a month, 10 devices', 'Basic, $78.30 every 3 months', 'Pro, $986.04 a year'])
      expect(text).toContain(offer);
    expect(text).toContain('<a href="/signup?currency=jpy">JPY</a>');
    expect(text).not.toContain('¥');
    const form = typed();
    const reply = await browser.post('/signup', { ...form, plan: 'basic:annual', currency: 'usd' });
    expect([reply.statusCode, reply.headers.location]).toEqual([303, '/onboarding']);
    expect(await termsOf(form.email)).toMatchObject({ price: { cents: 28_884, cycle: 'annual', currency: 'usd' } });
    const account = (await browser.get('/account')).body;
    expect(account).toContain('Basic, $288.84 a year');
  });

  test('show another currency, and keep what was chosen when something is wrong', async () => {
    const browser = new Browser(app);
    const { body } = await browser.get('/signup?currency=jpy');
    expect(body).toContain('Basic, ¥44,800 a year');
    expect(body).not.toContain('$');
    const wrong = await browser.post('/signup', { ...typed(), email: 'x', plan: 'basic:annual', currency: 'jpy' });
    expect(wrong.statusCode).toBe(400);
    expect(wrong.body).toMatch(/value="basic:annual"\s+selected/);
    expect(wrong.body).toContain('¥44,800');
    expect((await browser.get('/signup?currency=zzz')).body).toContain('Basic, $288.84 a year');
  });

  test('show what is charged with a coupon, before and after the signup', async () => {
    const browser = new Browser(app);
    const { body } = await browser.get('/signup?coupon=pilot50off');
    for (const offer of [
      'Basic, $14.50, then $29 a month, 10 devices',
      'Basic, $144.42, then $288.84 a year',
      'With the coupon pilot50off: 50% off for 6 months',
    ])
      expect(body).toContain(offer);
    expect(body).toContain('href="/signup?currency=jpy&amp;coupon=pilot50off"');
    // What the script shows without the tick.
    expect(body).toContain('data-other="Basic, $29 a month, 10 devices"');
    const form = typed();
    await browser.post('/signup', { ...form, plan: 'basic', currency: 'usd', coupon: 'pilot50off' });
    expect(await termsOf(form.email)).toMatchObject({ coupon: { id: 'pilot50off' } });
    await harness.database.updateTable('customers').set({ phase: 'trial' }).where('email', '=', form.email).execute();
    const account = (await browser.get('/account')).body;
    expect(account).toContain(
      'Basic, $14.50 a month in the first 6 months after the signup (50% off), then $29 a month',
    );
    expect(account).toContain('If you pay now, $14.50 is charged immediately for the first month.');
  });

  test('say that a coupon is not there any more, and name no other', async () => {
    const { body } = await new Browser(app).get('/signup?coupon=%3Cb%3Eold');
    expect(body).toContain('There is no coupon "&#60;b&#62;old". The prices are without it.');
    expect(body).toContain('Basic, $29 a month, 10 devices');
    expect(body).not.toContain('name="coupon"');
  });

  test('of a product with one price a plan say nothing of cycles and currencies', async () => {
    const { body } = await new Browser(harness.app).get('/signup');
    expect(body).toContain('<option value="starter" >Starter, $99 a month, 10 devices</option>');
    for (const absent of ['optgroup', 'Prices in', 'name="currency"']) expect(body).not.toContain(absent);
  });

  test('a customer on the free plan subscribes by any cycle, in the currency they signed up in', async () => {
    const browser = new Browser(withFree);
    await browser.get('/signup?currency=jpy');
    const form = typed();
    await browser.post('/signup', { ...form, plan: 'free', currency: 'jpy' });
    const { customerId, terms } = await rowOf(form.email);
    expect(terms).toMatchObject({ price: { monthlyCents: 0, currency: 'jpy' } });
    await harness.database
      .updateTable('customers')
      .set({ phase: 'free' })
      .where('customerId', '=', customerId)
      .execute();
    const { body } = await browser.get('/account');
    expect(body).toContain('Basic, ¥44,800 a year');
    expect(body).toContain('the price you choose is charged immediately');
    harness.temporal.answers = [() => ({ checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_1' })];
    expect((await browser.post('/account/upgrade', { plan: 'basic:annual' })).statusCode).toBe(303);
    expect(harness.temporal.updates).toMatchObject([
      { name: 'subscribe', argument: { plan: 'basic', cycle: 'annual', actor: 'customer' } },
    ]);
    const none = await browser.post('/account/upgrade', { plan: 'pro:annual' });
    expect([none.statusCode, none.body]).toEqual([422, expect.stringContaining('has no other price in JPY')]);
    expect(harness.temporal.updates).toHaveLength(1);
  });
});

test('a customer in a trial pays by the cycle that was agreed', async () => {
  const { headers, customerId } = await member({ app }, { billing_cycle: 'annual' });
  await harness.database
    .updateTable('customers')
    .set({ phase: 'trial' })
    .where('customerId', '=', customerId)
    .execute();
  const upgrade = (payload: object) => app.inject({ method: 'POST', url: '/me/upgrade', headers, payload });
  const other = await upgrade({ billing_cycle: 'monthly' });
  expect(other.statusCode).toBe(409);
  expect(other.json()).toMatchObject({
    message: 'Your plan has the billing cycle annual; it is the only one you can pay for now.',
  });
  harness.temporal.answers = [() => ({ checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_1' })];
  expect((await upgrade({ billing_cycle: 'annual' })).statusCode).toBe(200);
});
