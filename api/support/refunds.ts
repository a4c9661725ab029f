import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { findPaidInvoice, type PaidInvoice } from '../../infra/db/repositories/invoices.ts';
import { startRefund } from '../../infra/temporal/refund-runs.ts';
import type { Refunded } from '../../workflows/contract/refund.ts';
import { refused } from './commands.ts';
import { asked, type Order } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { workflowResult } from './workflow-result.ts';

export interface RefundRequest {
  /** The newest paid one if absent. */
  readonly invoice?: string | undefined;
  /** Cents; all that is left if absent. */
  readonly amount?: number | undefined;
  readonly reason: string;
}

async function invoiceToRefund({ database }: AppDeps, customerId: string, asked?: string): Promise<PaidInvoice> {
  if (!(await findCustomer(database, customerId))) throw notFound('customer');
  const invoice = await findPaidInvoice(database, customerId, asked);
  if (invoice) return invoice;
  throw refused(
    asked === undefined
      ? 'This customer has no paid invoice; there is nothing to refund.'
      : `This customer has no paid invoice ${asked}.`,
  );
}

/**
 * Pays money of a paid invoice back through Stripe. The same `commandId` is one refund. Customers who have left can be
 * refunded too.
 * @throws UnderWay when it was accepted and goes on, for as long as Stripe is away: ask again under the same id
 * @throws ApiError 404 for nobody, 409 saying why nothing, or not so much, can be paid back, 502 when it failed, 504
 * when it is not known whether it was accepted
 */
export async function refundCustomer(deps: AppDeps, order: Order, request: RefundRequest): Promise<Refunded> {
  const { customerId, commandId } = order;
  const { amount, reason } = request;
  const invoice = await invoiceToRefund(deps, customerId, request.invoice);
  const { stripeInvoiceId: invoiceId, amountPaid, amountRefunded, currency } = invoice;
  const after = amountRefunded + (amount ?? amountPaid - amountRefunded);
  const wish = amount === undefined ? {} : { amount };
  const details = { invoiceId, currency, ...wish, before: { refunded: amountRefunded }, after: { refunded: after } };
  const who = await asked(deps, order, 'refund', { reason, details });
  const refund = { ...who, customerId, invoiceId, ...wish };
  const { temporal } = deps;
  return workflowResult(temporal, order, () => startRefund(temporal, { commandId, order: refund }));
}
