import Stripe from 'stripe';
import type { InvoiceRow } from '../../infra/db/repositories/invoices.ts';
import { isLost, type Dispute } from '../../workflows/domain/disputes.ts';
import { idOf, instant } from './deps.ts';
import { disputesOf } from './disputes.ts';

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

/** What became of a payment. */
interface Payment {
  /** What was paid back, in minor units: by Tenure, by hand in Stripe, or by the bank whose dispute was lost. */
  readonly paidBack: number;
  /** The newest first. */
  readonly disputes: readonly Dispute[];
}
/** By payment intent. */
type Payments = ReadonlyMap<string, Payment>;

async function paymentOf(stripe: Stripe, charge: Stripe.Charge): Promise<Payment> {
  const intent = idOf(charge.payment_intent);
  const disputes = charge.disputed && intent !== null ? await disputesOf(stripe, intent) : [];
  const lost = disputes.filter(({ status }) => isLost(status)).reduce((sum, { amount }) => sum + amount, 0);
  return { paidBack: Math.min(charge.amount_refunded + lost, charge.amount), disputes };
}

async function paymentsOf(stripe: Stripe, customer: string): Promise<Payments> {
  const { data } = await stripe.charges.list({ customer, limit: LIMIT });
  // Declined charges have the same payment intent as the one that was paid in the end.
  const paid = data.filter(({ paid: isPaid }) => isPaid);
  const payments = paid.map(
    async (charge) => [idOf(charge.payment_intent) ?? '', await paymentOf(stripe, charge)] as const,
  );
  return new Map(await Promise.all(payments));
}

/** The latest invoices of a customer in Stripe, and what became of the payments of them. */
export async function readInvoices(
  stripe: Stripe,
  customer: string | null,
): Promise<{ readonly invoices: readonly StoredInvoice[]; readonly payments: Payments }> {
  if (customer === null) return { invoices: [], payments: new Map() };
  const invoices = await listInvoices(stripe, customer);
  const isPaid = invoices.some(({ amount_paid: paid }) => paid > 0);
  return { invoices, payments: isPaid ? await paymentsOf(stripe, customer) : new Map() };
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

const UNTOUCHED: Payment = { paidBack: 0, disputes: [] };
const UNDISPUTED = { disputeId: null, disputeStatus: null, disputeAmount: null, disputeDueAt: null };

const asRow = (dispute: Dispute | undefined) =>
  dispute === undefined
    ? UNDISPUTED
    : {
        ...{ disputeId: dispute.id, disputeStatus: dispute.status, disputeAmount: dispute.amount },
        disputeDueAt: dispute.dueAt === null ? null : new Date(dispute.dueAt),
      };

/** An invoice as our own table has it. */
export function mirror(invoice: StoredInvoice, payments: Payments): Omit<InvoiceRow, 'customerId'> {
  const intent = idOf(invoice.payments?.data[0]?.payment.payment_intent);
  const { paidBack, disputes } = payments.get(intent ?? '') ?? UNTOUCHED;
  return {
    stripeInvoiceId: invoice.id,
    stripePaymentIntentId: intent,
    stripeSubscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    status: invoice.status ?? 'draft',
    currency: invoice.currency,
    amountDue: invoice.amount_due,
    amountPaid: invoice.amount_paid,
    amountRefunded: paidBack,
    invoiceCreatedAt: new Date(invoice.created * 1000),
    number: invoice.number,
    hostedUrl: invoice.hosted_invoice_url ?? null,
    pdfUrl: invoice.invoice_pdf ?? null,
    ...asRow(disputes[0]),
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
