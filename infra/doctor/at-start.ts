import type { Logger } from 'pino';
import type { Finding } from './finding.ts';
import { howTo } from '../program-file.ts';

/** Whether this is run for customers, and not by a developer. */
export const isForCustomers = (publicUrl: string, live = false): boolean => live || publicUrl.startsWith('https:');

/**
 * Logs a warning for each thing that is missing, with its remedy, during the start. Nothing is refused, because a
 * missing setting hurts less than a process that does not run. The process's readiness shows which services do not
 * answer.
 */
export async function warnOfMissing(logger: Logger, look: () => Promise<readonly Finding[]>): Promise<void> {
  try {
    for (const { part, check, state, found, trouble } of await look())
      if (state === 'missing') logger.warn({ part, check, ...trouble }, `missing: ${check}: ${found}`);
  } catch (error) {
    logger.warn({ err: error }, `the check for missing settings failed; run "${howTo('doctor')}" for a full check`);
  }
}
