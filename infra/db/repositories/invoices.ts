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
  readonly invoiceCreatedAt: Date;
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
        stripePaymentIntentId: incoming.ref('excluded.stripePaymentIntentId'),
        updatedAt: sql`now()`,
      })),
    )
    .execute();
}
