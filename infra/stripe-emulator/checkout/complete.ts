import { createSubscription } from '../billing-engine/new-subscription.ts';
import { attachPaymentMethod, newPaymentMethod, type CardData } from '../billing-engine/payment-methods.ts';
import { confirmSetupIntent, newSetupIntent } from '../billing-engine/setup-intents.ts';
import type { Context } from '../context.ts';
import { invalidRequest, StripeError } from '../errors.ts';
import type { Subscription } from '../objects/billing.ts';
import type { Customer, PaymentMethod } from '../objects/customers.ts';
import type { CheckoutSession } from '../objects/platform.ts';
import { newCustomer } from '../resources/customers.ts';
import { NO_DETAILS } from '../resources/checkout-sessions.ts';
import { trialEndOf } from '../resources/subscriptions.ts';
import { findPlan } from './plan.ts';

export interface Completion extends CardData {
  /** Whether the card's holder has passed the 3-D-Secure page. */
  authenticated: boolean;
}

function customerOf(context: Context, session: CheckoutSession, { email, name }: Completion): Customer {
  if (session.customer !== null) return context.need('customer', session.customer);
  const address = session.customer_email ?? email;
  return newCustomer(context, { ...(address ? { email: address } : {}), ...(name ? { name } : {}) });
}

function subscribe(
  context: Context,
  session: CheckoutSession,
  customer: Customer,
  method: PaymentMethod,
  authenticated: boolean,
): Subscription {
  const plan = findPlan(context.store, session.id);
  const { trialDays, trialEnd, metadata, description, missingPaymentMethod } = plan.subscription;
  const trial = {
    ...(trialEnd ? { trial_end: trialEnd } : {}),
    ...(trialDays ? { trial_period_days: trialDays } : {}),
  };
  return createSubscription(context, {
    customer,
    items: plan.items.map(({ price, quantity }) => ({ price: context.need('price', price), quantity, metadata: {} })),
    defaultPaymentMethod: method,
    ...(description ? { description } : {}),
    ...{ metadata, missingPaymentMethod, trialEnd: trialEndOf(trial, context.nowFor(customer)) },
    discounts: plan.discounts,
    ...{ authenticated, onIncomplete: 'error_if_incomplete' },
  });
}

function completeSubscription(
  context: Context,
  session: CheckoutSession,
  completion: Completion,
): Partial<CheckoutSession> {
  const method = newPaymentMethod(context, completion);
  const customer = customerOf(context, session, completion);
  attachPaymentMethod(context, method, customer);
  const intent = newSetupIntent(context, customer.id, {});
  confirmSetupIntent(context, intent, method, completion.authenticated);
  const subscription = subscribe(context, session, customer, method, completion.authenticated);
  const charged = subscription.status === 'active' && session.amount_total !== 0;
  return {
    ...{ customer: customer.id, invoice: subscription.latest_invoice, subscription: subscription.id },
    payment_status: charged ? 'paid' : 'no_payment_required',
    customer_details: { email: customer.email, name: customer.name, ...NO_DETAILS },
  };
}

function completeSetup(context: Context, session: CheckoutSession, completion: Completion): Partial<CheckoutSession> {
  const method = newPaymentMethod(context, completion);
  const intent = context.need('setup_intent', session.setup_intent ?? '');
  confirmSetupIntent(context, intent, method, completion.authenticated);
  return {
    customer_details: {
      email: session.customer_details?.email ?? session.customer_email ?? completion.email ?? null,
      name: session.customer_details?.name ?? completion.name ?? null,
      ...NO_DETAILS,
    },
  };
}

/** Whether the card has to pass the 3-D-Secure page before the session can be completed. */
export const needsAuthentication = ({ card, authenticated }: Completion): boolean =>
  card.onSetup === 'authenticate' && !authenticated;

/**
 * What pressing the page's button does. A declined card leaves the session open and nothing else behind, except the
 * error on the setup intent.
 * @throws StripeError 402 for a declined card, 400 when the session is not open
 */
export function completeSession(context: Context, id: string, completion: Completion): CheckoutSession {
  const session = context.need('checkout.session', id);
  if (session.status !== 'open')
    throw invalidRequest(`This Checkout Session is ${session.status} and cannot be paid any more.`, {
      param: 'session',
    });
  if (needsAuthentication(completion))
    throw new StripeError(402, {
      ...{ type: 'card_error', code: 'authentication_required', decline_code: 'authentication_required' },
      message: 'This card requires 3-D Secure authentication.',
    });
  const outcome =
    session.mode === 'setup'
      ? completeSetup(context, session, completion)
      : completeSubscription(context, session, completion);
  const done = context.update(session, { ...outcome, status: 'complete', url: null });
  context.emit('checkout.session.completed', done);
  return done;
}

export const successUrl = (session: CheckoutSession): string =>
  session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
