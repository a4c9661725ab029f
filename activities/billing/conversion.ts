import type Stripe from 'stripe';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { BillingState, ChargeWhen } from '../../workflows/domain/billing-state.ts';
import { findProfile } from '../../workflows/domain/profiles/index.ts';
import type { BillingDeps, Keyed } from './deps.ts';
import { liveSubscription } from './current-subscription.ts';

const idOf = (thing: string | { readonly id: string } | null): string | null =>
  typeof thing === 'string' ? thing : (thing?.id ?? null);

/** Opens a Checkout in setup mode: it collects a payment method and charges nothing. */
export async function openConversionCheckout(
  { database, stripe, publicUrl }: BillingDeps,
  { customerId, key, chargeWhen }: Keyed & { readonly chargeWhen: ChargeWhen },
): Promise<{ readonly checkoutUrl: string }> {
  const customer = await getCustomer(database, customerId);
  const metadata = { customer_id: customerId, charge_when: chargeWhen };
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'setup',
      customer: customer.stripeCustomerId ?? '',
      currency: findProfile(customer.profile).currency,
      client_reference_id: customerId,
      metadata,
      setup_intent_data: { metadata },
      success_url: `${publicUrl}/upgrade/done?session_id={CHECKOUT_SESSION_ID}`,
      cancel_url: `${publicUrl}/account`,
    },
    { idempotencyKey: key },
  );
  if (session.url === null) throw new Error('Stripe opened a Checkout without a URL.');
  return { checkoutUrl: session.url };
}

const collectedBy = ({ setup_intent: intent }: Stripe.Checkout.Session): string | null =>
  intent && typeof intent !== 'string' ? idOf(intent.payment_method) : null;

/** The newest completed Checkout whose payment method is not the subscription's yet. */
export async function pendingCheckout(
  { stripe }: BillingDeps,
  customer: Customer,
  subscription: Stripe.Subscription | undefined,
): Promise<BillingState['checkout']> {
  if (!subscription || customer.stripeCustomerId === null) return null;
  const { data } = await stripe.checkout.sessions.list({
    customer: customer.stripeCustomerId,
    status: 'complete',
    limit: 10,
    expand: ['data.setup_intent'],
  });
  const [newest] = data.filter(({ mode }) => mode === 'setup').sort((one, other) => other.created - one.created);
  if (!newest) return null;
  const paymentMethodId = collectedBy(newest);
  if (paymentMethodId === null || paymentMethodId === idOf(subscription.default_payment_method)) return null;
  return {
    id: newest.id,
    paymentMethodId,
    chargeWhen: newest.metadata?.['charge_when'] === 'now' ? 'now' : 'at_trial_end',
  };
}

/**
 * Makes the collected payment method the subscription's, and charges it now where the customer chose so or where the
 * trial is over already.
 */
export async function applyPaymentMethod(deps: BillingDeps, { customerId, key }: Keyed): Promise<void> {
  const { stripe, database } = deps;
  const customer = await getCustomer(database, customerId);
  const subscription = await liveSubscription(deps, customerId);
  const checkout = await pendingCheckout(deps, customer, subscription);
  if (checkout) {
    const { paymentMethodId } = checkout;
    await stripe.customers.update(
      customer.stripeCustomerId ?? '',
      { invoice_settings: { default_payment_method: paymentMethodId } },
      { idempotencyKey: `${key}:customer` },
    );
    // One call, so that a process that dies here leaves either both or neither: the method without its charge would be lost.
    const charge =
      checkout.chargeWhen === 'now' && subscription.status === 'trialing' ? { trial_end: 'now' as const } : {};
    await stripe.subscriptions.update(
      subscription.id,
      { default_payment_method: paymentMethodId, ...charge },
      { idempotencyKey: `${key}:subscription` },
    );
  }
  if (subscription.status === 'paused')
    await stripe.subscriptions.resume(subscription.id, {}, { idempotencyKey: `${key}:resume` });
}
