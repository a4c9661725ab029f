import type { Logger } from 'pino';

/**
 * A promise that a step or an endpoint of a product's own forgot to await is no reason to end the work of everybody. An exception that
 * nobody caught is: after it no state can be relied on, and the supervisor starts the process again.
 */
export function surviveRejections(logger: Logger): void {
  process.on('unhandledRejection', (reason) => {
    const err =
      reason instanceof Error ? reason : new Error('A promise was rejected with something that is not an Error.');
    logger.error({ err }, 'an unhandled promise rejection');
  });
}
