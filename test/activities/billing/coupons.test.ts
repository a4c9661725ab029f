import { discountsOf } from '../../../activities/billing/coupons.ts';
import type { BillingDeps } from '../../../activities/billing/deps.ts';
import { readStripeFacts } from '../../../activities/billing/doctor.ts';
import { changesOf } from '../../../activities/billing/set-up.ts';
import { createStripeClient } from '../../../activities/billing/stripe-client.ts';
import { stripeFindings } from '../../../infra/doctor/stripe.ts';
import { startStripeEmulator } from '../../../infra/stripe-emulator/server.ts';
import type { Coupon } from '../../../workflows/domain/profiles/index.ts';
import { firstLess, halfForMonths, manyPrices } from '../../support/many-prices.ts';
import { findStripeOpenapi } from '../../support/stripe-openapi.ts';

const KEY = 'sk_test_coupons';
let emulator: Awaited<ReturnType<typeof startStripeEmulator>>;
let stripe: ReturnType<typeof createStripeClient>;
beforeAll(async () => {
  emulator = await startStripeEmulator({
    ...{ port: 0, dataFile: ':memory:', secretKey: KEY, webhooks: [] },
    openapiFile: await findStripeOpenapi(),
  });
  stripe = createStripeClient({ secretKey: KEY, apiBase: emulator.url });
});
afterAll(() => emulator.close());

const deps = (live: boolean) => ({ stripe, config: { live } }) as unknown as BillingDeps;
const expected = {
  ...{ profile: manyPrices, rehearsal: false, standIn: undefined },
  ...{
    webhookUrls: ['https://coupons.example/webhooks/stripe'],
    events: ['invoice.paid'],
    apiVersion: '2026-10-28.endive',
  },
};
const look = (profile = manyPrices) => readStripeFacts(stripe, { live: true, profile });
const couponsFound = async (profile = manyPrices) =>
  stripeFindings(await look(profile), { ...expected, profile }).flatMap(({ check, found }) =>
    check.startsWith('coupon ') ? [`${check}: ${found}`] : [],
  );

async function couponChanges() {
  const { coupons } = await look();
  const known = { prices: [], products: [], endpoints: [], coupons: 'told' in coupons ? coupons.told : [] };
  return changesOf(stripe, known, expected.profile).filter(({ what }) => what.includes('coupon '));
}

test('in live mode a coupon that Stripe lacks is refused, and made on order', async () => {
  await expect(discountsOf(deps(true), { coupon: halfForMonths })).rejects.toMatchObject({
    ...{ type: 'StripeRefused', nonRetryable: true, message: 'Stripe has no coupon pilot50off.' },
  });
  expect(await couponsFound()).toEqual([
    'coupon pilot50off: no coupon has the id pilot50off',
    'coupon first20: no coupon has the id first20',
  ]);
  const changes = await couponChanges();
  expect(changes.map(({ what }) => what)).toEqual([
    'make coupon pilot50off, 50 % off, repeating for 6 months',
    'make coupon first20, 20 % off, once',
  ]);
  for (const { carryOut } of changes) await carryOut?.();
  expect(await couponChanges()).toEqual([]);
  expect(await couponsFound()).toEqual([
    'coupon pilot50off: pilot50off, 50 % off, repeating for 6 months',
    'coupon first20: first20, 20 % off, once',
  ]);
  expect(await discountsOf(deps(true), { coupon: halfForMonths })).toEqual({ discounts: [{ coupon: 'pilot50off' }] });
});

test('one that somebody deleted in Stripe is made again', async () => {
  const coupon: Coupon = { ...firstLess, id: 'again' };
  for (let time = 1; time <= 2; time += 1) {
    expect(await discountsOf(deps(false), { coupon })).toEqual({ discounts: [{ coupon: 'again' }] });
    expect(await stripe.coupons.retrieve('again')).toMatchObject({ percent_off: 20, valid: true });
    await stripe.coupons.del('again');
  }
});

test('one that takes off something else than was agreed is given to nobody', async () => {
  const dearer: Coupon = { ...firstLess, percentOff: 30 };
  await expect(discountsOf(deps(false), { coupon: dearer })).rejects.toMatchObject({
    ...{
      type: 'StripeRefused',
      message: 'The coupon first20 in Stripe is not as it was agreed, or is no longer valid.',
    },
  });
  expect(await couponsFound({ ...manyPrices, coupons: [dearer] })).toEqual([
    'coupon first20: first20 is 20 % off, once, where the catalogue says 30 % off, once',
  ]);
});

test('outside live mode the first use makes it; without one nothing is asked', async () => {
  const coupon = { ...firstLess, id: 'of-a-test' };
  expect(await discountsOf(deps(false), { coupon })).toEqual({ discounts: [{ coupon: 'of-a-test' }] });
  expect(await stripe.coupons.retrieve('of-a-test')).toMatchObject({ percent_off: 20, duration: 'once' });
  expect(await discountsOf({} as BillingDeps, {})).toEqual({});
});
