import { randomUUID } from 'node:crypto';
import { openCheckout } from '../../api/accounts/checkout.ts';
import { findProspectOfCheckout } from '../../infra/db/repositories/prospects.ts';
import { money } from '../../workflows/domain/money.ts';
import type { SignupChoice } from '../../workflows/domain/terms.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';
import { basic, firstLess, halfForMonths, manyPrices, manyPricesFree } from '../support/many-prices.ts';

// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ profile: manyPrices });
});
afterAll(() => harness.close());

const priceOf = async (id: string) => (await harness.inStripe(id)).live[0]?.items.data[0]?.price;
async function paid(id: string): Promise<(readonly [number, string])[]> {
  const { data } = await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
  return data.filter(({ amount_paid }) => amount_paid > 0).map(({ amount_paid, currency }) => [amount_paid, currency]);
}
const daysPaidFor = async (id: string): Promise<number> => {
  const item = (await harness.inStripe(id)).live[0]?.items.data[0];
  return Math.round(((item?.current_period_end ?? 0) - (item?.current_period_start ?? 0)) / 86_400);
};

test.concurrent.each([
  { cycle: 'annual', currency: 'usd', cents: 28_884, days: [365, 366], key: 'annual', interval: ['year', 1] },
  { cycle: 'quarterly', currency: 'usd', cents: 7_830, days: [90, 91, 92], key: 'quarterly', interval: ['month', 3] },
  { cycle: 'annual', currency: 'jpy', cents: 44_800, days: [365, 366], key: 'annual_jpy', interval: ['year', 1] },
] as const)(
  'S4-9: after the trial $cents $currency are charged once for the whole $cycle cycle',
  async ({ cycle, currency, cents, days, key, interval }) => {
    const { customerId: id, email } = await harness.inTrial({ cycle, currency });
    const price = await priceOf(id);
    expect(price).toMatchObject({ unit_amount: cents, currency, lookup_key: `many-prices_basic_${key}` });
    expect([price?.recurring?.interval, price?.recurring?.interval_count]).toEqual(interval);
    await harness.pay(await harness.checkout(id, 'at_trial_end'));
    const end = await harness.trialEndsAt(id);
    await harness.advance(id, end + DAY);
    await harness.untilPhase(id, 'subscription');
    expect(await paid(id)).toEqual([[cents, currency]]);
    const thanked = async () => (await harness.inbox.to(email)).find(({ subject }) => subject.startsWith('Thank you'));
    expect((await eventually('the thanks', thanked)).text).toContain(`You paid ${money(cents, currency)} on `);
    expect(days).toContain(await daysPaidFor(id));
    await harness.advance(id, end + 35 * DAY);
    expect(await paid(id)).toEqual([[cents, currency]]);
    expect(await harness.row(id)).toMatchObject({ plan: 'basic', phase: 'subscription', standing: 'active' });
    expect((await harness.alerts(id)).filter(({ resolvedAt }) => resolvedAt === null)).toEqual([]);
  },
);

/** A customer who has paid first, and is in the trial. */
async function payer(choice: SignupChoice): Promise<string> {
  const email = `payer-${randomUUID().slice(0, 8)}@acme.example`;
  const signup = {
    ...{ email, emailNorm: email, companyName: 'Acme', fullName: null, password: null, plan: basic },
    ...choice,
  };
  const opened = await openCheckout(harness.deps, signup, { ip: '127.0.0.1', key: randomUUID() });
  const { checkoutId } = opened;
  const found = await findProspectOfCheckout(harness.database, { profile: 'many-prices', checkoutId });
  const id = found?.customerId ?? '';
  await harness.pay(opened.checkoutUrl);
  await eventually('the customer', async () =>
    harness.database.selectFrom('customers').select('phase').where('customerId', '=', id).executeTakeFirst(),
  );
  await harness.untilPhase(id, 'trial');
  return id;
}

test.concurrent('S0-1: a customer who pays first for a year is charged for it when the trial ends', async () => {
  const id = await payer({ cycle: 'annual' });
  expect((await harness.row(id)).terms.price).toEqual({ cents: 28_884, cycle: 'annual', currency: 'usd' });
  await harness.advance(id, (await harness.trialEndsAt(id)) + DAY);
  await harness.untilPhase(id, 'subscription');
  expect(await paid(id)).toEqual([[28_884, 'usd']]);
});

test.concurrent(
  'S0-13: a customer who pays first with a coupon is charged what is left, as long as it lasts',
  async () => {
    const id = await payer({ coupon: halfForMonths });
    expect((await harness.row(id)).terms.coupon).toEqual(halfForMonths);
    const end = await harness.trialEndsAt(id);
    await harness.advance(id, end + DAY);
    await harness.untilPhase(id, 'subscription');
    expect(await paid(id)).toEqual([[1_450, 'usd']]);
    await harness.advance(id, end + 190 * DAY);
    expect((await paid(id)).map(([cents]) => cents)).toEqual([2_900, 1_450, 1_450, 1_450, 1_450, 1_450, 1_450]);
    expect((await harness.stripe.coupons.retrieve('pilot50off')).name).toBe('Half for 6 months');
  },
);

test.concurrent('a coupon of the signup is on the trial, for the first payment only', async () => {
  const { customerId: id } = await harness.inTrial({ coupon: firstLess });
  await harness.pay(await harness.checkout(id, 'at_trial_end'));
  const end = await harness.trialEndsAt(id);
  await harness.advance(id, end + 35 * DAY);
  await harness.untilPhase(id, 'subscription');
  expect((await paid(id)).map(([cents]) => cents)).toEqual([2_900, 2_320]);
});

test.concurrent('S2-5: from the free plan to a year, in the currency of the signup, and back', async () => {
  const { customerId: id } = await harness.signUp({ profile: manyPricesFree, currency: 'jpy' });
  await harness.untilPhase(id, 'free');
  await harness.pay((await harness.command(id, 'subscribe', { plan: 'basic', cycle: 'annual' })).checkoutUrl);
  const row = await harness.untilPhase(id, 'subscription');
  expect(row.terms).toMatchObject({
    ...{ plan: 'basic', price: { cents: 44_800, cycle: 'annual', currency: 'jpy' } },
    ...{ features: ['sso'], limits: { users: 5, apiCalls: 10_000 } },
  });
  expect(await paid(id)).toEqual([[44_800, 'jpy']]);
  await harness.command(id, 'cancel', { when: 'period_end' });
  await harness.advance(id, Date.now() + 367 * DAY);
  expect((await harness.untilPhase(id, 'free')).terms).toMatchObject({
    ...{ plan: 'free', features: [], limits: { users: 1 } },
  });
  expect(await paid(id)).toEqual([[44_800, 'jpy']]);
});

test.concurrent('a price of a plan for another cycle, given by hand in Stripe, is of the plan still', async () => {
  const { customerId: id } = await harness.signUp({ profile: manyPricesFree });
  await harness.untilPhase(id, 'free');
  await harness.command(id, 'subscribe', { plan: 'basic', cycle: 'quarterly' });
  const { stripeCustomerId: customer } = await harness.row(id);
  const [price] = (await harness.stripe.prices.list({ lookup_keys: ['many-prices-free_basic_quarterly'] })).data;
  const card = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer: customer ?? '' });
  await harness.stripe.subscriptions.create({
    ...{ customer: customer ?? '', items: [{ price: price?.id ?? '' }], default_payment_method: card.id },
    metadata: { customer_id: id },
  });
  const { terms } = await harness.untilPhase(id, 'subscription');
  expect(terms.price).toEqual({ cents: 7_830, cycle: 'quarterly', currency: 'usd' });
});
