import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { findPaidInvoice, type InvoiceRow } from '../../infra/db/repositories/invoices.ts';
import { startRefund } from '../../infra/temporal/refund-runs.ts';
import type { Refunded } from '../../workflows/contract/refund.ts';
import { refused } from './commands.ts';
import { recordCommand, type CommandRequest } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { workflowResult } from './workflow-result.ts';

export interface RefundRequest {
  /** The newest paid one if absent. */
  readonly invoice?: string | undefined;
  /** Cents; the remaining amount if absent. */
  readonly amount?: number | undefined;
  readonly reason: string;
}

async function invoiceToRefund({ database }: AppDeps, customerId: string, wanted?: string): Promise<InvoiceRow> {
  if (!(await findCustomer(database, customerId))) throw notFound('customer');
  const invoice = await findPaidInvoice(database, customerId, wanted);
  if (invoice) return invoice;
  throw refused(
    wanted === undefined
      ? 'This customer has no paid invoice; there is nothing to refund.'
      : `This customer has no paid invoice ${wanted}.`,
  );
}

/**
 * Refunds a paid invoice through Stripe, once per `commandId`. Customers who have left can be refunded too. @throws
 * UnderWay when it was accepted and is still running, for example while Stripe is down: repeat it under the same id
 * @throws ApiError 404 for an unknown customer, 409 saying why nothing, or not that much, can be refunded, 502 when it
 * failed, 504 when it is not known whether it was accepted
 */
export async function refundCustomer(
  deps: AppDeps,
  command: CommandRequest,
  request: RefundRequest,
): Promise<Refunded> {
  const { customerId, commandId } = command;
  const { amount, reason } = request;
  const invoice = await invoiceToRefund(deps, customerId, request.invoice);
  const { stripeInvoiceId: invoiceId, amountPaid, amountRefunded, currency } = invoice;
  const after = amountRefunded + (amount ?? amountPaid - amountRefunded);
  const wish = amount === undefined ? {} : { amount };
  const details = { invoiceId, currency, ...wish, before: { refunded: amountRefunded }, after: { refunded: after } };
  const who = await recordCommand(deps, command, 'refund', { reason, details });
  const refund = { ...who, customerId, invoiceId, ...wish };
  const { temporal } = deps;
  return workflowResult(temporal, command, () => startRefund(temporal, { commandId, request: refund }));
}
