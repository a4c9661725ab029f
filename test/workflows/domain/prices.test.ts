import {
  currenciesOf,
  cyclesOf,
  findPrice,
  isPriceOfPlan,
  priceLookupKey,
  pricesOf,
} from '../../../workflows/domain/profiles/index.ts';
import { contentsOf } from '../../../infra/customers/plan-contents.ts';
import { withPlan } from '../../../workflows/domain/free-plan.ts';
import { priceAgreed, priceInstead, resolveTerms, type Terms } from '../../../workflows/domain/terms.ts';
import { tenure } from '../../support/default-product.ts';
import { basic, manyPrices, manyPricesFree } from '../../support/many-prices.ts';

const [free, , pro] = manyPricesFree.plans;
const [starter] = tenure.plans;

test('S4-9: a plan is sold by the month, the quarter and the year, and in each currency that it has', () => {
  expect(pricesOf(manyPrices, basic).map(({ cents, cycle, currency }) => [cents, cycle, currency])).toEqual([
    [2_900, 'monthly', 'usd'],
    [7_830, 'quarterly', 'usd'],
    [28_884, 'annual', 'usd'],
    [4_500, 'monthly', 'jpy'],
    [44_800, 'annual', 'jpy'],
  ]);
  expect([cyclesOf(manyPrices), currenciesOf(manyPrices)]).toEqual([
    ['monthly', 'quarterly', 'annual'],
    ['usd', 'jpy'],
  ]);
  expect([cyclesOf(tenure), currenciesOf(tenure)]).toEqual([['monthly'], ['usd']]);
});

test('a price that there is not is none; what costs nothing does so in every currency', () => {
  expect(findPrice(manyPrices, basic)).toEqual({ cents: 2_900, cycle: 'monthly', currency: 'usd' });
  expect(findPrice(manyPrices, basic, { cycle: 'quarterly', currency: 'jpy' })).toBeUndefined();
  expect(findPrice(manyPrices, basic, { currency: 'eur' })).toBeUndefined();
  expect(findPrice(manyPricesFree, free, { currency: 'jpy' })).toEqual({ cents: 0, cycle: 'monthly', currency: 'jpy' });
  expect(findPrice(manyPricesFree, free, { cycle: 'annual' })).toBeUndefined();
});

test('each price has a lookup key of its own, by which it is known again; that of the month is as it was', () => {
  const keys = manyPrices.plans.flatMap((plan) =>
    pricesOf(manyPrices, plan).map((price) => priceLookupKey(manyPrices, plan.id, price)),
  );
  expect(keys.slice(0, 5)).toEqual([
    'many-prices_basic_monthly',
    'many-prices_basic_quarterly',
    'many-prices_basic_annual',
    'many-prices_basic_monthly_jpy',
    'many-prices_basic_annual_jpy',
  ]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.map((key) => isPriceOfPlan('many-prices', 'basic', key))).toEqual([
    ...[true, true, true, true, true],
    ...[false, false, false],
  ]);
});

test.each([
  ['tenure_pro_monthly_usd_9900', true],
  ['tenure_pro_annual_usd_98604', true],
  ['tenure_pro_annual_jpy', true],
  ['tenure_pro_weekly', false],
  // A price of a plan called pro_annual; and of another product.
  ['tenure_pro_annual_monthly', false],
  // Prices of plans called pro_monthly and pro_monthly_usd.
  ['tenure_pro_monthly_monthly', false],
  ['tenure_pro_monthly_annual_jpy', false],
  ['tenure_pro_monthly_usd_monthly', false],
  ['acme_pro_annual', false],
])('%s is a price of the plan pro: %s', (key, is) => {
  expect(isPriceOfPlan('tenure', 'pro', key)).toBe(is);
});

const agreed = (terms: Terms) => priceAgreed(terms, manyPrices);

test('the price is part of the terms; by the month it is written as it always was', () => {
  expect(resolveTerms(tenure, starter).price).toEqual({ monthlyCents: 9_900, currency: 'usd' });
  const terms = resolveTerms(manyPricesFree, basic, {}, { cycle: 'annual', currency: 'jpy' });
  expect(terms.price).toEqual({ cents: 44_800, cycle: 'annual', currency: 'jpy' });
  expect(terms.freePlan?.price).toEqual({ monthlyCents: 0, currency: 'jpy' });
  expect(agreed(JSON.parse(JSON.stringify(terms)) as Terms)).toEqual(terms.price);
  expect(agreed({ ...terms, price: { monthlyCents: 7, currency: 'eur' } })).toEqual({
    ...{ cents: 7, cycle: 'monthly', currency: 'eur' },
  });
  expect(() => resolveTerms(manyPrices, pro ?? basic, {}, { cycle: 'quarterly' })).toThrow(
    'The plan pro of many-prices has no quarterly price in usd.',
  );
});

test('another plan is paid as the one before, where it is sold so', () => {
  const of = (cycle: 'quarterly' | 'annual') =>
    priceInstead(resolveTerms(manyPrices, basic, {}, { cycle }), manyPrices, pro ?? basic);
  expect(of('annual')?.cents).toBe(98_604);
  expect(of('quarterly')).toBeUndefined();
});

test('features and limits are part of the terms, and change with the plan', () => {
  const terms = resolveTerms(manyPricesFree, basic);
  expect(terms).toMatchObject({ features: ['sso'], limits: { users: 5, apiCalls: 10_000 } });
  expect(withPlan(terms, terms.freePlan ?? terms)).toMatchObject({ features: [], limits: { users: 1 } });
  // The contents of a free plan that was stored before plans had features and limits.
  expect(contentsOf(withPlan(terms, { plan: 'free', maxDevices: 1 }))).toEqual({ features: [], limits: { users: 1 } });
  const { features, limits, ...before } = terms;
  expect(contentsOf(before)).toEqual({ features, limits });
});
