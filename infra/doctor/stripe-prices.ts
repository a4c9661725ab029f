import { money } from '../../workflows/domain/money.ts';
import {
  PER,
  isFree,
  lookupKeysOf,
  pricesOf,
  type Cycle,
  type Plan,
  type Price,
  type Profile,
} from '../../workflows/domain/profiles/index.ts';
import { missing, ok, type Check, type Topic, type Verdict } from './finding.ts';
import { SILENCE, permission } from './stripe-silence.ts';
import { howTo } from '../program-file.ts';

export interface StripePrice {
  readonly id: string;
  /** The id of the product whose price it is. */
  readonly product: string;
  readonly lookupKey: string;
  readonly active: boolean;
  readonly currency: string;
  readonly cents: number | null;
  /** `month`, `3 months` or `year`; nothing for a price that is paid once. */
  readonly every: string | undefined;
}

/** In live mode prices are set up on purpose, never by a customer's signup. */
export interface Catalogue {
  readonly profile: Profile;
  readonly live: boolean;
}

/** A price that the catalogue has. */
export interface CataloguePrice {
  readonly plan: Plan;
  readonly price: Price;
  /** The first is tried first; the second is for when another price has that. */
  readonly keys: readonly [string, string];
}

/** All that Stripe has to have: of what costs nothing it needs to know nothing. */
export const cataloguePrices = (profile: Profile): readonly CataloguePrice[] =>
  profile.plans
    .filter((plan) => !isFree(plan))
    .flatMap((plan) =>
      pricesOf(profile, plan).map((price) => ({ plan, price, keys: lookupKeysOf(profile, plan.id, price) })),
    );

const EVERY = {
  monthly: { every: 'month', dashboard: 'monthly' },
  quarterly: { every: '3 months', dashboard: 'every 3 months' },
  annual: { every: 'year', dashboard: 'yearly' },
} as const satisfies Readonly<Record<Cycle, object>>;

/** `99.00 USD a month` */
export const inWords = ({ cents, currency, cycle }: Price): string => `${money(cents, currency)} ${PER[cycle]}`;

const amountOf = (cents: number | null, currency: string): string =>
  cents === null ? `no fixed amount ${currency.toUpperCase()}` : money(cents, currency);

export const differences = ({ active, currency, cents, every }: StripePrice, price: Price): string[] => [
  ...(active ? [] : ['is archived']),
  ...(every === EVERY[price.cycle].every ? [] : [every === undefined ? 'is paid once' : `is paid every ${every}`]),
  ...(currency === price.currency && cents === price.cents
    ? []
    : [`is ${amountOf(cents, currency)}, where the catalogue says ${inWords(price)}`]),
];

/** What Stripe has under the keys of a price. */
export interface FoundPrice {
  readonly found: StripePrice | undefined;
  /** Nothing: it is the price of the catalogue. */
  readonly wrong: readonly string[];
}

/** The price of the catalogue, under whichever of its keys; otherwise the one that has the first of them. */
export function findCatalogued(prices: readonly StripePrice[], { price, keys }: CataloguePrice): FoundPrice {
  const under = keys.flatMap((key) => prices.filter(({ lookupKey }) => lookupKey === key));
  const compared = under.map((found) => ({ found, wrong: differences(found, price) }));
  const right = compared.find(({ wrong }) => wrong.length === 0);
  return right ?? compared[0] ?? { found: undefined, wrong: ['is missing'] };
}

function lookAtPrice(prices: readonly StripePrice[], expected: CataloguePrice, live: boolean): Verdict {
  const [key] = expected.keys;
  const { found, wrong } = findCatalogued(prices, expected);
  if (!found)
    return live
      ? missing(`no price has the lookup key ${key}`)
      : ok(`${key} is not there yet: in test mode the first signup makes it`);
  return wrong.length === 0
    ? ok(`${found.lookupKey}, ${inWords(expected.price)}`)
    : missing(`${found.lookupKey} ${wrong.join(' and ')}`);
}

/** What sets it apart from the plan's price by the month in the product's currency. */
function nameOf({ plan, price: { cycle, currency } }: CataloguePrice, profile: Profile): string {
  const words = [
    ...(cycle === 'monthly' ? [] : [cycle]),
    ...(currency === profile.currency ? [] : [currency.toUpperCase()]),
  ];
  return words.length === 0 ? plan.name : `${plan.name} (${words.join(', ')})`;
}

function priceCheck(expected: CataloguePrice, { profile, live }: Catalogue): Check<readonly StripePrice[]> {
  const { plan, price, keys } = expected;
  return {
    check: `price of ${nameOf(expected, profile)}`,
    look: (prices) => lookAtPrice(prices, expected, live),
    means: `the onboarding of a customer who takes ${plan.name} stops at "trialSubscription": nobody is charged another price than they were told`,
    remedy:
      `"${howTo('stripe', 'apply')}" makes it; or dashboard > Product catalogue > Add product: recurring, ${EVERY[price.cycle].dashboard}, ` +
      `${money(price.cents, price.currency)}, lookup key ${keys[0]}, or ${keys[1]} where another price has that`,
  };
}

export const pricesTopic = (expected: Catalogue): Topic<readonly StripePrice[]> => ({
  part: 'Stripe',
  about: 'prices',
  silence: SILENCE,
  refusal: permission('"Prices"'),
  checks: cataloguePrices(expected.profile).map((price) => priceCheck(price, expected)),
});
