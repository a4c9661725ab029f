import type Stripe from 'stripe';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { findProfile, isKnownProfile } from '../../workflows/domain/profiles/index.ts';
import { isPriceOf } from './catalogue.ts';
import { carriesIdOf, findStripeCustomer } from './customers.ts';
import type { BillingDeps } from './deps.ts';
import { unlessMissing } from './failures.ts';
import { searchByOurId } from './search.ts';

export const NOT_CHANGEABLE = 'The customer has no subscription that can be changed.';
const OVER: readonly Stripe.Subscription.Status[] = ['canceled', 'incomplete_expired'];
export const isOver = ({ status }: Stripe.Subscription): boolean => OVER.includes(status);

/**
 * Whether it ends with its period: because that was requested, or by an end date within it that was set in Stripe. A
 * later date does not matter for this period.
 */
export const endsWithPeriod = ({ cancel_at_period_end: atEnd, cancel_at: date, items }: Stripe.Subscription): boolean =>
  atEnd || (date !== null && date <= (items.data[0]?.current_period_end ?? 0));

/** The customer in Stripe who has the subscription, whatever our row says. */
export const payerOf = ({ customer }: Stripe.Subscription): string =>
  typeof customer === 'string' ? customer : customer.id;

/** Stripe ends the subscriptions of a customer who is deleted there: nobody has cancelled them. */
export const wentWithItsCustomer = (subscription: Stripe.Subscription): boolean =>
  isOver(subscription) && typeof subscription.customer !== 'string' && subscription.customer.deleted === true;

/** Who pays it, and with what. Of a customer who was deleted nothing more can be asked for. */
const WITH_PAYER = ['customer', 'default_payment_method'] as const;

/** Every subscription of one customer in Stripe, newest first, with who pays it. */
export async function allSubscriptions(
  { stripe }: BillingDeps,
  stripeCustomerId: string,
): Promise<Stripe.Subscription[]> {
  const { data } = await stripe.subscriptions.list({
    customer: stripeCustomerId,
    status: 'all',
    limit: 100,
    expand: WITH_PAYER.map((path) => `data.${path}`),
  });
  return data.sort((one, other) => other.created - one.created);
}

/** Whose subscriptions are meant. */
export type Subscriber = Pick<Customer, 'customerId' | 'stripeSubscriptionId'>;

/**
 * Whether the customer in Stripe who pays it has the id of another customer of ours. Known for listed subscriptions.
 */
const paidByAnother = (customerId: string, { customer: payer }: Stripe.Subscription): boolean =>
  typeof payer !== 'string' && !payer.deleted && ![customerId, null].includes(carriesIdOf(payer));

/**
 * Whether it is the one we recorded, or has our customer's id. Other subscriptions are not ours to touch. A recorded
 * one stays ours even if somebody changes its metadata, unless another customer of ours pays it: then our row is wrong.
 */
const isOurs =
  ({ customerId, stripeSubscriptionId }: Subscriber) =>
  (one: Stripe.Subscription): boolean =>
    one.metadata['customer_id'] === customerId || (one.id === stripeSubscriptionId && !paidByAnother(customerId, one));

/** Our subscriptions, newest first. The recorded one is looked up by its id before it counts as gone. */
export async function oursAmong(
  deps: BillingDeps,
  all: readonly Stripe.Subscription[],
  subscriber: Subscriber,
): Promise<Stripe.Subscription[]> {
  const ours = all.filter(isOurs(subscriber));
  const { stripeSubscriptionId: recorded } = subscriber;
  if (recorded === null || all.some(({ id }) => id === recorded)) return ours;
  const kept = await unlessMissing(deps.stripe.subscriptions.retrieve(recorded, { expand: [...WITH_PAYER] }));
  return kept && isOurs(subscriber)(kept) ? [...ours, kept] : ours;
}

/** Subscriptions with our customer's id at other customers in Stripe that are not over: somebody moved them there. */
export async function carriedElsewhere(
  { stripe }: BillingDeps,
  { customerId }: Subscriber,
  all: readonly Stripe.Subscription[],
): Promise<Stripe.Subscription[]> {
  const found = await searchByOurId(customerId, (query) => stripe.subscriptions.search({ query, limit: 100 }));
  const isMeant = ({ metadata }: Stripe.Subscription) => metadata['tenure'] === 'ignore';
  return found.filter((one) => !isOver(one) && !isMeant(one) && all.every(({ id }) => id !== one.id));
}

/** Whether it is for a plan of the customer's product, has no other customer's id, and is not to be ignored. */
export function standsInForOurs(
  { config }: Pick<BillingDeps, 'config'>,
  { profile }: Customer,
  { items, metadata }: Stripe.Subscription,
): boolean {
  // Removing needs no catalogue.
  const known = isKnownProfile(profile) ? findProfile(profile) : undefined;
  const isForProduct = items.data.some(({ price }) =>
    known?.plans.some(({ id }) => isPriceOf(config, { profile: known, plan: id }, price)),
  );
  return isForProduct && !metadata['customer_id'] && metadata['tenure'] !== 'ignore';
}

/**
 * All subscriptions of their customer in Stripe, who is searched for when our row names somebody else's. Empty while
 * they are not in Stripe.
 */
export async function subscriptionsAtTheirs(deps: BillingDeps, customer: Customer): Promise<Stripe.Subscription[]> {
  if (customer.stripeCustomerId === null) return [];
  const found = await allSubscriptions(deps, customer.stripeCustomerId);
  if (!found.some((one) => paidByAnother(customer.customerId, one))) return found;
  const theirs = await findStripeCustomer(deps, customer);
  return theirs ? allSubscriptions(deps, theirs.id) : [];
}

/** Newest first. */
export const subscriptionsOf = async (deps: BillingDeps, customer: Customer): Promise<Stripe.Subscription[]> =>
  oursAmong(deps, await subscriptionsAtTheirs(deps, customer), customer);
