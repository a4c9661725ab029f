import type Stripe from 'stripe';
import { asStripeHasIt, couponInWords, type StripeCoupon } from '../../infra/doctor/stripe-coupons.ts';
import {
  cataloguePrices,
  findCatalogued,
  inWords,
  type CataloguePrice,
  type StripePrice,
} from '../../infra/doctor/stripe-prices.ts';
import type { StripeEndpoint } from '../../infra/doctor/stripe-webhook.ts';
import { stripeProductOf, type Coupon, type Profile } from '../../workflows/domain/profiles/index.ts';
import { makePrice } from './catalogue.ts';
import { makeCoupon } from './coupons.ts';
import { unlessMissing } from './failures.ts';
import { makeProduct, productName } from './products.ts';
import type { Change } from './set-up-change.ts';

interface ProductFact {
  readonly id: string;
  readonly active: boolean;
}

/** What Stripe has. */
export interface Known {
  readonly products: readonly ProductFact[];
  readonly prices: readonly StripePrice[];
  readonly coupons: readonly StripeCoupon[];
  readonly endpoints: readonly StripeEndpoint[];
}

const silently = async (call: Promise<unknown>): Promise<undefined> => {
  await call;
};

/** The products of the plans, and those of prices that are there already: prices cannot be moved. */
export async function readProducts(
  stripe: Stripe,
  profile: Profile,
  prices: Known['prices'],
): Promise<readonly ProductFact[]> {
  const ids = new Set([
    ...cataloguePrices(profile).map(({ plan }) => stripeProductOf(profile, plan.id)),
    ...prices.map(({ product }) => product),
  ]);
  const found = await Promise.all([...ids].map((id) => unlessMissing(stripe.products.retrieve(id))));
  return found.flatMap((product) => (product ? [{ id: product.id, active: product.active }] : []));
}

/** The products that the prices of a profile have, or will have. */
function* productChanges(stripe: Stripe, { products, prices }: Known, profile: Profile): Iterable<Change> {
  const used = new Map<string, string>();
  for (const expected of cataloguePrices(profile)) {
    const { found, wrong } = findCatalogued(prices, expected);
    const isThere = found !== undefined && isSameButArchived(found, wrong);
    used.set(isThere ? found.product : stripeProductOf(profile, expected.plan.id), expected.plan.id);
  }
  for (const [id, plan] of used) {
    const product = products.find((each) => each.id === id);
    const name = `product ${id} (${productName(profile, plan)})`;
    if (!product) yield { what: `make ${name}`, carryOut: () => silently(makeProduct(stripe, profile, plan)) };
    else if (!product.active)
      yield {
        what: `bring back ${name}: it is archived`,
        carryOut: () => silently(stripe.products.update(id, { active: true })),
      };
  }
}

/** The price of the catalogue, but for its being archived. */
const isSameButArchived = ({ active }: StripePrice, wrong: readonly string[]): boolean =>
  wrong.length === 0 || (!active && wrong.length === 1);

/** Customers who pay another price go on with it: it keeps its key, and the new price gets the longer one. */
function priceChange(
  stripe: Stripe,
  { prices }: Known,
  profile: Profile,
  expected: CataloguePrice,
): Change | undefined {
  const { found, wrong } = findCatalogued(prices, expected);
  if (wrong.length === 0) return undefined;
  const { plan, price, keys } = expected;
  const told = inWords(price);
  if (found && isSameButArchived(found, wrong))
    return {
      what: `bring back price ${found.lookupKey}, ${told}: it is archived`,
      carryOut: () => silently(stripe.prices.update(found.id, { active: true })),
    };
  const lookupKey = keys.find((key) => prices.every((each) => each.lookupKey !== key));
  const other = found ? ` (${found.lookupKey} ${wrong.join(' and ')}; who pays that goes on with it)` : '';
  if (lookupKey === undefined)
    return {
      what: `price of ${plan.name}, ${told}: other prices have the lookup keys ${keys.join(' and ')}; free one`,
    };
  return {
    what: `make price ${lookupKey}, ${told}${other}`,
    carryOut: () => silently(makePrice(stripe, profile, { plan, price, lookupKey })),
  };
}

function couponChange(stripe: Stripe, found: StripeCoupon | undefined, coupon: Coupon): Change | undefined {
  const wanted = couponInWords(asStripeHasIt(coupon));
  const name = `coupon ${coupon.id}`;
  if (!found) return { what: `make ${name}, ${wanted}`, carryOut: () => silently(makeCoupon(stripe, coupon)) };
  const renamed = 'Stripe changes no coupon: give the coupon of the product another id';
  if (!found.valid) return { what: `${name} is used up or has expired. ${renamed}` };
  const is = couponInWords(found);
  return is === wanted ? undefined : { what: `${name} is ${is}, where the catalogue says ${wanted}. ${renamed}` };
}

/** Everything of a product in Stripe that is not as its catalogue has it. What customers have already is never touched. */
export function changesOf(stripe: Stripe, known: Known, profile: Profile): readonly Change[] {
  const prices = cataloguePrices(profile).map((price) => priceChange(stripe, known, profile, price));
  const coupons = (profile.coupons ?? []).map((coupon) =>
    couponChange(
      stripe,
      known.coupons.find(({ id }) => id === coupon.id),
      coupon,
    ),
  );
  const rest = [...prices, ...coupons].filter((change) => change !== undefined);
  return [...productChanges(stripe, known, profile), ...rest];
}
