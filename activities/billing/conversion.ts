import type Stripe from 'stripe';
import { getCustomer } from '../../infra/db/repositories/customers.ts';
import { linkBase } from '../../infra/product/link-base.ts';
import { isOwing, type BillingState, type ChargeWhen } from '../../workflows/domain/billing-state.ts';
import { idOf, type BillingDeps, type IdempotentInput } from './deps.ts';
import { returnTo } from './return-pages.ts';
import { liveSubscription } from './current-subscription.ts';
import { wasSuspended, type WithoutAccess } from './held-invoices.ts';
import { needsNoOtherTry } from './pay-invoice.ts';
import { allSubscriptions, endsWithPeriod, payerOf } from './subscriptions.ts';

/** Opens a Checkout in setup mode: it collects a payment method and charges nothing. */
export async function openConversionCheckout(
  deps: BillingDeps,
  { customerId, key, chargeWhen }: IdempotentInput & { readonly chargeWhen: ChargeWhen },
): Promise<{ readonly checkoutUrl: string }> {
  const { database, stripe } = deps;
  const { profile } = await getCustomer(database, customerId);
  const pages = linkBase(deps, profile);
  const subscription = await liveSubscription(deps, customerId);
  const metadata = { customer_id: customerId, charge_when: chargeWhen };
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'setup',
      customer: payerOf(subscription),
      currency: subscription.currency,
      client_reference_id: customerId,
      metadata,
      setup_intent_data: { metadata },
      ...returnTo(pages, customerId),
    },
    { idempotencyKey: key },
  );
  if (session.url === null) throw new Error('Stripe opened a Checkout without a URL.');
  return { checkoutUrl: session.url };
}

/**
 * The payment method that a Checkout collected, which is newer than the Checkout itself; null if it was removed since.
 */
function collectedBy({ setup_intent: intent }: Stripe.Checkout.Session): Stripe.PaymentMethod | null {
  const method = intent && typeof intent !== 'string' ? intent.payment_method : null;
  return method === null || typeof method === 'string' || method.customer === null ? null : method;
}

/**
 * Metadata of the subscription: the ends of the ids of the Checkouts whose payment methods it has taken. A different
 * method since then was set in Stripe on purpose.
 */
const APPLIED = 'checkouts';
const endOf = ({ id }: { readonly id: string }): string => id.slice(-12);
/** As many as one list returns. */
const CHECKOUTS = 10;

const appliedTo = ({ metadata }: Stripe.Subscription): readonly string[] => metadata[APPLIED]?.split(',') ?? [];

/** Among the given ones: a replacement subscription does not know what was applied to the one before it. */
async function appliedOf(
  deps: BillingDeps,
  subscription: Stripe.Subscription,
  given: readonly { readonly session: Stripe.Checkout.Session }[],
): Promise<readonly string[]> {
  const here = appliedTo(subscription);
  if (given.every(({ session }) => here.includes(endOf(session)))) return here;
  return (await allSubscriptions(deps, payerOf(subscription))).flatMap(appliedTo);
}

/** The completed Checkout with the newest payment method, if the subscription never took it. */
export async function pendingCheckout(
  deps: BillingDeps,
  subscription: Stripe.Subscription | undefined,
): Promise<BillingState['checkout']> {
  if (!subscription) return null;
  const { data } = await deps.stripe.checkout.sessions.list({
    customer: payerOf(subscription),
    status: 'complete',
    limit: CHECKOUTS,
    expand: ['data.setup_intent.payment_method'],
  });
  const given = data.flatMap((session) => {
    const method = session.mode === 'setup' ? collectedBy(session) : null;
    return method === null ? [] : [{ session, method }];
  });
  const applied = await appliedOf(deps, subscription, given);
  const isApplied = ({ session }: (typeof given)[number]): boolean => applied.includes(endOf(session));
  const since = Math.max(0, ...given.filter(isApplied).map(({ method }) => method.created));
  const [last] = given
    .filter((one) => !isApplied(one) && one.method.created >= since)
    .sort((one, other) => other.method.created - one.method.created);
  if (!last || last.method.id === idOf(subscription.default_payment_method)) return null;
  return {
    id: last.session.id,
    paymentMethodId: last.method.id,
    chargeWhen: last.session.metadata?.['charge_when'] === 'now' ? 'now' : 'at_trial_end',
  };
}

/** Retries the open invoices, but not for a period that has passed without access. @returns how many were open */
async function payOpenInvoices(
  { stripe }: BillingDeps,
  {
    subscription,
    key,
    without,
  }: { readonly subscription: string; readonly key: string; readonly without: WithoutAccess | undefined },
): Promise<number> {
  const { data } = await stripe.invoices.list({ subscription, status: 'open', limit: 10 });
  const unused = data.filter((invoice) => without !== undefined && wasSuspended(invoice, without));
  for (const { id } of unused) await stripe.invoices.voidInvoice(id, {}, { idempotencyKey: `${key}:void:${id}` });
  for (const { id } of data.filter((invoice) => !unused.includes(invoice)))
    await stripe.invoices.pay(id, {}, { idempotencyKey: `${key}:pay:${id}` }).catch((error: unknown) => {
      if (!needsNoOtherTry(error)) throw error;
    });
  return data.length;
}

/**
 * Makes the collected payment method the subscription's, and charges it now if the customer chose so, if the trial is
 * already over, or if a payment is due. A customer who is leaving is not charged.
 */
export async function applyPaymentMethod(
  deps: BillingDeps,
  { customerId, key, without }: IdempotentInput & { readonly without?: WithoutAccess },
): Promise<void> {
  const { stripe } = deps;
  const subscription = await liveSubscription(deps, customerId);
  const checkout = await pendingCheckout(deps, subscription);
  if (checkout) {
    const { paymentMethodId } = checkout;
    await stripe.customers.update(
      payerOf(subscription),
      { invoice_settings: { default_payment_method: paymentMethodId } },
      { idempotencyKey: `${key}:customer` },
    );
    // One call, so that a process that dies here leaves either both or neither: the method without its charge would be lost.
    const paysNow = checkout.chargeWhen === 'now' && !endsWithPeriod(subscription);
    const applied = [...appliedTo(subscription), endOf(checkout)].slice(-CHECKOUTS);
    const charge = paysNow && subscription.status === 'trialing' ? { trial_end: 'now' as const } : {};
    await stripe.subscriptions.update(
      subscription.id,
      { default_payment_method: paymentMethodId, metadata: { [APPLIED]: applied.join(',') }, ...charge },
      { idempotencyKey: `${key}:subscription` },
    );
  }
  const { id, status } = subscription;
  const isPaused = status === 'paused';
  const open = isOwing(status) || isPaused ? await payOpenInvoices(deps, { subscription: id, key, without }) : 0;
  // A declined resumption has left its invoice; resuming again would create a second one for the same month.
  if (isPaused && open === 0)
    await stripe.subscriptions.resume(subscription.id, {}, { idempotencyKey: `${key}:resume` });
}
