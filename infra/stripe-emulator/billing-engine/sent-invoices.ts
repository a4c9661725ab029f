import type { Context } from '../context.ts';
import type { Invoice, Subscription } from '../objects/billing.ts';
import { setDeadline } from './deadlines.ts';
import { DAY } from './periods.ts';

/** Days after the due date at which an account gives an invoice up: https://docs.stripe.com/billing/collection-method */
const GRACE_DAYS = 30;

export const isSent = ({ collection_method }: Pick<Invoice | Subscription, 'collection_method'>): boolean =>
  collection_method === 'send_invoice';

/** Mails an invoice (here: says that it was), and waits for its due date; nothing is charged. */
export function sendInvoice(context: Context, invoice: Invoice): Invoice {
  const { due_date } = invoice;
  if (due_date !== null)
    for (const [kind, at] of [
      ['invoice_due', due_date],
      ['invoice_overdue', due_date + GRACE_DAYS * DAY],
    ] as const)
      setDeadline(context.store, { object: invoice.id, kind, clock: context.clockOf(invoice), at });
  context.emit('invoice.sent', invoice);
  return invoice;
}
