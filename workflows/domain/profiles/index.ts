import type { Profile } from './profile.ts';

const profiles = new Map<string, Profile>();

/** Registers the product in this process. */
export const addProfile = (profile: Profile): void => {
  profiles.set(profile.name, profile);
};

export const isKnownProfile = (name: string): boolean => profiles.has(name);

/** @throws Error that names the known products, when this one is not registered in this process. */
export function findProfile(name: string): Profile {
  const profile = profiles.get(name);
  if (!profile) throw new Error(`There is no product "${name}" here. Products: ${[...profiles.keys()].join(', ')}.`);
  return profile;
}

export { discounted, findCoupon, isForFirst, offeredCoupon, type Coupon } from './coupons.ts';
export {
  findPlan,
  freePlanOf,
  makesInstance,
  planName,
  stripeProductOf,
  type Plan,
  type Profile,
  type SignupRules,
} from './profile.ts';
export {
  CYCLES,
  PER,
  currenciesOf,
  cyclesOf,
  findPrice,
  isFree,
  isPriceOfPlan,
  lookupKeysOf,
  priceLookupKey,
  pricesOf,
  type Cycle,
  type Price,
  type PriceChoice,
} from './prices.ts';
