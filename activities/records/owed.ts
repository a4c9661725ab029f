import { readCustomerRecords } from '../../infra/db/repositories/customer-records.ts';
import { lostRefunds, startRefund } from '../../infra/temporal/refund-runs.ts';
import { startErasure } from '../../infra/temporal/start-erasure.ts';
import type { MendOutcome } from '../../workflows/contract/reconciliation.ts';
import { done, left, type Findings, type RecordDeps } from './deps.ts';

/** Restarts an erasure that was accepted and lost, if that was requested. */
export async function eraseAgain({ temporal }: RecordDeps, { request }: Findings): Promise<MendOutcome> {
  const { customerId, actor, auditId, end } = request;
  if (!end) return left('Nothing was erased; mend with --end to carry out the erasure.');
  await startErasure(temporal, { customerId, actor, auditId });
  return done('The erasure continues.');
}

/** Restarts refunds that were accepted and lost, each as the original request. */
export async function refundAgain({ database, temporal }: RecordDeps, { request }: Findings): Promise<MendOutcome> {
  const { customerId } = request;
  const customer = (await readCustomerRecords(database, [customerId])).get(customerId);
  const lost = await lostRefunds(temporal, customerId, customer?.openRefunds ?? []);
  for (const { commandId, actor, auditId, invoiceId, amount } of lost) {
    const wish = amount === null ? {} : { amount };
    await startRefund(temporal, {
      commandId,
      request: { customerId, actor, auditId, invoiceId, ...wish },
      again: true,
    });
  }
  return done(`Refunds that continue: ${lost.map(({ invoiceId }) => invoiceId).join(', ') || 'none was lost'}.`);
}
