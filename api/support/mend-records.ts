import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import {
  RECONCILIATION,
  reconciliationWorkflowId,
  type Mended,
  type ReconciliationRequest,
} from '../../workflows/contract/reconciliation.ts';
import { recordCommand, type CommandRequest } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { workflowResult } from './workflow-result.ts';

type Mend = (request: ReconciliationRequest) => Promise<Mended>;

/**
 * Mends what differs of one customer, who may be unknown here. Two requests at the same time are one; what agrees is
 * left alone. @throws UnderWay when it is still running; ApiError 502 when it failed, 504 when it is not known whether
 * it started
 */
export async function mendRecords(
  deps: AppDeps,
  command: CommandRequest,
  { end = false, reason }: { readonly end?: boolean | undefined; readonly reason: string },
): Promise<Mended> {
  const { customerId } = command;
  const { workflow } = deps.temporal;
  const who = await recordCommand(deps, command, 'mendRecords', { reason, details: { end } });
  return workflowResult<Mend>(deps.temporal, command, () =>
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
