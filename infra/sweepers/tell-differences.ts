import {
  COUNTS_AFTER_SECONDS,
  followDifferences,
  listDifferences,
  takeUnannouncedDifferences,
  unmarkAnnounced,
} from '../db/repositories/differences.ts';
import { adviceOn } from '../../workflows/domain/difference-meanings.ts';
import type { Sweeper, TellingDeps } from './sweeper.ts';

/** As many as a mail names; the console and the command line have all. */
const NAMED = 20;

/**
 * Tells support of each kind and cause of difference that has lasted, product by product, once, with the customers it
 * holds; and again when it holds more.
 */
export async function tellOfDifferences(
  { database, tellOfDifference, logger }: Pick<TellingDeps, 'database' | 'tellOfDifference' | 'logger'>,
  { afterSeconds }: { readonly afterSeconds: number },
): Promise<number> {
  await followDifferences(database, afterSeconds);
  // Marked as told first: a process that dies in between must not tell it twice.
  const untold = await takeUnannouncedDifferences(database, afterSeconds);
  for (const alert of untold) {
    const { kind, cause, profile } = alert;
    const named = await listDifferences(database, { kinds: [kind], cause, profile, limit: NAMED, afterSeconds });
    try {
      await tellOfDifference({ ...alert, ...adviceOn(alert), named });
    } catch (error) {
      await unmarkAnnounced(database, alert);
      logger.warn({ err: error, difference: kind }, 'support could not be told of a difference yet');
    }
  }
  return untold.length;
}

export const sweepDifferences: Sweeper<TellingDeps> = (deps) =>
  tellOfDifferences(deps, { afterSeconds: COUNTS_AFTER_SECONDS });
