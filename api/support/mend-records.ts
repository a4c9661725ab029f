import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import {
  RECONCILIATION,
  reconciliationWorkflowId,
  type Mended,
  type ReconciliationOrder,
} from '../../workflows/contract/reconciliation.ts';
import { asked, type Order } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { workflowResult } from './workflow-result.ts';

type Mend = (order: ReconciliationOrder) => Promise<Mended>;

/**
 * Mends what differs of one customer, who may be unknown here. Two orders at once are one; what agrees is left alone.
 * @throws UnderWay when it goes on; ApiError 502 when it failed, 504 when it is not known whether it started
 */
export async function mendRecords(
  deps: AppDeps,
  order: Order,
  { end = false, reason }: { readonly end?: boolean | undefined; readonly reason: string },
): Promise<Mended> {
  const { customerId } = order;
  const { workflow } = deps.temporal;
  const who = await asked(deps, order, 'mendRecords', { reason, details: { end } });
  return workflowResult<Mend>(deps.temporal, order, () =>
    workflow.start<Mend>(RECONCILIATION, {
      workflowId: reconciliationWorkflowId(customerId),
      taskQueue: TASK_QUEUE.lifecycle,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowTaskTimeout: '2s',
      args: [{ ...who, customerId, end }],
      staticSummary: `Mend the records of ${customerId}`,
    }),
  );
}
