import type Stripe from 'stripe';
import { getCustomer } from '../../infra/db/repositories/customers.ts';
import { linkBase } from '../../infra/product/link-base.ts';
import { findPlan, findProfile, isFree, type Cycle } from '../../workflows/domain/profiles/index.ts';
import { priceToSubscribe } from '../../workflows/domain/terms.ts';
import { refused } from '../../infra/customers/corrected.ts';
import { cancel, closeCheckout } from './cancel.ts';
import { refundAll } from './refund-all.ts';
import { isOver, subscriptionsOf } from './subscriptions.ts';
import { agreedWith, priceOf } from './catalogue.ts';
import { ensureStripeCustomer } from './customers.ts';
import { voidUnpaidInvoices } from './invoices.ts';
import { returnTo } from './return-pages.ts';
import type { BillingDeps, IdempotentInput } from './deps.ts';

/** Two open Checkouts would become two subscriptions if both were completed. */
async function closeOpen(deps: BillingDeps, stripeCustomerId: string, key: string): Promise<void> {
  const { data } = await deps.stripe.checkout.sessions.list({ customer: stripeCustomerId, status: 'open', limit: 100 });
  for (const { id } of data) await closeCheckout(deps, id, `${key}:close`);
}

/** Closes every Checkout that the customer has not completed. */
export async function closeCheckouts(deps: BillingDeps, { customerId, key }: IdempotentInput): Promise<void> {
  const { stripeCustomerId } = await getCustomer(deps.database, customerId);
  if (stripeCustomerId !== null) await closeOpen(deps, stripeCustomerId, key);
}

/** Metadata of a subscription: the request that undoes it, so that a request that was cut off recognises it. */
const TAKEN_BACK = 'taken_back';

/** Our subscriptions, the newest first, without those that somebody keeps on purpose. */
const ours = async (deps: BillingDeps, customerId: string) =>
  (await subscriptionsOf(deps, await getCustomer(deps.database, customerId))).filter(
    ({ metadata }) => metadata['tenure'] !== 'ignore',
  );

/**
 * Of two completed Checkouts the later one counts: what others have charged is refunded, what is still open is closed,
 * and what a subscription that is over was still owed is not asked for any more. Call it before a customer is treated as
 * a subscriber. @returns how many were undone
 */
export async function keepOneSubscription(deps: BillingDeps, { customerId, key }: IdempotentInput): Promise<number> {
  const { stripeCustomerId } = await getCustomer(deps.database, customerId);
  if (stripeCustomerId !== null) await closeOpen(deps, stripeCustomerId, key);
  const all = await ours(deps, customerId);
  for (const { id } of all.filter(isOver)) await voidUnpaidInvoices(deps.stripe, { subscription: id, key });
  const isTaken = ({ metadata }: Stripe.Subscription): boolean => metadata[TAKEN_BACK] === key;
  const [, ...others] = all.filter((one) => !isOver(one) && !isTaken(one));
  for (const { id } of others)
    await deps.stripe.subscriptions.update(id, { metadata: { [TAKEN_BACK]: key } }, { idempotencyKey: `${key}:${id}` });
  const taken = [...others, ...all.filter(isTaken)];
  for (const { id } of taken) {
    // First: once it is over, nothing else would remember that the refund is due.
    await refundAll(deps, id, key);
    await cancel(deps, id, `${key}:cancel`);
  }
  return taken.length;
}

/**
 * Opens a Checkout that subscribes a customer without a subscription to a plan, at today's price or, `asAgreed`, at
 * theirs. An open Checkout is closed. @throws CommandRefused for a plan that is not sold
 */
export async function openSubscriptionCheckout(
  deps: BillingDeps,
  {
    customerId,
    plan: planId,
    cycle,
    asAgreed = false,
    key,
  }: IdempotentInput & { readonly plan: string; readonly cycle?: Cycle | undefined; readonly asAgreed?: boolean },
): Promise<{ readonly checkoutUrl: string }> {
  const { database, stripe } = deps;
  const customer = await getCustomer(database, customerId);
  const profile = findProfile(customer.profile);
  const plan = findPlan(profile, planId);
  if (!plan || isFree(plan)) throw refused(`There is no plan "${planId}" to subscribe to.`);
  if (customer.stripeCustomerId === null) throw refused('There is no billing account yet. Try again in a minute.');
  if ((await ours(deps, customerId)).some((one) => !isOver(one)))
    throw refused('You have already subscribed. Your account will show it in a moment.');
  const sold = asAgreed ? agreedWith(customer) : priceToSubscribe(customer.terms, profile, plan, cycle);
  if (!sold) throw refused(`The plan ${plan.name} has no ${cycle ?? 'monthly'} price.`);
  const price = await priceOf(deps, { ...sold, profile, plan: plan.id });
  const metadata = { customer_id: customerId, profile: profile.name };
  // Somebody may have deleted the customer in Stripe.
  const now = new Date().toISOString();
  const { stripeCustomerId } = await ensureStripeCustomer(deps, { customerId, key: `${key}:customer`, now });
  await closeOpen(deps, stripeCustomerId, key);
  const pages = linkBase(deps, profile.name);
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'subscription',
      customer: stripeCustomerId,
      line_items: [{ price, quantity: 1 }],
      client_reference_id: customerId,
      metadata,
      subscription_data: { metadata },
      ...returnTo(pages, customerId),
    },
    { idempotencyKey: key },
  );
  if (session.url === null) throw new Error('Stripe opened a Checkout without a URL.');
  return { checkoutUrl: session.url };
}
