import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { replays } from './activity-calls/proxies.ts';
import {
  BATCH_STATUS,
  CANCEL_BATCH,
  PAUSE_BATCH,
  RESUME_BATCH,
  type BatchInput,
  type BatchStatus,
} from './contract/replay-batch.ts';
import { count, failsTooOften } from './domain/replay-batch.ts';

/**
 * Replays many parked onboardings through a window of lanes. Its customers and results are in Postgres; the history has
 * one activity per customer, and starts over before it grows too long.
 */
export async function replayBatch(input: BatchInput): Promise<void> {
  let { progress } = input;
  let order: 'run' | 'pause' | 'cancel' = input.paused ? 'pause' : 'run';
  let exhausted = false;
  setHandler(defineSignal(PAUSE_BATCH), () => {
    if (order === 'run') order = 'pause';
  });
  setHandler(defineSignal(RESUME_BATCH), () => {
    if (order === 'pause') order = 'run';
  });
  setHandler(defineSignal(CANCEL_BATCH), () => {
    order = 'cancel';
  });
  CancellationScope.current().cancelRequested.catch(() => {
    order = 'cancel';
  });
  setHandler(defineQuery<BatchStatus>(BATCH_STATUS), () => ({ ...progress, order }));

  const { batchId, maxFailureRate } = input;
  const stopped = (): boolean => failsTooOften(progress, maxFailureRate);
  const mayGoOn = (): boolean =>
    order !== 'cancel' && !exhausted && !stopped() && !workflowInfo().continueAsNewSuggested;

  async function lane(): Promise<void> {
    while (mayGoOn()) {
      if (order === 'pause') await condition(() => order !== 'pause');
      if (!mayGoOn()) return;
      const outcome = await replays.replayNext({ batchId });
      if (outcome === null) exhausted = true;
      else progress = count(progress, outcome);
      setCurrentDetails(`${String(progress.replayed)} replayed · ${String(progress.failed)} failed`);
    }
  }

  await CancellationScope.nonCancellable(async () => {
    await Promise.all(Array.from({ length: input.concurrency }, lane));
    const state = order === 'cancel' ? 'cancelled' : stopped() ? 'stopped' : exhausted ? 'done' : null;
    if (state !== null) {
      await replays.endBatch({ batchId, state });
      return;
    }
    await condition(allHandlersFinished);
    await continueAsNew<typeof replayBatch>({ ...input, progress, paused: order === 'pause' });
  });
}
