import { addProfile, type Coupon, type Plan, type Profile } from '../../workflows/domain/profiles/index.ts';
import { tenure } from './default-product.ts';

/** A quarter costs a tenth less than three months, a year 17 % less than twelve; in yen too. */
export const basic: Plan = {
  ...{ id: 'basic', name: 'Basic', maxDevices: 10, connections: 5 },
  ...{ monthlyCents: 2_900, quarterlyCents: 7_830, annualCents: 28_884 },
  otherCurrencies: { jpy: { monthlyCents: 4_500, annualCents: 44_800 } },
  ...{ features: ['sso'], limits: { users: 5, apiCalls: 10_000 } },
};
const PRO: Plan = {
  ...{ id: 'pro', name: 'Pro', monthlyCents: 9_900, annualCents: 98_604, maxDevices: 100, connections: 20 },
  otherCurrencies: { jpy: { monthlyCents: 15_000 } },
  ...{ features: ['sso', 'auditTrail'], limits: { apiCalls: 100_000 } },
};

export const halfForMonths: Coupon = {
  ...{ id: 'pilot50off', name: 'Half for 6 months', percentOff: 50, duration: 'repeating', months: 6 },
};
export const firstLess: Coupon = { id: 'first20', name: 'A fifth off', percentOff: 20, duration: 'once' };

/** A product whose plans have several prices, features and limits, with coupons. */
export const manyPrices: Profile = {
  ...{ ...tenure, name: 'many-prices', plans: [basic, PRO] },
  coupons: [halfForMonths, firstLess],
};
addProfile(manyPrices);

const FREE: Plan = {
  ...{ id: 'free', name: 'Free', monthlyCents: 0, maxDevices: 1, connections: 2 },
  limits: { users: 1 },
};
/** The same product, but a signup gets a free plan. */
export const manyPricesFree: Profile = { ...manyPrices, name: 'many-prices-free', plans: [FREE, basic, PRO] };
addProfile(manyPricesFree);
