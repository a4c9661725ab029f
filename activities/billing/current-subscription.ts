import type Stripe from 'stripe';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { findProfile, priceLookupKey } from '../../workflows/domain/profiles/index.ts';
import { withStripeCustomer } from './customers.ts';
import type { BillingDeps, Keyed } from './deps.ts';
import { allSubscriptions, isOver, NOT_CHANGEABLE, oursAmong } from './subscriptions.ts';

/** Whether it is for a plan of the customer's product, and says nothing of another customer of ours. */
function takesThePlaceOfOurs({ profile }: Customer, { items, metadata }: Stripe.Subscription): boolean {
  const keys = findProfile(profile).plans.map(({ id }) => priceLookupKey(profile, id));
  const isForProduct = items.data.some(({ price }) => price.lookup_key !== null && keys.includes(price.lookup_key));
  return isForProduct && !metadata['customer_id'];
}

/**
 * The subscription that counts: one of ours that is not over; else one for a plan of ours that somebody put in its place
 * in Stripe, because a customer who pays has not left; else the newest of ours.
 */
export async function currentSubscription(
  deps: BillingDeps,
  customer: Customer,
): Promise<Stripe.Subscription | undefined> {
  if (customer.stripeCustomerId === null) return undefined;
  const all = await allSubscriptions(deps, customer.stripeCustomerId);
  const ours = await oursAmong(deps, all, customer);
  const others = all.filter((subscription) => takesThePlaceOfOurs(customer, subscription));
  return [...ours, ...others].find((subscription) => !isOver(subscription)) ?? ours[0];
}

/** @throws Error when the customer has none that is not over */
export async function liveSubscription(deps: BillingDeps, customerId: string): Promise<Stripe.Subscription> {
  const customer = await withStripeCustomer(deps, await getCustomer(deps.database, customerId));
  const subscription = await currentSubscription(deps, customer);
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
