import Stripe from 'stripe';
import type { InvoiceRow } from '../../infra/db/repositories/invoices.ts';
import { idOf, instant } from './deps.ts';

export type StoredInvoice = Stripe.Invoice & { readonly id: string };

/** As many as one list returns without a second page. */
const LIMIT = 20;

/** The newest first. */
async function listInvoices(stripe: Stripe, customer: string): Promise<StoredInvoice[]> {
  const { data } = await stripe.invoices.list({ customer, limit: LIMIT, expand: ['data.payments'] });
  return data
    .filter((invoice): invoice is StoredInvoice => typeof invoice.id === 'string')
    .sort((a, b) => b.created - a.created);
}

/** What was paid back, in minor units, by payment intent: by Tenure, or by hand in Stripe. */
async function refundsByPayment(stripe: Stripe, customer: string): Promise<ReadonlyMap<string, number>> {
  const { data } = await stripe.charges.list({ customer, limit: LIMIT });
  return new Map(data.map(({ payment_intent: intent, amount_refunded: amount }) => [idOf(intent) ?? '', amount]));
}

/** The latest invoices of a customer in Stripe, and what was paid back of them. */
export async function readInvoices(
  stripe: Stripe,
  customer: string | null,
): Promise<{ readonly invoices: readonly StoredInvoice[]; readonly refunds: ReadonlyMap<string, number> }> {
  if (customer === null) return { invoices: [], refunds: new Map() };
  const invoices = await listInvoices(stripe, customer);
  const isPaid = invoices.some(({ amount_paid: paid }) => paid > 0);
  return { invoices, refunds: isPaid ? await refundsByPayment(stripe, customer) : new Map() };
}

/** Whether Stripe will finalise and charge it by itself, about an hour after it made it. */
export const isPending = ({ status, amount_due: due, auto_advance: goesOn }: StoredInvoice): boolean =>
  status === 'draft' && due > 0 && goesOn === true;

/** The latest end of a period that a paid invoice is for. The invoice of nothing that begins a trial is for none. */
export function paidUntil(
  { id, trial_end: trialEnd }: Stripe.Subscription,
  invoices: readonly StoredInvoice[],
): string | null {
  const ends = invoices
    .filter(({ status, parent }) => status === 'paid' && idOf(parent?.subscription_details?.subscription) === id)
    .flatMap(({ lines }) => lines.data.map(({ period }) => period.end))
    .filter((end) => end > (trialEnd ?? 0));
  return ends.length === 0 ? null : instant(Math.max(...ends));
}

/** An invoice as our own table has it. */
export function mirror(invoice: StoredInvoice, refunds: ReadonlyMap<string, number>): Omit<InvoiceRow, 'customerId'> {
  const intent = idOf(invoice.payments?.data[0]?.payment.payment_intent);
  return {
    stripeInvoiceId: invoice.id,
    stripePaymentIntentId: intent,
    stripeSubscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    status: invoice.status ?? 'draft',
    currency: invoice.currency,
    amountDue: invoice.amount_due,
    amountPaid: invoice.amount_paid,
    amountRefunded: refunds.get(intent ?? '') ?? 0,
    invoiceCreatedAt: new Date(invoice.created * 1000),
    number: invoice.number,
    hostedUrl: invoice.hosted_invoice_url ?? null,
    pdfUrl: invoice.invoice_pdf ?? null,
  };
}

/**
 * Voids what nobody has to pay any more of a subscription, and what staff gave up, which could still be paid.
 * @param whenPaid - of one that was paid since it was listed: `skip` leaves it to the others
 */
export async function voidUnpaidInvoices(
  stripe: Stripe,
  { subscription, key, whenPaid = 'skip' }: { subscription: string; key: string; whenPaid?: 'skip' | 'throw' },
): Promise<void> {
  for (const status of ['open', 'uncollectible'] as const) {
    const { data } = await stripe.invoices.list({ subscription, status, limit: 100 });
    for (const { id } of data)
      await stripe.invoices.voidInvoice(id, {}, { idempotencyKey: `${key}:void:${id}` }).catch((error: unknown) => {
        if (whenPaid === 'throw' || !(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
      });
  }
}
