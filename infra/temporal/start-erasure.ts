import type { Client } from '@temporalio/client';
import { ERASURE, TASK_QUEUE, erasureWorkflowId, type ErasureOrder } from '../../workflows/contract.ts';

const START_MS = 10_000;

/**
 * Begins the erasure of a customer who has left. Idempotent: ordered again while it runs, it is the same one.
 * @throws when Temporal does not answer in time; ask again
 */
export async function startErasure(temporal: Client, order: ErasureOrder): Promise<void> {
  await temporal.withDeadline(Date.now() + START_MS, () =>
    temporal.workflow.start(ERASURE, {
      workflowId: erasureWorkflowId(order.customerId),
      taskQueue: TASK_QUEUE.lifecycle,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [order],
      staticSummary: `Erase ${order.customerId}, who has left`,
    }),
  );
}
