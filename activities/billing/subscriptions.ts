import Stripe from 'stripe';
import { getCustomer, recordSubscription, type Customer } from '../../infra/db/repositories/customers.ts';
import { findProfile, priceLookupKey } from '../../workflows/domain/profiles/index.ts';
import { priceOf } from './catalogue.ts';
import { findStripeCustomer } from './customers.ts';
import { seconds, type BillingDeps, type Keyed } from './deps.ts';
import { unlessMissing } from './failures.ts';
import { searchByOurId } from './search.ts';

export const NOT_CHANGEABLE = 'The customer has no subscription that can be changed.';
const OVER: readonly Stripe.Subscription.Status[] = ['canceled', 'incomplete_expired'];
export const isOver = ({ status }: Stripe.Subscription): boolean => OVER.includes(status);

/** Every subscription of one customer in Stripe, newest first. */
export async function allSubscriptions(
  { stripe }: BillingDeps,
  stripeCustomerId: string,
): Promise<Stripe.Subscription[]> {
  const { data } = await stripe.subscriptions.list({ customer: stripeCustomerId, status: 'all', limit: 100 });
  return data.sort((one, other) => other.created - one.created);
}

/** Whose subscriptions are meant. What we recorded as theirs is theirs, whatever anybody makes of its metadata. */
export type Subscriber = Pick<Customer, 'customerId' | 'stripeSubscriptionId'>;

/** Whether it is the one we recorded, or carries our customer's id. Others are not ours to touch. */
const isOurs =
  ({ customerId, stripeSubscriptionId }: Subscriber) =>
  ({ id, metadata }: Stripe.Subscription): boolean =>
    id === stripeSubscriptionId || metadata['customer_id'] === customerId;

/** Those that are ours, newest first. The one we recorded is asked for by its id before it counts as gone. */
export async function oursAmong(
  deps: BillingDeps,
  all: readonly Stripe.Subscription[],
  subscriber: Subscriber,
): Promise<Stripe.Subscription[]> {
  const ours = all.filter(isOurs(subscriber));
  const { stripeSubscriptionId: recorded } = subscriber;
  if (recorded === null || ours.some(({ id }) => id === recorded)) return ours;
  const kept = await unlessMissing(deps.stripe.subscriptions.retrieve(recorded));
  return kept ? [...ours, kept] : ours;
}

/** Those that carry our customer's id at other customers in Stripe, and are not over: someone moved them there. */
export async function carriedElsewhere(
  { stripe }: BillingDeps,
  { customerId }: Subscriber,
  all: readonly Stripe.Subscription[],
): Promise<Stripe.Subscription[]> {
  const found = await searchByOurId(customerId, (query) => stripe.subscriptions.search({ query, limit: 100 }));
  const isMeant = ({ metadata }: Stripe.Subscription) => metadata['tenure'] === 'ignore';
  return found.filter((one) => !isOver(one) && !isMeant(one) && all.every(({ id }) => id !== one.id));
}

/** Whether it is for a plan of the customer's product, says nothing of another customer of ours, and is not to be ignored. */
export function standsInForOurs({ profile }: Customer, { items, metadata }: Stripe.Subscription): boolean {
  const keys = findProfile(profile).plans.map(({ id }) => priceLookupKey(profile, id));
  const isForProduct = items.data.some(({ price }) => price.lookup_key !== null && keys.includes(price.lookup_key));
  return isForProduct && !metadata['customer_id'] && metadata['tenure'] !== 'ignore';
}

const ourSubscriptions = async (deps: BillingDeps, subscriber: Subscriber, stripeCustomerId: string) =>
  oursAmong(deps, await allSubscriptions(deps, stripeCustomerId), subscriber);

/** Newest first; none while the customer is not in Stripe. */
export const subscriptionsOf = async (deps: BillingDeps, customer: Customer): Promise<Stripe.Subscription[]> =>
  customer.stripeCustomerId === null ? [] : ourSubscriptions(deps, customer, customer.stripeCustomerId);

interface TrialWanted {
  /** Undefined while Stripe has no such price. */
  readonly price: string | undefined;
  readonly trialEndsAt: string;
}

type TrialDecision = {
  /** Subscriptions whose trial Stripe has ended: it moves the end of none of them, so another takes their place. */
  readonly replaced: readonly string[];
} & (
  | { readonly action: 'create' }
  | {
      readonly action: 'adopt';
      readonly existing: Stripe.Subscription;
      /** The item whose price is another plan's. */
      readonly outdatedItem: string | null;
      readonly movesEnd: boolean;
    }
);

/** What there is to do that Stripe has the trial as we have it. The step acts on it, a dry run only tells it. */
export function decideTrial(subscriptions: readonly Stripe.Subscription[], wanted: TrialWanted): TrialDecision {
  const existing = subscriptions.find((one) => !isOver(one) && one.status !== 'paused');
  const replaced = subscriptions.filter(({ status }) => status === 'paused').map(({ id }) => id);
  if (!existing) return { action: 'create', replaced };
  const item = existing.items.data[0];
  const outdatedItem = item && item.price.id !== wanted.price ? item.id : null;
  const movesEnd = existing.status === 'trialing' && existing.trial_end !== seconds(wanted.trialEndsAt);
  return { action: 'adopt', existing, outdatedItem, movesEnd, replaced };
}

/**
 * Starts the trial as a Stripe subscription that ends at the same instant as ours, or adopts the
 * one that is there and corrects its plan and its end. One whose trial is over gives way to another.
 */
export async function ensureTrialSubscription(
  deps: BillingDeps,
  input: Keyed & { readonly plan: string; readonly trialEndsAt: string },
): Promise<{ readonly stripeSubscriptionId: string }> {
  const customer = await getCustomer(deps.database, input.customerId);
  return bringTrial(deps, { customer, subscriptions: await subscriptionsOf(deps, customer), ...input });
}

interface TrialInStripe extends Keyed {
  readonly customer: Customer;
  readonly subscriptions: readonly Stripe.Subscription[];
  readonly plan: string;
  readonly trialEndsAt: string;
}

async function bringTrial(
  deps: BillingDeps,
  { customer, subscriptions, ...input }: TrialInStripe,
): Promise<{ readonly stripeSubscriptionId: string }> {
  const { customerId, key, plan, trialEndsAt } = input;
  const price = await priceOf(deps, customer.profile, plan);
  const decision = decideTrial(subscriptions, { price, trialEndsAt });
  const order = { customerId, key, price, trialEndsAt };
  const held =
    decision.action === 'create' ? await startTrial(deps, customer, order) : await correctTrial(deps, decision, order);
  const found = { stripeSubscriptionId: held.id, subscriptionStatus: held.status };
  await recordSubscription(deps.database, customerId, found);
  // Last: a customer who has none for an instant would be taken for one who has left.
  for (const id of decision.replaced) await cancel(deps, id, key);
  return { stripeSubscriptionId: held.id };
}

/** Closes one Checkout; one that was completed or has expired since it was listed has nothing to be closed. */
async function closeCheckout({ stripe }: BillingDeps, id: string, key: string): Promise<void> {
  try {
    await stripe.checkout.sessions.expire(id, {}, { idempotencyKey: `${key}:${id}` });
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  }
}

/** Cancels one subscription at once; one that is cancelled already is done. */
const cancel = ({ stripe }: BillingDeps, id: string, key: string) =>
  unlessMissing(stripe.subscriptions.cancel(id, {}, { idempotencyKey: `${key}:${id}` }));

type TrialOrder = Keyed & { readonly price: string; readonly trialEndsAt: string };

const startTrial = (
  { stripe }: BillingDeps,
  { customerId, stripeCustomerId, profile }: Customer,
  { key, price, trialEndsAt }: TrialOrder,
): Promise<Stripe.Subscription> =>
  stripe.subscriptions.create(
    {
      customer: stripeCustomerId ?? '',
      items: [{ price }],
      trial_end: seconds(trialEndsAt),
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      metadata: { customer_id: customerId, profile },
    },
    { idempotencyKey: key },
  );

async function correctTrial(
  { stripe }: BillingDeps,
  { existing, outdatedItem, movesEnd }: Extract<TrialDecision, { action: 'adopt' }>,
  { key, price, trialEndsAt }: TrialOrder,
): Promise<Stripe.Subscription> {
  if (outdatedItem === null && !movesEnd) return existing;
  const change: Stripe.SubscriptionUpdateParams = {
    ...(outdatedItem !== null && { items: [{ id: outdatedItem, price }] }),
    ...(movesEnd && { trial_end: seconds(trialEndsAt) }),
    proration_behavior: 'none',
  };
  return stripe.subscriptions.update(existing.id, change, { idempotencyKey: `${key}:correct` });
}

interface Cancellable {
  readonly checkouts: readonly string[];
  readonly subscriptions: readonly string[];
}

/** Ids of what is to be closed and cancelled in Stripe, so that nothing more can be charged; undefined without a customer. */
export async function findCancellable(deps: BillingDeps, customer: Customer): Promise<Cancellable | undefined> {
  const stripeCustomer = await findStripeCustomer(deps, customer);
  if (!stripeCustomer) return undefined;
  const found = await cancellableOf(deps, customer, stripeCustomer.id);
  // What stands in for ours would go on to charge a customer who has left.
  const all = await allSubscriptions(deps, stripeCustomer.id);
  const others = all.filter((one) => !isOver(one) && standsInForOurs(customer, one)).map(({ id }) => id);
  return { ...found, subscriptions: [...new Set([...found.subscriptions, ...others])] };
}

async function cancellableOf(
  deps: BillingDeps,
  subscriber: Subscriber,
  stripeCustomerId: string,
): Promise<Cancellable> {
  const open = await deps.stripe.checkout.sessions.list({ customer: stripeCustomerId, status: 'open', limit: 20 });
  const subscriptions = await ourSubscriptions(deps, subscriber, stripeCustomerId);
  const elsewhere = await carriedElsewhere(deps, subscriber, subscriptions);
  const living = [...subscriptions.filter((one) => !isOver(one)), ...elsewhere];
  return { checkouts: open.data.map(({ id }) => id), subscriptions: living.map(({ id }) => id) };
}

async function takeBack(deps: BillingDeps, { checkouts, subscriptions }: Cancellable, key: string): Promise<void> {
  for (const id of checkouts) await closeCheckout(deps, id, key);
  for (const id of subscriptions) await cancel(deps, id, key);
}

/** The same for one of whom Postgres may know nothing. @returns the subscriptions that were cancelled */
export async function cancelAll(
  deps: BillingDeps,
  { subscriber, stripeCustomerId, key }: { subscriber: Subscriber; stripeCustomerId: string; key: string },
): Promise<readonly string[]> {
  const found = await cancellableOf(deps, subscriber, stripeCustomerId);
  await takeBack(deps, found, key);
  return found.subscriptions;
}

/** Cancels what is not over and closes open Checkouts. Not there is done. */
export async function cancelSubscription(deps: BillingDeps, { customerId, key }: Keyed): Promise<void> {
  const { database } = deps;
  const customer = await getCustomer(database, customerId);
  const found = await findCancellable(deps, customer);
  if (!found) return;
  await takeBack(deps, found, key);
  await recordSubscription(database, customerId, {
    stripeSubscriptionId: customer.stripeSubscriptionId,
    subscriptionStatus: 'canceled',
  });
}

/** Moves the end of the trial in Stripe, of one that is over too. @throws Error when the customer has left Stripe */
export async function moveTrialEnd(deps: BillingDeps, input: Keyed & { readonly trialEndsAt: string }): Promise<void> {
  const customer = await getCustomer(deps.database, input.customerId);
  const subscriptions = await subscriptionsOf(deps, customer);
  if (subscriptions.every(isOver)) throw new Error(NOT_CHANGEABLE);
  await bringTrial(deps, { customer, subscriptions, plan: customer.plan, ...input });
}
