import type { Context } from '../context.ts';
import type { Invoice } from '../objects/billing.ts';
import { cancelPayment } from './giving-up.ts';
import { finalizeInvoice, markPaid } from './invoices.ts';
import { onPayment } from './subscriptions.ts';

/** Paid by other means, as by a bank transfer: nothing is charged. */
export function settleOutside(context: Context, invoice: Invoice): Invoice {
  const open = invoice.status === 'draft' ? finalizeInvoice(context, invoice) : invoice;
  if (open.status !== 'paid') {
    cancelPayment(context, open);
    markPaid(context, { ...open, amount_paid_off_stripe: open.amount_due });
    context.update(context.need('customer', open.customer), { delinquent: false }, 'customer.updated');
  }
  onPayment(context, context.need('invoice', open.id));
  return context.need('invoice', open.id);
}
