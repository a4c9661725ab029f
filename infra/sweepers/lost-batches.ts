import { openBatches, recordBatchState } from '../db/repositories/replay-batches.ts';
import { describeIfKnown } from '../temporal/describe.ts';
import { replayBatchWorkflowId } from '../../workflows/contract/replay-batch.ts';
import type { Sweeper } from './sweeper.ts';

/** Whoever stored the batch is given this long to start it. */
const AGE_SECONDS = 60;
const LIMIT = 20;
const OPEN: readonly string[] = ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'];

/**
 * Ends batches whose workflow is gone: it was terminated, or its start never came. Their customers are free for another
 * batch; none is begun again, because somebody may have ended it on purpose.
 */
export const sweepLostBatches: Sweeper = async ({ database, temporal, logger }) => {
  let ended = 0;
  for (const batchId of await openBatches(database, { ageSeconds: AGE_SECONDS, limit: LIMIT })) {
    const run = await describeIfKnown(temporal, replayBatchWorkflowId(batchId));
    if (run !== undefined && OPEN.includes(run.status.name)) continue;
    await recordBatchState(database, batchId, 'stopped');
    logger.warn({ batchId }, 'a batch of replays has lost its workflow and is stopped');
    ended += 1;
  }
  return ended;
};
