import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface InvoiceRow {
  readonly stripeInvoiceId: string;
  readonly customerId: string;
  readonly stripePaymentIntentId: string | null;
  readonly stripeSubscriptionId: string | null;
  readonly status: string;
  readonly currency: string;
  readonly amountDue: number;
  readonly amountPaid: number;
  readonly amountRefunded: number;
  readonly invoiceCreatedAt: Date;
  /** As the invoice says it; a draft has none yet. */
  readonly number: string | null;
  /** Stripe's page of the invoice, on which it can be paid. */
  readonly hostedUrl: string | null;
  readonly pdfUrl: string | null;
  /** Of the newest dispute of its payment. */
  readonly disputeId: string | null;
  /** As Stripe calls it. */
  readonly disputeStatus: string | null;
  readonly disputeAmount: number | null;
  readonly disputeDueAt: Date | null;
}

const invoices = (db: Queryable) =>
  db
    .selectFrom('invoices')
    .select(['stripeInvoiceId', 'customerId', 'stripePaymentIntentId', 'stripeSubscriptionId', 'status', 'currency'])
    .select(['amountDue', 'amountPaid', 'amountRefunded', 'invoiceCreatedAt', 'number', 'hostedUrl', 'pdfUrl'])
    .select(['disputeId', 'disputeStatus', 'disputeAmount', 'disputeDueAt']);

/** The newest invoice of a customer on which money was paid, or the one of that id. */
export async function findPaidInvoice(
  db: Queryable,
  customerId: string,
  stripeInvoiceId?: string,
): Promise<InvoiceRow | undefined> {
  return invoices(db)
    .where('customerId', '=', customerId)
    .where('amountPaid', '>', 0)
    .$if(stripeInvoiceId !== undefined, (query) => query.where('stripeInvoiceId', '=', stripeInvoiceId ?? ''))
    .orderBy('invoiceCreatedAt', 'desc')
    .limit(1)
    .executeTakeFirst();
}

interface Due {
  readonly amount: number;
  readonly currency: string;
  readonly since: Date;
  readonly page: string | null;
}

/**
 * What a customer still has to pay, of all invoices together, in the currency of the oldest: since when, and the page of
 * that one.
 */
export async function findDue(db: Queryable, customerId: string): Promise<Due | undefined> {
  const open = await invoices(db)
    .where('customerId', '=', customerId)
    .where('status', '=', 'open')
    .where('amountDue', '>', 0)
    .orderBy('invoiceCreatedAt')
    .execute();
  const [oldest] = open;
  if (!oldest) return undefined;
  const { currency, invoiceCreatedAt: since, hostedUrl: page } = oldest;
  const amount = open.filter((one) => one.currency === currency).reduce((sum, { amountDue }) => sum + amountDue, 0);
  return { amount, currency, since, page };
}

/** Locks the invoice to the end of the transaction, so that what is written of its refunds is written one by one. */
export async function recordRefunded(db: Queryable, stripeInvoiceId: string, amountRefunded: number): Promise<void> {
  await db
    .updateTable('invoices')
    .set({ amountRefunded, updatedAt: sql<Date>`now()` })
    .where('stripeInvoiceId', '=', stripeInvoiceId)
    .execute();
}

/** Mirrors Stripe's invoices. */
export async function saveInvoices(db: Queryable, invoices: readonly InvoiceRow[]): Promise<void> {
  if (invoices.length === 0) return;
  await db
    .insertInto('invoices')
    .values([...invoices])
    .onConflict((conflict) =>
      conflict.column('stripeInvoiceId').doUpdateSet((incoming) => ({
        status: incoming.ref('excluded.status'),
        amountDue: incoming.ref('excluded.amountDue'),
        amountPaid: incoming.ref('excluded.amountPaid'),
        // A refund of ours may be recorded before Stripe's list has it.
        amountRefunded: sql<number>`greatest(invoices.amount_refunded, excluded.amount_refunded)`,
        number: incoming.ref('excluded.number'),
        hostedUrl: incoming.ref('excluded.hostedUrl'),
        pdfUrl: incoming.ref('excluded.pdfUrl'),
        disputeId: incoming.ref('excluded.disputeId'),
        disputeStatus: incoming.ref('excluded.disputeStatus'),
        disputeAmount: incoming.ref('excluded.disputeAmount'),
        disputeDueAt: incoming.ref('excluded.disputeDueAt'),
        stripePaymentIntentId: incoming.ref('excluded.stripePaymentIntentId'),
        updatedAt: sql`now()`,
      })),
    )
    .execute();
}
