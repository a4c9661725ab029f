import type { Logger } from 'pino';

/**
 * A promise that a product's own step or endpoint forgot to await is no reason to end the whole process. An uncaught
 * exception is: after it no state can be relied on, and the supervisor restarts the process.
 */
export function surviveRejections(logger: Logger): void {
  process.on('unhandledRejection', (reason) => {
    const err =
      reason instanceof Error ? reason : new Error('A promise was rejected with something that is not an Error.');
    logger.error({ err }, 'an unhandled promise rejection');
  });
}
