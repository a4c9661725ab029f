import type Stripe from 'stripe';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { findProfile, priceLookupKey } from '../../workflows/domain/profiles/index.ts';
import type { BillingDeps, Keyed } from './deps.ts';
import { allSubscriptions, isOver, NOT_CHANGEABLE, subscriptionsOf } from './subscriptions.ts';

/** Whether it is for a plan of the customer's product. */
function isForProduct({ profile }: Customer, { items }: Stripe.Subscription): boolean {
  const keys = findProfile(profile).plans.map(({ id }) => priceLookupKey(profile, id));
  return items.data.some(({ price }) => price.lookup_key !== null && keys.includes(price.lookup_key));
}

/**
 * The subscription that counts: one of ours that is not over; else one for a plan of ours that somebody put in its place
 * in Stripe, because whoever pays is no customer who has left; else the newest.
 */
export async function currentSubscription(
  deps: BillingDeps,
  customer: Customer,
): Promise<Stripe.Subscription | undefined> {
  const ours = await subscriptionsOf(deps, customer);
  const living = ours.find((subscription) => !isOver(subscription));
  if (living !== undefined || customer.stripeCustomerId === null) return living ?? ours[0];
  const all = await allSubscriptions(deps, customer.stripeCustomerId);
  const inItsPlace = all.find((subscription) => !isOver(subscription) && isForProduct(customer, subscription));
  return inItsPlace ?? ours[0];
}

/** @throws Error when the customer has none that is not over */
export async function liveSubscription(deps: BillingDeps, customerId: string): Promise<Stripe.Subscription> {
  const subscription = await currentSubscription(deps, await getCustomer(deps.database, customerId));
  if (!subscription || isOver(subscription)) throw new Error(NOT_CHANGEABLE);
  return subscription;
}

/** Lets the subscription end with its period, or takes that back. */
export async function setCancelAtPeriodEnd(
  deps: BillingDeps,
  { customerId, key, cancel }: Keyed & { readonly cancel: boolean },
): Promise<void> {
  const { id } = await liveSubscription(deps, customerId);
  await deps.stripe.subscriptions.update(id, { cancel_at_period_end: cancel }, { idempotencyKey: key });
}
