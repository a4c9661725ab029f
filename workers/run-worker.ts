import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';

/**
 * Runs a worker until SIGTERM or SIGINT, which Temporal's runtime handles: work in progress is passed on, and then the
 * resources are closed.
 */
export async function runWorker(worker: Worker, logger: Logger, close: () => Promise<void>): Promise<void> {
  logger.info('worker is polling');
  try {
    await worker.run();
  } finally {
    await Promise.race([close(), delay(2_000, undefined, { ref: false })]);
    logger.info('worker has stopped');
  }
}
