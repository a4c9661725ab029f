import { diagnose } from '../../workflows/domain/failures.ts';
import { followWaitingWork, markAnnounced, unannouncedOutages, type Outage } from '../db/repositories/outages.ts';
import { endWaiting, overdueWork } from '../db/repositories/waiting-work.ts';
import { stillWaits } from '../temporal/still-waits.ts';
import type { Sweeper, TellingDeps } from './sweeper.ts';

/** Shorter ones are blips, which nobody has to know of. */
export const OPEN_AFTER_SECONDS = 120;
/** A retry is late by what a busy machine is late, and no more. */
const OVERDUE_AFTER_SECONDS = 300;
/** As many as are looked at in one round. */
const LOOKED_AT = 50;
const ANSWER_WITHIN_MS = 5_000;

export const toTell = (outage: Outage) => {
  const { cause, suggestedFix } = diagnose(outage.errorType);
  return { ...outage, cause, suggestedFix };
};

/** Forgets work whose workflow was cancelled or terminated while it waited. What no worker has taken up waits on. */
async function forgetAbandoned({ database, temporal }: Pick<TellingDeps, 'database' | 'temporal'>): Promise<void> {
  const overdue = await overdueWork(database, { afterSeconds: OVERDUE_AFTER_SECONDS, limit: LOOKED_AT });
  for (const { workflowId, work } of overdue) {
    const waits = stillWaits(temporal, { workflowId, activityId: work });
    if (!(await waits)) await endWaiting(database, { workflowId, work });
  }
}

/**
 * Sees what holds work up for longer than a blip, by cause, and tells support of each once. When the mail service is
 * what is away, support is told as soon as it works again.
 */
export async function tellOfOutages(
  deps: Pick<TellingDeps, 'database' | 'temporal' | 'tellSupport' | 'logger'>,
  { openAfterSeconds }: { readonly openAfterSeconds: number },
): Promise<number> {
  const { database, temporal, tellSupport, logger } = deps;
  await temporal
    .withDeadline(Date.now() + ANSWER_WITHIN_MS, () => forgetAbandoned(deps))
    .catch((error: unknown) => {
      logger.debug({ err: error }, 'nobody knows whether work still waits');
    });
  await followWaitingWork(database, openAfterSeconds);
  const untold = await unannouncedOutages(database);
  for (const outage of untold) {
    // Marked first: a process that dies in between must not tell it twice.
    if (!(await markAnnounced(database, outage.outageId, true))) continue;
    try {
      await tellSupport(toTell(outage));
    } catch (error) {
      await markAnnounced(database, outage.outageId, false);
      logger.warn({ err: error, outage: outage.waitsFor }, 'support could not be told of an outage yet');
    }
  }
  return untold.length;
}

export const sweepOutages: Sweeper<TellingDeps> = (deps) =>
  tellOfOutages(deps, { openAfterSeconds: OPEN_AFTER_SECONDS });
