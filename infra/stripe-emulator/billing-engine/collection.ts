import type { Context } from '../context.ts';
import { invalidRequest, type ErrorBody } from '../errors.ts';
import type { Invoice } from '../objects/billing.ts';
import type { PaymentMethod } from '../objects/customers.ts';
import { markPaid } from './invoices.ts';
import { newCharge, paymentOf } from './payment-intents.ts';
import { declineFor, declineOf } from './payment-methods.ts';

export interface Collected {
  invoice: Invoice;
  /** Set when the money could not be taken. */
  error?: ErrorBody;
}

const noMethod = (): ErrorBody =>
  invalidRequest(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://docs.stripe.com/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    { code: 'resource_missing' },
  ).body;

function setDelinquent(context: Context, invoice: Invoice, delinquent: boolean): void {
  context.update(context.need('customer', invoice.customer), { delinquent }, 'customer.updated');
}

function succeed(context: Context, invoice: Invoice, method: PaymentMethod): Collected {
  const payment = paymentOf(context, invoice);
  if (payment) {
    const intent = context.need('payment_intent', payment.payment.payment_intent);
    const charge = newCharge(context, intent, method);
    context.update(intent, {
      ...{ status: 'succeeded', amount_received: intent.amount, latest_charge: charge.id, payment_method: method.id },
      last_payment_error: null,
    });
    context.emit('payment_intent.succeeded', context.need('payment_intent', intent.id));
    const paid_at = context.nowFor(invoice);
    const status_transitions = { ...payment.status_transitions, paid_at };
    const done = context.update(payment, { status: 'paid', amount_paid: intent.amount, status_transitions });
    context.emit('invoice_payment.paid', done);
  }
  setDelinquent(context, invoice, false);
  return { invoice: markPaid(context, { ...invoice, attempt_count: invoice.attempt_count + 1 }) };
}

function failIntent(context: Context, invoice: Invoice, method: PaymentMethod, error: ErrorBody): void {
  const payment = paymentOf(context, invoice);
  if (!payment) return;
  const intent = context.need('payment_intent', payment.payment.payment_intent);
  const charge = newCharge(context, intent, method, error);
  const failed = context.update(intent, {
    latest_charge: charge.id,
    last_payment_error: { ...error, charge: charge.id, payment_method: method },
  });
  context.emit('payment_intent.payment_failed', failed);
}

/** Tries once to collect an open invoice, and tells the outcome; it never throws for a declined card. */
export function collect(context: Context, invoice: Invoice, method: PaymentMethod | undefined): Collected {
  const decline = method && declineOf(context, method);
  if (method && decline === undefined) return succeed(context, invoice, method);
  const error = method ? declineFor(decline ?? 'generic_decline').body : noMethod();
  if (method) failIntent(context, invoice, method, error);
  const failed = context.update(invoice, { attempted: true, attempt_count: invoice.attempt_count + 1 });
  context.emit('invoice.payment_failed', failed);
  setDelinquent(context, invoice, true);
  return { invoice: failed, error };
}
