import type { Context } from '../context.ts';
import { newId, randomText } from '../ids.ts';
import { embedded } from '../lists.ts';
import type { BillingReason, Invoice, LineItem, Subscription } from '../objects/billing.ts';
import type { Customer } from '../objects/customers.ts';
import { clearDeadline, setDeadline } from './deadlines.ts';
import { applyDiscounts } from './discounts.ts';
import type { Period } from './lines.ts';
import { newPaymentIntent } from './payment-intents.ts';
import { DAY } from './periods.ts';
import { isSent } from './sent-invoices.ts';

interface Draft {
  subscription: Subscription;
  reason: BillingReason;
  lines: LineItem[];
  period: Period;
  /** Whether it stays open to changes for an hour before Stripe finalises it. */
  waits?: boolean;
  /** When it is made. Absent: now. */
  at?: number;
}

const sum = (amounts: number[]): number => amounts.reduce((total, amount) => total + amount, 0);

const FIXED = {
  ...{ account_country: 'US', account_name: 'Local Stripe emulator', account_tax_ids: null, application: null },
  ...{ amount_overpaid: 0, amount_paid_off_stripe: 0, amount_shipping: 0 },
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  ...{ custom_fields: null, customer_account: null, customer_shipping: null },
  ...{ customer_tax_exempt: 'none', customer_tax_ids: [], default_payment_method: null, default_source: null },
  ...{ default_tax_rates: [], description: null, footer: null, from_invoice: null },
  ...{ issuer: { type: 'self' }, last_finalization_error: null, latest_revision: null, livemode: false },
  ...{ on_behalf_of: null, post_payment_credit_notes_amount: 0, pre_payment_credit_notes_amount: 0 },
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  ...{ receipt_number: null, rendering: null, shipping_cost: null, shipping_details: null },
  ...{ statement_descriptor: null, total_pretax_credit_amounts: [], total_taxes: [], webhooks_delivered_at: null },
};

const customerFields = ({ address, email, name, phone, test_clock }: Customer) => ({
  customer_address: address,
  customer_email: email,
  customer_name: name,
  customer_phone: phone,
  test_clock,
});

function dueOf(total: number, balance: number) {
  const due = Math.max(0, total + balance);
  return { amount_due: due, amount_remaining: due, starting_balance: balance };
}

function amounts(lines: LineItem[], discounted: number, balance: number) {
  const subtotal = sum(lines.map((line) => line.amount));
  const total = subtotal - discounted;
  return {
    ...{ subtotal, subtotal_excluding_tax: subtotal, total, total_excluding_tax: total, amount_paid: 0 },
    ...dueOf(total, balance),
  };
}

const dueDate = ({ days_until_due: days }: Subscription, from: number): number | null =>
  days === null ? null : from + days * DAY;

const DRAFT_SECONDS = 3600;
const UNSCHEDULED = { automatically_finalizes_at: null, next_payment_attempt: null };

const schedule = (billed: Pick<Subscription, 'collection_method'>, at: number) => ({
  automatically_finalizes_at: at,
  next_payment_attempt: isSent(billed) ? null : at,
});

const finalizeAt = (context: Context, draft: Invoice, at: number): void => {
  setDeadline(context.store, { object: draft.id, kind: 'finalize_invoice', clock: context.clockOf(draft), at });
};

/** Drafts an invoice of a subscription: discounts and the customer's balance are already counted in. */
export function draftInvoice(context: Context, draft: Draft): Invoice {
  const { subscription, reason, lines, period, waits = false } = draft;
  const id = newId('invoice');
  const customer = context.need('customer', subscription.customer);
  const now = draft.at ?? context.now(subscription.test_clock);
  const discounted = applyDiscounts(context, lines, subscription.discounts, now);
  const invoice: Invoice = {
    id,
    object: 'invoice',
    ...FIXED,
    ...customerFields(customer),
    ...amounts(discounted.lines, sum(discounted.totals.map(({ amount }) => amount)), customer.balance),
    ...{ attempt_count: 0, attempted: false, auto_advance: true },
    ...(waits ? schedule(subscription, now + DRAFT_SECONDS) : UNSCHEDULED),
    ...{ billing_reason: reason, created: now, collection_method: subscription.collection_method },
    due_date: dueDate(subscription, now),
    ...{ currency: subscription.currency, customer: customer.id, discounts: subscription.discounts },
    ...{ effective_at: null, ending_balance: null, hosted_invoice_url: null, invoice_pdf: null, metadata: {} },
    lines: embedded(
      discounted.lines.map((line) => ({ ...line, invoice: id })),
      `/v1/invoices/${id}/lines`,
    ),
    ...{ number: null, period_end: period.end, period_start: period.start },
    parent: {
      type: 'subscription_details',
      ...{ quote_details: null },
      subscription_details: { subscription: subscription.id, metadata: subscription.metadata },
    },
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    ...{ total_discount_amounts: discounted.totals },
  };
  if (waits) finalizeAt(context, invoice, now + DRAFT_SECONDS);
  return context.create(invoice, 'invoice.created');
}

/** Lets a draft that was held go its way: what is left of its hour, then `finalize_invoice`. */
export function startAdvancing(context: Context, draft: Invoice): Invoice {
  const at = Math.max(draft.created + DRAFT_SECONDS, context.nowFor(draft));
  finalizeAt(context, draft, at);
  return context.update(draft, { auto_advance: true, ...schedule(draft, at) }, 'invoice.updated');
}

/** Stripe finalises, charges and retries it no more; whoever wants it paid has to ask. */
export function stopAdvancing(context: Context, invoice: Invoice): Invoice {
  for (const kind of ['finalize_invoice', 'retry_invoice'] as const) clearDeadline(context.store, invoice.id, kind);
  return context.update(invoice, { auto_advance: false, ...UNSCHEDULED }, 'invoice.updated');
}

function takeNumber(context: Context, customer: Customer, balance: number): string {
  const sequence = customer.next_invoice_sequence;
  context.update(customer, { next_invoice_sequence: sequence + 1, balance });
  return `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`;
}

/** Numbers and opens a draft, with the customer's balance as it is by now. One over nothing is paid by that; any other gets its payment intent. */
export function finalizeInvoice(context: Context, draft: Invoice): Invoice {
  const customer = context.need('customer', draft.customer);
  const now = context.nowFor(draft);
  const subscription = context.need('subscription', draft.parent.subscription_details.subscription);
  const endingBalance = Math.min(0, draft.total + customer.balance);
  clearDeadline(context.store, draft.id, 'finalize_invoice');
  const [page, secret] = [`${context.settings.publicUrl()}/i/${draft.id}`, randomText(8)];
  const invoice = context.update(
    draft,
    {
      status: 'open',
      number: takeNumber(context, customer, endingBalance),
      ...{ ...UNSCHEDULED, ...dueOf(draft.total, customer.balance) },
      ending_balance: endingBalance,
      effective_at: now,
      due_date: isSent(draft) ? dueDate(subscription, now) : null,
      ...{ hosted_invoice_url: `${page}?s=${secret}`, invoice_pdf: `${page}/pdf?s=${secret}` },
      status_transitions: { ...draft.status_transitions, finalized_at: now },
    },
    'invoice.finalized',
  );
  if (invoice.amount_due === 0) return markPaid(context, invoice);
  newPaymentIntent(context, invoice);
  return invoice;
}

export function markPaid(context: Context, invoice: Invoice): Invoice {
  const paid = context.update(invoice, {
    ...{ status: 'paid', amount_paid: invoice.amount_due, amount_remaining: 0, attempted: true },
    ...{ auto_advance: false, next_payment_attempt: null },
    status_transitions: { ...invoice.status_transitions, paid_at: context.nowFor(invoice) },
  });
  context.emit('invoice.paid', paid);
  context.emit('invoice.payment_succeeded', paid);
  return paid;
}
