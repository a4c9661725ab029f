import { priceLookupKey, type Plan, type Profile } from '../../workflows/domain/profiles/index.ts';
import { missing, ok, type Check, type Topic, type Verdict } from './finding.ts';
import { SILENCE, permission } from './stripe-silence.ts';

export interface StripePrice {
  readonly lookupKey: string;
  readonly active: boolean;
  readonly currency: string;
  readonly cents: number | null;
  /** `month`, or `3 months`; nothing for a price that is paid once. */
  readonly every: string | undefined;
}

/** In live mode prices are set up on purpose, never by a customer's signup. */
export interface Catalogue {
  readonly profile: Profile;
  readonly live: boolean;
}

const money = (cents: number | null, currency: string): string =>
  `${cents === null ? 'no fixed amount' : (cents / 100).toFixed(2)} ${currency.toUpperCase()}`;

const differences = ({ active, currency, cents, every }: StripePrice, plan: Plan, profile: Profile): string[] => [
  ...(active ? [] : ['is archived']),
  ...(every === 'month' ? [] : [every === undefined ? 'is paid once' : `is paid every ${every}`]),
  ...(currency === profile.currency && cents === plan.monthlyCents
    ? []
    : [`is ${money(cents, currency)}, where the catalogue says ${money(plan.monthlyCents, profile.currency)} a month`]),
];

function lookAtPrice(prices: readonly StripePrice[], plan: Plan, { profile, live }: Catalogue): Verdict {
  const key = priceLookupKey(profile.name, plan.id);
  const price = prices.find(({ lookupKey }) => lookupKey === key);
  if (!price)
    return live
      ? missing(`no price has the lookup key ${key}`)
      : ok(`${key} is not there yet: in test mode the first signup makes it`);
  const wrong = differences(price, plan, profile);
  return wrong.length === 0
    ? ok(`${key}, ${money(price.cents, price.currency)} a month`)
    : missing(`${key} ${wrong.join(' and ')}`);
}

function priceCheck(plan: Plan, expected: Catalogue): Check<readonly StripePrice[]> {
  const { profile } = expected;
  const key = priceLookupKey(profile.name, plan.id);
  return {
    check: `price of ${plan.name}`,
    look: (prices) => lookAtPrice(prices, plan, expected),
    means: `the onboarding of who takes ${plan.name} stops at "trialSubscription": nobody is charged another price than they were told`,
    remedy:
      `"npm run doctor -- --set-up-stripe" makes a missing one; or dashboard > Product catalogue > Add product: recurring, monthly, ` +
      `${money(plan.monthlyCents, profile.currency)}, lookup key ${key} (a price that is wrong: give its lookup key to a new one)`,
  };
}

export const pricesTopic = (expected: Catalogue): Topic<readonly StripePrice[]> => ({
  part: 'Stripe',
  about: 'prices',
  silence: SILENCE,
  refusal: permission('"Prices"'),
  checks: expected.profile.plans.map((plan) => priceCheck(plan, expected)),
});
