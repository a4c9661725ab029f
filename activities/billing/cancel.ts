import Stripe from 'stripe';
import { cancelEntitlement } from '../../infra/db/repositories/entitlements.ts';
import { recordRefunded } from '../../infra/db/repositories/invoices.ts';
import { getCustomer, recordSubscription, type Customer } from '../../infra/db/repositories/customers.ts';
import { isOnFreePlan } from '../../workflows/domain/free-plan.ts';
import type { Unused } from '../../workflows/domain/unused.ts';
import { findStripeCustomer } from './customers.ts';
import type { BillingDeps, IdempotentInput } from './deps.ts';
import { unlessMissing } from './failures.ts';
import { voidUnpaidInvoices } from './invoices.ts';
import { refundAll } from './refund-all.ts';
import { settleUnused, type Settled } from './unused.ts';
import {
  allSubscriptions,
  carriedElsewhere,
  isOver,
  oursAmong,
  standsInForOurs,
  type Subscriber,
} from './subscriptions.ts';

/** Closes one Checkout; one that was completed or has expired since it was listed is left alone. */
export async function closeCheckout({ stripe }: BillingDeps, id: string, key: string): Promise<void> {
  try {
    await stripe.checkout.sessions.expire(id, {}, { idempotencyKey: `${key}:${id}` });
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  }
}

/** Cancels one subscription immediately; one that is already cancelled is left alone. */
export const cancel = ({ stripe }: BillingDeps, id: string, key: string) =>
  unlessMissing(stripe.subscriptions.cancel(id, {}, { idempotencyKey: `${key}:${id}` }));

const idsOf = (objects: readonly { readonly id: string }[]): readonly string[] => [
  ...new Set(objects.map(({ id }) => id)),
];

interface Cancellable {
  readonly checkouts: readonly string[];
  readonly subscriptions: readonly string[];
  /** All of ours, over or not: what they are still owed must not be paid any more. */
  readonly owed: readonly string[];
}

/**
 * Ids of what has to be closed and cancelled in Stripe, so that nothing more can be charged; undefined without a
 * customer.
 */
export async function findCancellable(deps: BillingDeps, customer: Customer): Promise<Cancellable | undefined> {
  const stripeCustomer = await findStripeCustomer(deps, customer);
  if (!stripeCustomer) return undefined;
  // A subscription that replaced ours would continue to charge a customer who has left.
  return cancellableOf(deps, customer, { at: stripeCustomer.id, also: (one) => standsInForOurs(deps, customer, one) });
}

interface Cancelled {
  /** The customer in Stripe. */
  readonly at: string;
  /** Whether a subscription there is to be cancelled together with ours. */
  readonly also?: (subscription: Stripe.Subscription) => boolean;
}

async function cancellableOf(
  deps: BillingDeps,
  subscriber: Subscriber,
  { at, also = () => false }: Cancelled,
): Promise<Cancellable> {
  const open = await deps.stripe.checkout.sessions.list({ customer: at, status: 'open', limit: 20 });
  const all = await allSubscriptions(deps, at);
  const ours = await oursAmong(deps, all, subscriber);
  const elsewhere = await carriedElsewhere(deps, subscriber, ours);
  const living = [...ours, ...all.filter(also), ...elsewhere].filter((one) => !isOver(one));
  return { checkouts: idsOf(open.data), subscriptions: idsOf(living), owed: idsOf([...ours, ...living]) };
}

/** The same for a customer whom Postgres may not know. @returns the subscriptions that were cancelled */
export async function cancelAll(
  deps: BillingDeps,
  { subscriber, stripeCustomerId, key }: { subscriber: Subscriber; stripeCustomerId: string; key: string },
): Promise<readonly string[]> {
  const { checkouts, subscriptions } = await cancellableOf(deps, subscriber, { at: stripeCustomerId });
  for (const id of checkouts) await closeCheckout(deps, id, key);
  for (const id of subscriptions) await cancel(deps, id, key);
  return subscriptions;
}

async function cancelFound(
  deps: BillingDeps,
  customer: Customer,
  { found, key, refund }: { readonly found: Cancellable; readonly key: string; readonly refund: boolean },
): Promise<Settled | undefined> {
  for (const id of found.checkouts) await closeCheckout(deps, id, key);
  // Instead of being closed, a Checkout may have become a subscription since they were listed.
  const now = found.checkouts.length > 0 ? await findCancellable(deps, customer) : found;
  if (now === undefined) return undefined;
  const isAllRefunded = refund || isOnFreePlan(customer.terms);
  // Once they are over, it was done.
  const settled = isAllRefunded || now.subscriptions.length === 0 ? undefined : await settleUnused(deps, customer, key);
  for (const id of now.subscriptions) {
    // First: once it is over, nothing else would remember that the refund is due.
    if (isAllRefunded) await refundAll(deps, id, key);
    await cancel(deps, id, key);
  }
  for (const id of now.owed) await voidUnpaidInvoices(deps.stripe, { subscription: id, key });
  return settled;
}

/**
 * Cancels what is not over and closes open Checkouts. What does not exist is done. A customer on the free plan whose
 * Checkout was completed before it could be closed gets back what it charged: they leave as one who never subscribed.
 * @param input - `refund`: the same for everybody else
 * @returns what was paid for days to come, and whether it was given back; null where there is nothing
 */
export async function cancelSubscription(
  deps: BillingDeps,
  { customerId, key, refund = false }: IdempotentInput & { readonly refund?: boolean },
): Promise<Unused | null> {
  const { database } = deps;
  const customer = await getCustomer(database, customerId);
  const found = await findCancellable(deps, customer);
  if (!found) {
    await cancelEntitlement(database, customerId);
    return null;
  }
  const settled = await cancelFound(deps, customer, { found, key, refund });
  await database.transaction().execute(async (transaction) => {
    await recordSubscription(transaction, customerId, { subscriptionStatus: 'canceled' });
    await cancelEntitlement(transaction, customerId);
    for (const { invoiceId, amount } of settled?.refunded ?? []) await recordRefunded(transaction, invoiceId, amount);
  });
  return settled?.unused ?? null;
}
