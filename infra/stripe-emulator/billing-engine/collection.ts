import type { Context } from '../context.ts';
import { invalidRequest, StripeError, type ErrorBody } from '../errors.ts';
import type { Invoice } from '../objects/billing.ts';
import type { PaymentMethod } from '../objects/customers.ts';
import type { Charge, InvoicePayment, PaymentIntent } from '../objects/payments.ts';
import { disputeByCard } from './disputes.ts';
import { markPaid } from './invoices.ts';
import { newCharge, paymentOf } from './payment-intents.ts';
import { AUTHENTICATION, declineFor, declineOf } from './payment-methods.ts';

export interface Collected {
  invoice: Invoice;
  /** Set when the money could not be taken. */
  error?: ErrorBody;
}

/** How a payment is tried. */
export interface Attempt {
  /** Instead of what pays the subscription. */
  method?: PaymentMethod | undefined;
  /** Whether the card's holder is there and has passed 3-D Secure for this payment. */
  authenticated?: boolean | undefined;
  /** Somebody wants it now, also of an invoice that is only sent. */
  asked?: boolean | undefined;
  /** By the schedule; an attempt that somebody asks for counts only if it is the first one. */
  scheduled?: boolean | undefined;
}

const noMethod = (): ErrorBody =>
  invalidRequest(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://docs.stripe.com/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    { code: 'resource_missing' },
  ).body;

const actionRequired = (): ErrorBody => ({
  type: 'card_error',
  code: 'invoice_payment_intent_requires_action',
  doc_url: 'https://docs.stripe.com/error-codes/invoice-payment-intent-requires-action',
  message:
    'This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice. For more details see: https://docs.stripe.com/billing/subscriptions/overview#requires-action',
});

/** As a request is refused with it: declined, to be authenticated, or with nothing to pay. */
export const refusalFor = (error: ErrorBody): StripeError =>
  new StripeError(error.type === 'card_error' ? 402 : 400, error, true);

function setDelinquent(context: Context, invoice: Invoice, delinquent: boolean): void {
  context.update(context.need('customer', invoice.customer), { delinquent }, 'customer.updated');
}

const counted = ({ attempt_count }: Invoice, { scheduled = false }: Attempt): number =>
  scheduled ? attempt_count + 1 : Math.max(1, attempt_count);

function chargeOf(context: Context, { payment }: InvoicePayment): Charge | undefined {
  const { latest_charge } = context.need('payment_intent', payment.payment_intent);
  return latest_charge === null ? undefined : context.store.find('charge', latest_charge);
}

function succeed(context: Context, invoice: Invoice, method: PaymentMethod, attempt: Attempt): Collected {
  const payment = paymentOf(context, invoice);
  if (payment) {
    const intent = context.need('payment_intent', payment.payment.payment_intent);
    const charge = newCharge(context, intent, method);
    context.update(intent, {
      ...{ status: 'succeeded', amount_received: intent.amount, latest_charge: charge.id, payment_method: method.id },
      ...{ last_payment_error: null, next_action: null },
    });
    context.emit('payment_intent.succeeded', context.need('payment_intent', intent.id));
    const paid_at = context.nowFor(invoice);
    const status_transitions = { ...payment.status_transitions, paid_at };
    const done = context.update(payment, { status: 'paid', amount_paid: intent.amount, status_transitions });
    context.emit('invoice_payment.paid', done);
  }
  setDelinquent(context, invoice, false);
  const paid = markPaid(context, { ...invoice, attempt_count: counted(invoice, attempt) });
  const charge = payment && chargeOf(context, payment);
  if (charge) disputeByCard(context, charge);
  return { invoice: paid };
}

function decline(context: Context, intent: PaymentIntent, method: PaymentMethod, error: ErrorBody): void {
  const charge = newCharge(context, intent, method, error);
  const failed = context.update(intent, {
    ...{ status: 'requires_payment_method', next_action: null, latest_charge: charge.id },
    last_payment_error: { ...error, charge: charge.id, payment_method: method },
  });
  context.emit('payment_intent.payment_failed', failed);
}

/** https://docs.stripe.com/billing/subscriptions/overview#requires-action */
function askForAction(context: Context, intent: PaymentIntent, method: PaymentMethod, error: ErrorBody): void {
  const waiting = context.update(intent, {
    ...{ status: 'requires_action', payment_method: method.id },
    last_payment_error: { ...error, payment_method: method },
    next_action: { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } },
  });
  context.emit('payment_intent.requires_action', waiting);
}

function failIntent(context: Context, invoice: Invoice, method: PaymentMethod, code: string): ErrorBody {
  const error = declineFor(code).body;
  const payment = paymentOf(context, invoice);
  const intent = payment && context.need('payment_intent', payment.payment.payment_intent);
  const asks = code === AUTHENTICATION;
  if (intent) (asks ? askForAction : decline)(context, intent, method, error);
  return asks ? actionRequired() : error;
}

/** Tries once to collect an open invoice, and tells the outcome; it never throws for a declined card. */
export function collect(context: Context, invoice: Invoice, attempt: Attempt): Collected {
  const { method, authenticated = false } = attempt;
  const code = method && declineOf(context, method, authenticated);
  if (method && code === undefined) return succeed(context, invoice, method, attempt);
  const error = method && code ? failIntent(context, invoice, method, code) : noMethod();
  const failed = context.update(invoice, { attempted: true, attempt_count: counted(invoice, attempt) });
  context.emit('invoice.payment_failed', failed);
  if (code === AUTHENTICATION) context.emit('invoice.payment_action_required', failed);
  setDelinquent(context, invoice, true);
  return { invoice: failed, error };
}
