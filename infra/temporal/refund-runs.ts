import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { REFUND, refundWorkflowId, type RefundRequest, type Refunded } from '../../workflows/contract/refund.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { RequestedRefund } from '../../workflows/domain/differences.ts';
import { describeIfKnown } from './describe.ts';

export type RefundWorkflow = (request: RefundRequest) => Promise<Refunded>;

export interface RefundStart {
  readonly commandId: string;
  readonly request: Omit<RefundRequest, 'key'>;
  /** Whether one that was ended from outside begins anew. */
  readonly again?: boolean;
}

/** One workflow per command: whoever orders again waits for the same refund, also after it was made. */
export async function startRefund(
  { workflow }: Client,
  { commandId, request, again = false }: RefundStart,
): Promise<WorkflowHandle<RefundWorkflow>> {
  const { customerId, invoiceId } = request;
  const workflowId = refundWorkflowId(customerId, commandId);
  // The same order has the same key wherever it is begun: Stripe is asked for it before money moves.
  const key = `${customerId}:refund:${commandId}:v1`;
  try {
    return await workflow.start<RefundWorkflow>(REFUND, {
      workflowId,
      taskQueue: TASK_QUEUE.lifecycle,
      workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'REJECT_DUPLICATE',
      workflowTaskTimeout: '2s',
      args: [{ ...request, key }],
      staticSummary: `Refund of ${invoiceId}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return workflow.getHandle<RefundWorkflow>(workflowId);
  }
}

/** What failed has told support itself; what was cancelled is not wanted. */
const IS_LOST: ReadonlySet<string | undefined> = new Set([undefined, 'TERMINATED', 'TIMED_OUT']);

/** Those of the refunds that no workflow carries out, or has. One call each. */
export async function lostRefunds(
  temporal: Client,
  customerId: string,
  ordered: readonly RequestedRefund[],
): Promise<readonly RequestedRefund[]> {
  const lost: RequestedRefund[] = [];
  for (const order of ordered) {
    const run = await describeIfKnown(temporal, refundWorkflowId(customerId, order.commandId));
    if (IS_LOST.has(run?.status.name)) lost.push(order);
  }
  return lost;
}
