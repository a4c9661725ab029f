import { checkProfile } from '../../../workflows/domain/profiles/check-profile.ts';
import { discounted, isForFirst, type Coupon } from '../../../workflows/domain/profiles/index.ts';
import { withPlan } from '../../../workflows/domain/free-plan.ts';
import { couponAhead, firstCharge, ofPlan, resolveTerms } from '../../../workflows/domain/terms.ts';
import { tenure } from '../../support/default-product.ts';
import { basic, firstLess, halfForMonths, manyPrices, manyPricesFree } from '../../support/many-prices.ts';

const [, , pro] = manyPricesFree.plans;
const priceOf = (cents: number) => ({ cents, cycle: 'monthly', currency: 'usd' }) as const;

test.each([
  [9_900, 50, 4_950],
  [2_999, 50, 1_499],
  [1, 99, 0],
  [4_500, 33, 3_015],
])('of %i with %i percent off %i are left, rounded as Stripe rounds', (cents, percentOff, left) => {
  expect(discounted(cents, { percentOff })).toBe(left);
});

test('a payment after the months of a coupon has no discount', () => {
  const since = new Date('2027-01-31T12:00:00Z');
  const charge = (coupon: Coupon | undefined, at: string) =>
    firstCharge({ coupon }, priceOf(2_900), { at: new Date(at), since });
  expect(charge(halfForMonths, '2027-07-31T11:59:59Z')).toBe(1_450);
  expect(charge(halfForMonths, '2027-07-31T12:00:00Z')).toBe(2_900);
  expect(charge(firstLess, '2029-01-01T00:00:00Z')).toBe(2_320);
  expect(charge(undefined, '2027-02-01T00:00:00Z')).toBe(2_900);
  expect(isForFirst(halfForMonths, { cycle: 'annual' })).toBe(true);
  expect(isForFirst(halfForMonths, { cycle: 'quarterly' })).toBe(false);
});

test('what is told is the discount that is still ahead, also where a trial was extended beyond it', () => {
  const signedUp = { terms: { coupon: halfForMonths }, createdAt: new Date('2027-01-31T12:00:00Z'), phase: 'trial' };
  const ahead = (trialEnd: string, now: string, more: Partial<Parameters<typeof couponAhead>[0]> = {}) =>
    couponAhead({ ...signedUp, trialEndsAt: new Date(trialEnd), ...more }, new Date(now))?.id;
  expect(ahead('2027-02-14T12:00:00Z', '2027-02-01T00:00:00Z')).toBe('pilot50off');
  expect(ahead('2027-08-14T12:00:00Z', '2027-02-01T00:00:00Z')).toBeUndefined();
  expect(ahead('2027-02-14T12:00:00Z', '2027-08-14T00:00:00Z', { phase: 'subscription' })).toBeUndefined();
  const once = { terms: { coupon: firstLess } };
  expect(ahead('2027-02-14T12:00:00Z', '2027-02-01T00:00:00Z', once)).toBe('first20');
  expect(ahead('2027-02-14T12:00:00Z', '2027-02-15T00:00:00Z', { ...once, phase: 'subscription' })).toBeUndefined();
});

test('it is carried by the terms, to another plan too, and is over with the subscription', () => {
  const terms = resolveTerms(manyPricesFree, basic, {}, { coupon: halfForMonths });
  expect(terms.coupon).toEqual(halfForMonths);
  expect(resolveTerms(manyPrices, basic).coupon).toBeUndefined();
  if (!pro || !terms.freePlan) throw new Error('The product has neither.');
  expect(withPlan(terms, ofPlan(pro, priceOf(9_900))).coupon).toEqual(halfForMonths);
  expect(withPlan(terms, terms.freePlan).coupon).toBeUndefined();
});

const wrong = (...coupons: readonly Partial<Coupon>[]) => {
  const whole = coupons.map((coupon) => ({ ...firstLess, ...coupon }));
  return () => checkProfile({ ...tenure, coupons: whole });
};

test.each([
  ['an id that Stripe would not take', [{ id: 'half off' }], 'coupons: "half off" is not a valid id. Use letters'],
  ['an id twice', [{}, {}], 'coupons: two have the id "first20". Rename one.'],
  ['no name', [{ name: ' ' }], 'coupons.first20.name must be one line of at most 40 characters.'],
  ['all of it', [{ percentOff: 100 }], 'coupons.first20.percentOff must be a whole number from 1 to 99.'],
  ['a part of a percent', [{ percentOff: 12.5 }], 'coupons.first20.percentOff must be a whole number'],
  ['months of one payment', [{ months: 3 }], 'coupons.first20.months goes with the duration "repeating".'],
  ['repetition without months', [{ duration: 'repeating' }], 'coupons.first20.months must be a whole number from 1'],
] as const)('%s is refused, with its place', (_what, coupons, sentence) => {
  expect(wrong(...coupons)).toThrow(sentence);
});

test('months that are over before the trial are refused', () => {
  const coupon = { ...halfForMonths, months: 1 };
  expect(() => checkProfile({ ...tenure, coupons: [coupon], trialDays: 30 })).toThrow(
    'coupons.pilot50off.months is 1, counted from the signup, and the trial of starter lasts 30 days: no payment would have the discount.',
  );
  expect(() => checkProfile({ ...tenure, coupons: [coupon] })).not.toThrow();
});
