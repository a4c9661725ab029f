import {
  findCoupon,
  findPrice,
  isFree,
  pricesOf,
  type Plan,
  type PriceChoice,
  type Profile,
} from '../../workflows/domain/profiles/index.ts';
import type { SignupChoice } from '../../workflows/domain/terms.ts';
import type { Problem } from '../http/errors.ts';

/** Why a plan cannot be paid for in this way, with the ways in which it can. */
export function priceProblems(profile: Profile, plan: Plan, choice: PriceChoice): Problem[] {
  if (findPrice(profile, plan, choice)) return [];
  const cycleProblem = (cycles: readonly string[], why: string): Problem[] => [
    { field: 'billing_cycle', message: `billing_cycle must be one of: ${cycles.join(', ')}. ${why}` },
  ];
  if (isFree(plan)) return cycleProblem(['monthly'], `${plan.name} costs nothing.`);
  const { currency = profile.currency } = choice;
  const prices = pricesOf(profile, plan);
  const inCurrency = prices.filter((price) => price.currency === currency);
  if (inCurrency.length === 0) {
    const currencies = [...new Set(prices.map((price) => price.currency))];
    return [{ field: 'currency', message: `currency must be one of: ${currencies.join(', ')}.` }];
  }
  const cycles = inCurrency.map(({ cycle }) => cycle);
  return cycleProblem(cycles, `${plan.name} has no other price in ${currency.toUpperCase()}.`);
}

/** Those there are are not named: whoever is to have one knows it. */
export function couponProblems(profile: Profile, plan: Plan, id: string | undefined): Problem[] {
  if (id === undefined) return [];
  const problem = (message: string): Problem[] => [{ field: 'coupon', message }];
  if (!findCoupon(profile, id)) return problem(`coupon "${id}" is not known. Correct it, or leave it out.`);
  return isFree(plan) ? problem(`The coupon cannot be used with ${plan.name}, which costs nothing. Leave it out.`) : [];
}

/** Without what is the default anyway: the same request is the same, whether it names the default or not. */
export const choiceOf = (
  profile: Profile,
  { cycle, currency, coupon }: PriceChoice & { readonly coupon?: string | undefined },
): SignupChoice => ({
  ...(coupon !== undefined && { coupon: findCoupon(profile, coupon) }),
  ...(cycle !== 'monthly' && cycle !== undefined && { cycle }),
  ...(currency !== profile.currency && currency !== undefined && { currency }),
});

/** What was chosen, for the hash of a request. */
export const chosen = ({ cycle, currency, coupon }: SignupChoice): readonly string[] =>
  [cycle, currency, coupon && `coupon ${coupon.id}`].filter((word) => word !== undefined);
