import type Stripe from 'stripe';
import { getCustomer, recordSubscription, type Customer } from '../../infra/db/repositories/customers.ts';
import { priceOf } from './catalogue.ts';
import { findStripeCustomer } from './customers.ts';
import { seconds, type BillingDeps, type Keyed } from './deps.ts';

const OVER: readonly Stripe.Subscription.Status[] = ['canceled', 'incomplete_expired'];
const isOver = ({ status }: Stripe.Subscription): boolean => OVER.includes(status);

/** Subscriptions that carry our customer id, newest first. Others are not ours to touch (reliability ST9). */
async function ourSubscriptions(
  { stripe }: BillingDeps,
  customer: Customer,
  stripeCustomerId: string,
): Promise<Stripe.Subscription[]> {
  const { data } = await stripe.subscriptions.list({ customer: stripeCustomerId, status: 'all', limit: 20 });
  return data
    .filter(({ metadata }) => metadata['customer_id'] === customer.customerId)
    .sort((one, other) => other.created - one.created);
}

/** The subscription that counts: one that is not over, else the newest. */
export async function currentSubscription(
  deps: BillingDeps,
  customer: Customer,
): Promise<Stripe.Subscription | undefined> {
  if (customer.stripeCustomerId === null) return undefined;
  const all = await ourSubscriptions(deps, customer, customer.stripeCustomerId);
  return all.find((subscription) => !isOver(subscription)) ?? all[0];
}

/** @throws Error when the customer has none that is not over */
export async function liveSubscription(deps: BillingDeps, customerId: string): Promise<Stripe.Subscription> {
  const subscription = await currentSubscription(deps, await getCustomer(deps.database, customerId));
  if (!subscription || isOver(subscription)) throw new Error('The customer has no subscription that can be changed.');
  return subscription;
}

/**
 * Starts the trial as a Stripe subscription that ends at the same instant as ours (acceptance part 14), or adopts the
 * one that is there and corrects its plan.
 */
export async function ensureTrialSubscription(
  deps: BillingDeps,
  input: Keyed & { readonly plan: string; readonly trialEndsAt: string },
): Promise<void> {
  const { database, stripe } = deps;
  const { customerId, key, plan, trialEndsAt } = input;
  const customer = await getCustomer(database, customerId);
  const existing = await currentSubscription(deps, customer);
  const price = await priceOf(deps, customer.profile, plan);
  const held =
    existing && !isOver(existing)
      ? await correctPrice(deps, existing, price, key)
      : await stripe.subscriptions.create(
          {
            customer: customer.stripeCustomerId ?? '',
            items: [{ price }],
            trial_end: seconds(trialEndsAt),
            trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
            metadata: { customer_id: customerId, profile: customer.profile },
          },
          { idempotencyKey: key },
        );
  await recordSubscription(database, customerId, { stripeSubscriptionId: held.id, subscriptionStatus: held.status });
}

async function correctPrice(
  { stripe }: BillingDeps,
  subscription: Stripe.Subscription,
  price: string,
  key: string,
): Promise<Stripe.Subscription> {
  const item = subscription.items.data[0];
  if (!item || item.price.id === price) return subscription;
  return stripe.subscriptions.update(
    subscription.id,
    { items: [{ id: item.id, price }], proration_behavior: 'none' },
    { idempotencyKey: `${key}:price` },
  );
}

/** Cancels what is not over and closes open Checkouts, so that nothing more can be charged. Not there is done. */
export async function cancelSubscription(deps: BillingDeps, { customerId, key }: Keyed): Promise<void> {
  const { database, stripe } = deps;
  const customer = await getCustomer(database, customerId);
  const stripeCustomer = await findStripeCustomer(deps, customer);
  if (!stripeCustomer) return;
  const open = await stripe.checkout.sessions.list({ customer: stripeCustomer.id, status: 'open', limit: 20 });
  for (const session of open.data)
    await stripe.checkout.sessions.expire(session.id, {}, { idempotencyKey: `${key}:${session.id}` });
  for (const subscription of await ourSubscriptions(deps, customer, stripeCustomer.id))
    if (!isOver(subscription))
      await stripe.subscriptions.cancel(subscription.id, {}, { idempotencyKey: `${key}:${subscription.id}` });
  await recordSubscription(database, customerId, {
    stripeSubscriptionId: customer.stripeSubscriptionId,
    subscriptionStatus: 'canceled',
  });
}

/** Moves the end of the trial in Stripe. */
export async function moveTrialEnd(
  deps: BillingDeps,
  { customerId, key, trialEndsAt }: Keyed & { readonly trialEndsAt: string },
): Promise<void> {
  const { id } = await liveSubscription(deps, customerId);
  const change = { trial_end: seconds(trialEndsAt), proration_behavior: 'none' } as const;
  await deps.stripe.subscriptions.update(id, change, { idempotencyKey: key });
}

/** Lets the subscription end with its period, or takes that back. */
export async function setCancelAtPeriodEnd(
  deps: BillingDeps,
  { customerId, key, cancel }: Keyed & { readonly cancel: boolean },
): Promise<void> {
  const { id } = await liveSubscription(deps, customerId);
  await deps.stripe.subscriptions.update(id, { cancel_at_period_end: cancel }, { idempotencyKey: key });
}
