import type Stripe from 'stripe';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { withStripeCustomer } from './customers.ts';
import type { BillingDeps, IdempotentInput } from './deps.ts';
import {
  carriedElsewhere,
  isOver,
  NOT_CHANGEABLE,
  oursAmong,
  standsInForOurs,
  subscriptionsAtTheirs,
} from './subscriptions.ts';

/**
 * Of the subscriptions that somebody put in place of ours, only those that are paid, or will be, count; the best first.
 */
const KEEPS: readonly Stripe.Subscription.Status[] = ['active', 'past_due', 'trialing'];

const leavesOnADate = ({ cancel_at_period_end: atEnd, cancel_at: date }: Stripe.Subscription): boolean =>
  atEnd || date !== null;

/**
 * A replacement that somebody made in Stripe: at the same customer, or with our customer's id at another. It does not
 * keep a customer who chose to leave at the end of the period.
 */
async function inThePlaceOfOurs(
  deps: BillingDeps,
  customer: Customer,
  { ours, all }: Readonly<Record<'ours' | 'all', readonly Stripe.Subscription[]>>,
): Promise<Stripe.Subscription | undefined> {
  if (ours[0] && leavesOnADate(ours[0])) return undefined;
  const here = all.filter((one) => standsInForOurs(deps, customer, one));
  const others = [...here, ...(await carriedElsewhere(deps, customer, all))];
  return KEEPS.map((status) => others.find((one) => one.status === status)).find((one) => one !== undefined);
}

/**
 * The subscription that counts: one of ours that is not over; else one that somebody put in its place in Stripe, because
 * a customer who pays has not left; else the newest of ours.
 */
export async function currentSubscription(
  deps: BillingDeps,
  customer: Customer,
): Promise<Stripe.Subscription | undefined> {
  if (customer.stripeCustomerId === null) return undefined;
  const all = await subscriptionsAtTheirs(deps, customer);
  const ours = await oursAmong(deps, all, customer);
  return ours.find((one) => !isOver(one)) ?? (await inThePlaceOfOurs(deps, customer, { ours, all })) ?? ours[0];
}

/** @throws Error when every subscription of the customer is over */
export async function liveSubscription(deps: BillingDeps, customerId: string): Promise<Stripe.Subscription> {
  const customer = await withStripeCustomer(deps, await getCustomer(deps.database, customerId));
  const subscription = await currentSubscription(deps, customer);
  if (!subscription || isOver(subscription)) throw new Error(NOT_CHANGEABLE);
  return subscription;
}

/** Lets the subscription end with its period, or undoes that. */
export async function setCancelAtPeriodEnd(
  deps: BillingDeps,
  { customerId, key, cancel }: IdempotentInput & { readonly cancel: boolean },
): Promise<void> {
  const live = await liveSubscription(deps, customerId);
  // An end date that was set in Stripe is removed as such.
  const hasDate = live.cancel_at !== null && !live.cancel_at_period_end;
  const change = !cancel && hasDate ? { cancel_at: '' as const } : { cancel_at_period_end: cancel };
  await deps.stripe.subscriptions.update(live.id, change, { idempotencyKey: key });
}
