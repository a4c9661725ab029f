import { WorkflowNotFoundError } from '@temporalio/client';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import * as batches from '../../infra/db/repositories/replay-batches.ts';
import {
  CANCEL_BATCH,
  PAUSE_BATCH,
  RESUME_BATCH,
  replayBatchWorkflowId,
  type BatchInput,
} from '../../workflows/contract/replay-batch.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, notFound } from '../http/errors.ts';

const START_MS = 5_000;

const nobody = (): ApiError =>
  new ApiError(409, {
    error: 'Nothing to replay',
    message:
      'No parked onboarding matches. Only customers whose onboarding failed and is waiting for a person can be replayed.',
    code: 'empty_batch',
  });

const notStarted = (cause: unknown): ApiError =>
  new ApiError(503, {
    error: 'Not started',
    message:
      'The workflow engine did not respond, so no customer of this batch will be replayed. Try again in a minute.',
    code: 'batch_not_started',
    cause,
  });

/**
 * Stores the batch with its customers and its reason, then starts it.
 * @returns how many customers are in it
 * @throws ApiError 409 when no parked customer fits, 503 when it could not be started
 */
export async function startBatch(
  { database, temporal }: AppDeps,
  batch: batches.NewBatch,
): Promise<{ readonly batchId: string; readonly customers: number }> {
  const created = await database.transaction().execute(async (tx) => {
    const made = await batches.createBatch(tx, batch);
    if (made.customers === 0) throw nobody();
    const { actor, reason } = batch;
    await appendAudit(tx, { customerId: null, actor, action: 'batch.started', reason, details: { ...made } });
    return made;
  });
  const { batchId } = created;
  const { concurrency, maxFailureRate } = batch;
  const input: BatchInput = {
    batchId,
    concurrency,
    maxFailureRate,
    progress: { replayed: 0, failed: 0 },
    paused: false,
  };
  const options = {
    workflowId: replayBatchWorkflowId(batchId),
    taskQueue: TASK_QUEUE.lifecycle,
    args: [input],
    staticSummary: `replay ${String(created.customers)} parked onboardings`,
  };
  try {
    await temporal.withDeadline(Date.now() + START_MS, () => temporal.workflow.start('replayBatch', options));
  } catch (error) {
    // If the workflow started although the answer was lost, it finds nobody left to claim, and ends.
    await batches.recordBatchState(database, batchId, 'cancelled');
    throw notStarted(error);
  }
  return created;
}

const batchOver = (): ApiError =>
  new ApiError(409, { error: 'Not possible now', message: 'This batch is over.', code: 'batch_over' });

const SIGNAL = { pause: PAUSE_BATCH, resume: RESUME_BATCH, cancel: CANCEL_BATCH } as const;
export type BatchAction = keyof typeof SIGNAL;

/** @throws ApiError 404, or 409 when the batch is over */
export async function orderBatch(
  { database, temporal }: AppDeps,
  { batchId, action, actor }: { readonly batchId: string; readonly action: BatchAction; readonly actor: string },
): Promise<void> {
  const batch = await batches.findBatch(database, batchId);
  if (!batch) throw notFound('batch');
  if (batch.endedAt !== null) throw batchOver();
  await appendAudit(database, { customerId: null, actor, action: `batch.${action}`, details: { batchId } });
  try {
    await temporal.workflow.getHandle(replayBatchWorkflowId(batchId)).signal(SIGNAL[action]);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw batchOver();
  }
  if (action !== 'cancel') await batches.recordBatchState(database, batchId, action === 'pause' ? 'paused' : 'running');
}

const LISTED = 50;

/** The newest batches first. */
export const listBatches = ({ database }: AppDeps) => batches.listBatches(database, LISTED);

/** The batch with a result per customer. @throws ApiError 404 */
export async function showBatch({ database }: AppDeps, batchId: string) {
  const batch = await batches.findBatch(database, batchId);
  if (!batch) throw notFound('batch');
  const items = await batches.listItems(database, batchId);
  const counts: Record<string, number> = {};
  for (const { state } of items) counts[state] = (counts[state] ?? 0) + 1;
  return { batch, items, counts };
}
