import {
  findPrice,
  isFree,
  pricesOf,
  type Plan,
  type PriceChoice,
  type Profile,
} from '../../workflows/domain/profiles/index.ts';
import type { Problem } from '../http/errors.ts';

/** What a plan is not sold for, with what it is sold for. */
export function priceProblems(profile: Profile, plan: Plan, choice: PriceChoice): Problem[] {
  if (findPrice(profile, plan, choice)) return [];
  const { currency = profile.currency } = choice;
  const prices = pricesOf(profile, plan);
  const inCurrency = prices.filter((price) => price.currency === currency);
  if (inCurrency.length === 0) {
    const currencies = [...new Set(prices.map((price) => price.currency))];
    return [{ field: 'currency', message: `currency must be one of: ${currencies.join(', ')}.` }];
  }
  const cycles = inCurrency.map(({ cycle }) => cycle).join(', ');
  const why = isFree(plan)
    ? `${plan.name} costs nothing.`
    : `${plan.name} has no other price in ${currency.toUpperCase()}.`;
  return [{ field: 'billing_cycle', message: `billing_cycle must be one of: ${cycles}. ${why}` }];
}

/** What was chosen that goes without saying is left out, so that the same wish is the same however it was sent. */
export const choiceOf = ({ currency: own }: Profile, { cycle, currency }: PriceChoice): PriceChoice => ({
  ...(cycle !== 'monthly' && cycle !== undefined && { cycle }),
  ...(currency !== own && currency !== undefined && { currency }),
});

/** What of a price somebody chose, for a hash of their wish. */
export const chosen = ({ cycle, currency }: PriceChoice): readonly string[] =>
  [cycle, currency].filter((word) => word !== undefined);
