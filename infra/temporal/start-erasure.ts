import type { Client } from '@temporalio/client';
import { ERASURE, erasureWorkflowId, type ErasureRequest } from '../../workflows/contract/erasure.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';

const START_MS = 10_000;

/**
 * Begins the erasure of a customer who has left. Idempotent: ordered again while it runs, it is the same one.
 * @throws when Temporal does not answer in time; ask again
 */
export async function startErasure(temporal: Client, request: ErasureRequest): Promise<void> {
  await temporal.withDeadline(Date.now() + START_MS, () =>
    temporal.workflow.start(ERASURE, {
      workflowId: erasureWorkflowId(request.customerId),
      taskQueue: TASK_QUEUE.lifecycle,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [request],
      staticSummary: `Erase ${request.customerId}, who has left`,
    }),
  );
}
