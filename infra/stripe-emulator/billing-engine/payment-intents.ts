import type { Context } from '../context.ts';
import type { ErrorBody } from '../errors.ts';
import { newId, randomText } from '../ids.ts';
import type { Invoice } from '../objects/billing.ts';
import type { PaymentMethod } from '../objects/customers.ts';
import type { Charge, InvoicePayment, PaymentIntent } from '../objects/payments.ts';

const INTENT = {
  ...{ allowed_payment_method_types: null, amount_capturable: 0, amount_details: { tip: {} }, application: null },
  ...{ application_fee_amount: null, automatic_payment_methods: null, canceled_at: null, cancellation_reason: null },
  ...{ capture_method: 'automatic', confirmation_method: 'automatic', customer_account: null, livemode: false },
  ...{ on_behalf_of: null, payment_method_configuration_details: null },
  ...{ payment_method_options: { card: { request_three_d_secure: 'automatic' } }, payment_method_types: ['card'] },
  ...{ processing: null, receipt_email: null, review: null, setup_future_usage: 'off_session', shipping: null },
  ...{ statement_descriptor: null, statement_descriptor_suffix: null, transfer_data: null, transfer_group: null },
};

/** The payment intent that collects an invoice, and the invoice payment that ties the two together. */
export function newPaymentIntent(context: Context, invoice: Invoice): PaymentIntent {
  const id = newId('payment_intent');
  const created = context.nowFor(invoice);
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    ...INTENT,
    ...{
      amount: invoice.amount_due,
      amount_received: 0,
      currency: invoice.currency,
      customer: invoice.customer,
      created,
    },
    ...{ client_secret: `${id}_secret_${randomText(24)}`, description: 'Subscription invoice' },
    ...{ last_payment_error: null, latest_charge: null, next_action: null, metadata: {}, payment_method: null },
    status: 'requires_payment_method',
  };
  context.create(intent, 'payment_intent.created');
  const payment: InvoicePayment = {
    id: newId('invoice_payment'),
    object: 'invoice_payment',
    ...{ amount_paid: null, amount_requested: invoice.amount_due, created, currency: invoice.currency },
    ...{ invoice: invoice.id, is_default: true, livemode: false },
    payment: { type: 'payment_intent', payment_intent: id },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  };
  context.create(payment);
  return intent;
}

export const paymentOf = (context: Context, invoice: Invoice): InvoicePayment | undefined =>
  context.store.all('invoice_payment', { invoice: invoice.id }).at(-1);

const cardDetails = ({ card }: PaymentMethod) => ({
  type: 'card',
  card: {
    ...{ brand: card.brand, country: 'US', exp_month: card.exp_month, exp_year: card.exp_year, funding: 'credit' },
    ...{
      installments: null,
      last4: card.last4,
      mandate: null,
      network: card.brand,
      three_d_secure: null,
      wallet: null,
    },
  },
});

const succeeded = {
  ...{ advice_code: null, network_advice_code: null, network_decline_code: null },
  ...{ network_status: 'approved_by_network', reason: null, risk_level: 'normal', type: 'authorized' },
  seller_message: 'Payment complete.',
};

const refused = (reason: string | undefined) => ({
  ...{ advice_code: 'try_again_later', network_advice_code: null, network_decline_code: '05' },
  ...{ network_status: 'declined_by_network', reason: reason ?? null, risk_level: 'normal', type: 'issuer_declined' },
  seller_message: 'The bank did not return any further details with this decline.',
});

/** Records one attempt to take money, successful or (with `error`) declined. */
export function newCharge(context: Context, intent: PaymentIntent, method: PaymentMethod, error?: ErrorBody): Charge {
  const ok = error === undefined;
  const charge: Charge = {
    id: newId('charge'),
    object: 'charge',
    ...{ amount: intent.amount, amount_captured: ok ? intent.amount : 0, amount_refunded: 0, application: null },
    ...{ application_fee: null, application_fee_amount: null, balance_transaction: null, captured: ok },
    ...{ billing_details: method.billing_details, calculated_statement_descriptor: 'LOCAL EMULATOR' },
    ...{ created: context.nowFor(intent), currency: intent.currency, customer: intent.customer },
    ...{ description: 'Subscription invoice', disputed: false, failure_balance_transaction: null },
    ...{ failure_code: error?.code ?? null, failure_message: error?.message ?? null, fraud_details: {} },
    ...{ livemode: false, metadata: {}, on_behalf_of: null, outcome: ok ? succeeded : refused(error.decline_code) },
    ...{ paid: ok, payment_intent: intent.id, payment_method: method.id, payment_method_details: cardDetails(method) },
    ...{ radar_options: {}, receipt_email: null, receipt_number: null, receipt_url: null, refunded: false },
    ...{ review: null, shipping: null, source_transfer: null, statement_descriptor: null },
    ...{ statement_descriptor_suffix: null, status: ok ? 'succeeded' : 'failed', transfer_data: null },
    ...{ transfer_group: null },
  };
  return context.create(charge, ok ? 'charge.succeeded' : 'charge.failed');
}
