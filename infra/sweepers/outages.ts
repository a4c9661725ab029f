import { diagnose } from '../../workflows/domain/failures.ts';
import { followWaitingWork, markTold, untoldOutages, type Outage } from '../db/repositories/outages.ts';
import { forgetAbandonedWork } from '../db/repositories/waiting-work.ts';
import type { Sweeper, TellingDeps } from './sweeper.ts';

/** Shorter ones are blips, which nobody has to know of. */
export const OPEN_AFTER_SECONDS = 120;
/** A retry is late by what a busy machine is late, and no more. */
const ABANDONED_AFTER_SECONDS = 300;

export const toTell = (outage: Outage) => {
  const { cause, suggestedFix } = diagnose(outage.errorType);
  return { ...outage, cause, suggestedFix };
};

/**
 * Sees what holds work up for longer than a blip, by cause, and tells support of each once. When the mail service is
 * what is away, support is told as soon as it works again.
 */
export async function tellOfOutages(
  { database, tellSupport, logger }: Pick<TellingDeps, 'database' | 'tellSupport' | 'logger'>,
  { openAfterSeconds }: { readonly openAfterSeconds: number },
): Promise<number> {
  await forgetAbandonedWork(database, ABANDONED_AFTER_SECONDS);
  await followWaitingWork(database, openAfterSeconds);
  const untold = await untoldOutages(database);
  for (const outage of untold) {
    // Marked first: a process that dies in between must not tell it twice.
    if (!(await markTold(database, outage.outageId, true))) continue;
    try {
      await tellSupport(toTell(outage));
    } catch (error) {
      await markTold(database, outage.outageId, false);
      logger.warn({ err: error, outage: outage.waitsFor }, 'support could not be told of an outage yet');
    }
  }
  return untold.length;
}

export const sweepOutages: Sweeper<TellingDeps> = (deps) =>
  tellOfOutages(deps, { openAfterSeconds: OPEN_AFTER_SECONDS });
