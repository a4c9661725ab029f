import { freemium } from '../support/freemium.ts';
import type { App } from '../../api/http/app-type.ts';
import { createApiHarness, goodSignup, type ApiHarness } from './harness.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
let app: App;
beforeAll(async () => {
  harness = await createApiHarness();
  app = await harness.another({ profile: freemium });
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.temporal.answers = [];
  harness.temporal.updates.length = 0;
});

const CHECKOUT = 'https://checkout.stripe.com/c/pay/cs_1';

async function signedUp() {
  const { email, password, company_name } = goodSignup();
  const browser = new Browser(app);
  const page = await browser.get('/');
  await browser.post('/signup', { email, password, company_name, full_name: '', plan: 'free' });
  const customer = await harness.database
    .selectFrom('customers')
    .selectAll()
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  const { customerId } = customer;
  const change = { phase: 'free', standing: 'active', instanceUrl: 'http://acme.localhost:3180' };
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  return { browser, page, customer };
}

test('S4-9: a signup for the free plan is answered as what it is: no trial, and a licence', async () => {
  const reply = await app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
  expect(reply.statusCode).toBe(201);
  expect(reply.json()).toMatchObject({
    subscription: { plan: 'free', status: 'free', trial_ends_at: null },
    license: { max_devices: 1 },
  });
  const { license } = reply.json<{ license: { expires_at: string } }>();
  expect(Date.parse(license.expires_at)).toBeGreaterThan(Date.now() + 34 * 86_400_000);
});

test('S4-9: pages of a product with a free plan promise no trial, and offer to pay', async () => {
  const { browser, page, customer } = await signedUp();
  expect(page.body).toContain('Free, no charge, 1 device');
  expect(page.body).not.toMatch(/trial/i);
  expect(customer).toMatchObject({ plan: 'free', trialEndsAt: null });
  const { body } = await browser.get('/account');
  for (const text of ['free plan', 'the first month is charged immediately', 'Starter, $99 a month, 10 devices'])
    expect(body).toContain(text);
  expect(body).toContain('Cancelling closes the account now');
  for (const absent of ['Trial', 'Paid until', '$0', 'When the trial ends']) expect(body).not.toContain(absent);
});

test('S4-9: a plan that is chosen leads to Stripe; the free one, and one that is none, are refused in words', async () => {
  const { browser } = await signedUp();
  await browser.get('/account');
  harness.temporal.answers = [() => ({ checkoutUrl: CHECKOUT })];
  expect(await browser.post('/account/upgrade', { plan: 'professional' })).toMatchObject({
    ...{ statusCode: 303, headers: { location: CHECKOUT } },
  });
  expect(harness.temporal.updates).toMatchObject([
    { name: 'subscribe', argument: { actor: 'customer', plan: 'professional' } },
  ]);
  for (const plan of ['free', 'gold', '']) {
    const { statusCode, body } = await browser.post('/account/upgrade', { plan });
    expect([statusCode, body]).toEqual([422, expect.stringContaining('starter, professional, enterprise')]);
  }
  expect(harness.temporal.updates).toHaveLength(1);
});

test('a customer who pays, where there is a free plan, chooses between it and the end of the account', async () => {
  const { browser, customer } = await signedUp();
  await harness.database
    .updateTable('customers')
    .set({ phase: 'subscription', subscriptionStatus: 'active' })
    .where('customerId', '=', customer.customerId)
    .execute();
  const { body } = await browser.get('/account');
  expect(body).toContain('At the end of the billing period, and move to the free plan');
  expect(body).toContain('Now, and close my account');
  const reply = await browser.post('/account/upgrade', { plan: 'enterprise' });
  expect([reply.statusCode, reply.body]).toEqual([409, expect.stringContaining('You have the free plan')]);
});
