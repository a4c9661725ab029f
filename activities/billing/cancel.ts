import Stripe from 'stripe';
import { getCustomer, recordSubscription, type Customer } from '../../infra/db/repositories/customers.ts';
import { findStripeCustomer } from './customers.ts';
import type { BillingDeps, Keyed } from './deps.ts';
import { unlessMissing } from './failures.ts';
import {
  allSubscriptions,
  carriedElsewhere,
  isOver,
  ourSubscriptions,
  standsInForOurs,
  type Subscriber,
} from './subscriptions.ts';

/** Closes one Checkout; one that was completed or has expired since it was listed has nothing to be closed. */
async function closeCheckout({ stripe }: BillingDeps, id: string, key: string): Promise<void> {
  try {
    await stripe.checkout.sessions.expire(id, {}, { idempotencyKey: `${key}:${id}` });
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  }
}

/** Cancels one subscription at once; one that is cancelled already is done. */
export const cancel = ({ stripe }: BillingDeps, id: string, key: string) =>
  unlessMissing(stripe.subscriptions.cancel(id, {}, { idempotencyKey: `${key}:${id}` }));

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
