import { ApplicationFailure } from '@temporalio/common';
import type Stripe from 'stripe';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import {
  findPlan,
  findPrice,
  findProfile,
  isKnownProfile,
  isPriceOfPlan,
  lookupKeysOf,
  priceLookupKey,
  stripeProductOf,
  type Cycle,
  type Plan,
  type Price,
  type Profile,
} from '../../workflows/domain/profiles/index.ts';
import { money } from '../../workflows/domain/money.ts';
import { ofPlan, priceAgreed, priceInstead, type SoldPlan } from '../../workflows/domain/terms.ts';
import { idOf, type BillingDeps } from './deps.ts';
import { unlessMissing } from './failures.ts';
import { givenPriceOf } from './given-prices.ts';
import { makeProduct } from './products.ts';

/** What a customer pays, as agreed with them. */
interface Agreed extends Price {
  readonly profile: Profile;
  readonly plan: string;
}

/** @throws ApplicationFailure `StripeRefused` when the product no longer has the plan and no price was agreed */
export function agreedWith({ profile: name, plan, terms }: Pick<Customer, 'profile' | 'plan' | 'terms'>): Agreed {
  const profile = findProfile(name);
  const price = terms.plan === plan ? priceAgreed(terms, profile) : priceOfOther(profile, plan, terms);
  if (price === undefined)
    throw ApplicationFailure.nonRetryable(`The product ${name} has no plan ${plan}.`, 'StripeRefused');
  return { ...price, profile, plan };
}

function priceOfOther(profile: Profile, planId: string, terms: Customer['terms']): Price | undefined {
  const plan = findPlan(profile, planId);
  return plan && (priceInstead(terms, profile, plan) ?? findPrice(profile, plan));
}

const RECURRING = {
  monthly: { interval: 'month', interval_count: 1 },
  quarterly: { interval: 'month', interval_count: 3 },
  annual: { interval: 'year', interval_count: 1 },
} as const satisfies Readonly<Record<Cycle, object>>;

/** How often a price in Stripe is paid; undefined when a catalogue has no word for it. */
const cycleOf = ({ recurring }: Stripe.Price): Cycle | undefined =>
  (['monthly', 'quarterly', 'annual'] as const).find(
    (cycle) =>
      RECURRING[cycle].interval === recurring?.interval && RECURRING[cycle].interval_count === recurring.interval_count,
  );

/** The last finds a price from before the product's currency was changed: its key names none. */
function keysOf({ profile, plan, ...price }: Agreed): readonly [string, string, string] {
  const ofOwn = priceLookupKey(profile, plan, { cycle: price.cycle, currency: profile.currency });
  return [...lookupKeysOf(profile, plan, price), ofOwn];
}

const isAgreed =
  ({ cents, currency, cycle }: Price) =>
  (price: Stripe.Price): boolean =>
    price.active && price.unit_amount === cents && price.currency === currency && cycleOf(price) === cycle;

/** One that the settings name comes first; without any, they are found by their lookup keys. */
async function pricesOf({ stripe, config }: BillingDeps, agreed: Agreed): Promise<Stripe.Price[]> {
  const id = givenPriceOf(config, agreed);
  const given = id === undefined ? undefined : await unlessMissing(stripe.prices.retrieve(id));
  const { data } = await stripe.prices.list({ lookup_keys: [...new Set(keysOf(agreed))], limit: 10 });
  return given ? [given, ...data] : data;
}

/** The id of the price in Stripe that was agreed with a customer; undefined when there is none. */
export async function findStripePrice(deps: BillingDeps, agreed: Agreed): Promise<string | undefined> {
  return (await pricesOf(deps, agreed)).find(isAgreed(agreed))?.id;
}

/** Whether it is a price of the plan: by its lookup key, its product in Stripe, or the settings. */
export function isPriceOf(
  config: BillingDeps['config'],
  { profile, plan }: Pick<Agreed, 'profile' | 'plan'>,
  { id, lookup_key: key, product }: Stripe.Price,
): boolean {
  if (key !== null && isPriceOfPlan(profile.name, plan, key)) return true;
  if (idOf(product) === stripeProductOf(profile, plan)) return true;
  return givenPriceOf(config, { profile, plan, cycle: 'monthly', currency: profile.currency }) === id;
}

/**
 * The plan of the customer's product that a subscription is for, by its price; null when the price belongs to no plan.
 */
export function soldAs(
  { config }: Pick<BillingDeps, 'config'>,
  { profile: name }: Pick<Customer, 'profile'>,
  { items }: Stripe.Subscription,
): SoldPlan | null {
  const price = items.data[0]?.price;
  if (!price || !isKnownProfile(name)) return null;
  const { unit_amount: cents, currency } = price;
  const profile = findProfile(name);
  const plan = profile.plans.find(({ id }) => isPriceOf(config, { profile, plan: id }, price));
  if (!plan) return null;
  const cycle = cycleOf(price);
  const catalogued = findPrice(profile, plan, { currency }) ?? findPrice(profile, plan);
  const paid = cents === null || cycle === undefined ? catalogued : { cents, cycle, currency };
  return paid ? ofPlan(plan, paid) : null;
}

/** Nothing but its lookup key makes it safe to repeat: an idempotency key would give back a price that was archived since. */
async function make(stripe: Stripe, { profile, plan, currency, cycle, cents }: Agreed, lookupKey: string) {
  const { id: product } = await makeProduct(stripe, profile, plan);
  return stripe.prices.create({
    ...{ currency, unit_amount: cents, recurring: RECURRING[cycle], lookup_key: lookupKey, product },
  });
}

/** Creates one of a plan's prices from the catalogue, with its lookup key and its product. Safe to repeat. */
export const makePrice = (
  stripe: Stripe,
  profile: Profile,
  { plan, price, lookupKey }: { readonly plan: Plan; readonly price: Price; readonly lookupKey: string },
): Promise<Stripe.Price> => make(stripe, { profile, plan: plan.id, ...price }, lookupKey);

/**
 * The id of the price that was agreed with a customer, found by its lookup key and its amount, so that nobody is
 * charged a different one. Outside live mode a missing price is created; in live mode prices are set up on purpose,
 * never by a customer's signup.
 */
export async function priceOf(deps: BillingDeps, agreed: Agreed): Promise<string> {
  const known = await pricesOf(deps, agreed);
  const found = known.find(isAgreed(agreed));
  if (found !== undefined) return found.id;
  const { cents, currency, cycle } = agreed;
  const [key, keyOfPrice] = keysOf(agreed);
  if (deps.config.live)
    throw ApplicationFailure.nonRetryable(
      `Stripe has no ${cycle} price of ${money(cents, currency)} with the lookup key ${key} or ${keyOfPrice}.`,
      'StripeRefused',
    );
  const isTaken = known.some((price) => price.lookup_key === key);
  const made = await make(deps.stripe, agreed, isTaken ? keyOfPrice : key).catch(async (error: unknown) => {
    // Another signup may have made it at the same moment.
    const now = await findStripePrice(deps, agreed);
    if (now === undefined) throw error;
    return { id: now };
  });
  return made.id;
}
