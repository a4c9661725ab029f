import type { BatchProgress } from '../domain/replay-batch.ts';

export const replayBatchWorkflowId = (batchId: string): string => `replay-batch/${batchId}`;

/** Signals of a running batch. */
export const PAUSE_BATCH = 'pauseBatch';
export const RESUME_BATCH = 'resumeBatch';
export const CANCEL_BATCH = 'cancelBatch';
/** Query. */
export const BATCH_STATUS = 'batchStatus';

export interface BatchInput {
  readonly batchId: string;
  /** How many customers are replayed at the same time. */
  readonly concurrency: number;
  /** From 0 to 1: the batch stops when more than this share of its customers fails. */
  readonly maxFailureRate: number;
  readonly progress: BatchProgress;
  readonly paused: boolean;
}

export interface BatchStatus extends BatchProgress {
  readonly order: 'run' | 'pause' | 'cancel';
}
