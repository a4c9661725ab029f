import { ApplicationFailure } from '@temporalio/common';
import type Stripe from 'stripe';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import {
  findProfile,
  isKnownProfile,
  isPriceOfPlan,
  planName,
  priceLookupKey,
  type Plan,
  type Profile,
} from '../../workflows/domain/profiles/index.ts';
import { ofPlan, priceAgreed, type Price, type SoldPlan } from '../../workflows/domain/terms.ts';
import type { BillingDeps } from './deps.ts';

/** What a customer pays a month, as agreed with them. */
interface Agreed extends Price {
  readonly profile: Profile;
  readonly plan: string;
}

/** @throws ApplicationFailure `StripeRefused` when the product has no such plan any more, and nothing was agreed */
export function agreedWith({ profile: name, plan, terms }: Pick<Customer, 'profile' | 'plan' | 'terms'>): Agreed {
  const profile = findProfile(name);
  const price = priceAgreed(terms.plan === plan ? terms : { plan }, profile);
  if (price === undefined)
    throw ApplicationFailure.nonRetryable(`The product ${name} has no plan ${plan}.`, 'StripeRefused');
  return { ...price, profile, plan };
}

/** Of the plan, and of the plan at this price. The first moves to a new price when the catalogue changes. */
const lookupKeysOf = ({ profile, plan, currency, monthlyCents }: Agreed): readonly [string, string] => {
  const key = priceLookupKey(profile.name, plan);
  return [key, `${key}_${currency}_${String(monthlyCents)}`];
};

const isAgreed =
  ({ monthlyCents, currency }: Price) =>
  ({ active, unit_amount: amount, currency: of, recurring }: Stripe.Price): boolean =>
    active &&
    amount === monthlyCents &&
    of === currency &&
    recurring?.interval === 'month' &&
    recurring.interval_count === 1;

const pricesOf = async ({ stripe }: Pick<BillingDeps, 'stripe'>, agreed: Agreed): Promise<Stripe.Price[]> =>
  (await stripe.prices.list({ lookup_keys: [...lookupKeysOf(agreed)], limit: 10 })).data;

/** The id of the price in Stripe that was agreed with a customer; undefined when there is none. */
export async function findPrice(deps: BillingDeps, agreed: Agreed): Promise<string | undefined> {
  return (await pricesOf(deps, agreed)).find(isAgreed(agreed))?.id;
}

/** What of the customer's product a subscription is for, at the price that it has; null when that is of no plan. */
export function soldAs({ profile: name }: Pick<Customer, 'profile'>, { items }: Stripe.Subscription): SoldPlan | null {
  const price = items.data[0]?.price;
  if (!price?.lookup_key || !isKnownProfile(name)) return null;
  const { lookup_key: key, unit_amount: monthlyCents, currency } = price;
  const profile = findProfile(name);
  const plan = profile.plans.find(({ id }) => isPriceOfPlan(name, id, key));
  if (!plan) return null;
  return { ...ofPlan(profile, plan), ...(monthlyCents !== null && { price: { monthlyCents, currency } }) };
}

const make = (stripe: Stripe, { profile, plan, currency, monthlyCents }: Agreed, lookupKey: string) =>
  stripe.prices.create(
    {
      ...{ currency, unit_amount: monthlyCents, recurring: { interval: 'month' }, lookup_key: lookupKey },
      product_data: { name: `${profile.brand.name} ${planName(profile, plan)}` },
    },
    { idempotencyKey: `catalogue:${lookupKey}:${String(monthlyCents)}` },
  );

/** Makes a plan's monthly price from the catalogue, with its lookup key and a product. Made twice, it is one. */
export const makePrice = (stripe: Stripe, profile: Profile, { id, monthlyCents }: Plan): Promise<Stripe.Price> =>
  make(stripe, { profile, plan: id, currency: profile.currency, monthlyCents }, priceLookupKey(profile.name, id));

/**
 * The id of the price that was agreed with a customer, found by its lookup key and its amount: nobody is charged
 * another. Outside live mode a missing one is made; in live mode prices are set up on purpose, never by a
 * customer's signup.
 */
export async function priceOf(deps: BillingDeps, agreed: Agreed): Promise<string> {
  const known = await pricesOf(deps, agreed);
  const found = known.find(isAgreed(agreed));
  if (found !== undefined) return found.id;
  const { monthlyCents, currency } = agreed;
  const [key, keyOfPrice] = lookupKeysOf(agreed);
  if (deps.config.live)
    throw ApplicationFailure.nonRetryable(
      `Stripe has no monthly price of ${(monthlyCents / 100).toFixed(2)} ${currency.toUpperCase()} with the lookup key ${key} or ${keyOfPrice}.`,
      'StripeRefused',
    );
  const isTaken = known.some((price) => price.lookup_key === key);
  return (await make(deps.stripe, agreed, isTaken ? keyOfPrice : key)).id;
}
