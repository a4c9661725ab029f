/** How often a customer pays. */
export const CYCLES = ['monthly', 'quarterly', 'annual'] as const;
export type Cycle = (typeof CYCLES)[number];

export const MONTHS: Readonly<Record<Cycle, number>> = { monthly: 1, quarterly: 3, annual: 12 };

/** How a price is told: `$99 a month`. */
export const PER: Readonly<Record<Cycle, string>> = {
  monthly: 'a month',
  quarterly: 'every 3 months',
  annual: 'a year',
};

/**
 * What a plan costs in one currency: in cents, or in whatever is the smallest unit of one without cents. A quarter or a
 * year is paid for at its beginning; where there is no price for it, the plan is not sold so.
 */
export interface Prices {
  readonly monthlyCents: number;
  readonly quarterlyCents?: number;
  readonly annualCents?: number;
}

export const MEMBER = {
  monthly: 'monthlyCents',
  quarterly: 'quarterlyCents',
  annual: 'annualCents',
} as const satisfies Readonly<Record<Cycle, keyof Prices>>;

/** One of the prices of a plan. */
export interface Price {
  readonly cents: number;
  readonly cycle: Cycle;
  readonly currency: string;
}

/** Which of them. Absent: by the month, and in the currency of the product. */
export interface PriceChoice {
  readonly cycle?: Cycle | undefined;
  readonly currency?: string | undefined;
}

interface Priced extends Prices {
  readonly id: string;
  readonly otherCurrencies?: Readonly<Record<string, Prices>>;
}

interface Catalogue {
  readonly currency: string;
  readonly plans: readonly Priced[];
}

/** A plan that costs nothing: its customers have no trial and no subscription, and live on. */
export const isFree = ({ monthlyCents }: Pick<Prices, 'monthlyCents'>): boolean => monthlyCents === 0;

/** All that a plan is sold at: first in the currency of the product, and of each currency the shortest cycle first. */
export const pricesOf = (product: Pick<Catalogue, 'currency'>, plan: Priced): readonly Price[] =>
  Object.entries({ [product.currency]: plan, ...plan.otherCurrencies }).flatMap(([currency, prices]) =>
    CYCLES.flatMap((cycle) => {
      const cents = prices[MEMBER[cycle]];
      return cents === undefined ? [] : [{ cents, cycle, currency }];
    }),
  );

/** Undefined where the plan is not sold so. What costs nothing does so in every currency. */
export function findPrice(
  product: Pick<Catalogue, 'currency'>,
  plan: Priced,
  { cycle = 'monthly', currency = product.currency }: PriceChoice = {},
): Price | undefined {
  if (isFree(plan) && cycle === 'monthly') return { cents: 0, cycle, currency };
  return pricesOf(product, plan).find((price) => price.cycle === cycle && price.currency === currency);
}

const inAnyPlan = <T>(product: Catalogue, of: (price: Price) => T): readonly T[] => [
  ...new Set(product.plans.flatMap((plan) => pricesOf(product, plan)).map(of)),
];

/** Those in which at least one plan can be paid for, the shortest first. */
export const cyclesOf = (product: Catalogue): readonly Cycle[] => {
  const sold = inAnyPlan(product, ({ cycle }) => cycle);
  return CYCLES.filter((cycle) => sold.includes(cycle));
};

/** The product's own first. */
export const currenciesOf = (product: Catalogue): readonly string[] => [
  ...new Set([product.currency, ...inAnyPlan(product, ({ currency }) => currency)]),
];

/**
 * Stripe's lookup key of a plan's price: stable where price ids are not. That of the product's own currency does not name
 * it.
 */
export const priceLookupKey = (
  { name, currency: own }: { readonly name: string; readonly currency: string },
  planId: string,
  { cycle, currency }: Pick<Price, 'cycle' | 'currency'>,
): string => `${name}_${planId}_${cycle}${currency === own ? '' : `_${currency}`}`;

/**
 * Where the plan's price of this currency is found in Stripe: the key that moves to a new price when the catalogue
 * changes, and one of exactly this price, for when another price has the first one.
 */
export function lookupKeysOf(
  product: { readonly name: string; readonly currency: string },
  planId: string,
  price: Price,
): readonly [string, string] {
  const { cents, currency, cycle } = price;
  const ofOwn = priceLookupKey(product, planId, { cycle, currency: product.currency });
  return [priceLookupKey(product, planId, price), `${ofOwn}_${currency}_${String(cents)}`];
}

/** What follows the plan's id in a key: the cycle, the currency, and the amount of a price of another day. */
const PRICE = /^(monthly|quarterly|annual)(_[a-z]{3}(_\d+)?)?$/;

/**
 * Whether a price with this lookup key is one of the plan's, at the price of today or of another day. It is read exactly:
 * `team` and `team_monthly` may both be plans.
 */
export function isPriceOfPlan(product: string, planId: string, lookupKey: string): boolean {
  const beginning = `${product}_${planId}_`;
  return lookupKey.startsWith(beginning) && PRICE.test(lookupKey.slice(beginning.length));
}
