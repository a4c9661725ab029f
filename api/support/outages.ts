import { listOutages, type Outage } from '../../infra/db/repositories/outages.ts';
import { heldUp, waitingByCause, type HeldWork, type Waiting } from '../../infra/db/repositories/waiting-work.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import type { AppDeps } from '../http/deps.ts';

/** How many are named of each; the rest are only counted. */
const NAMED = 25;

export interface OutageShown extends Outage {
  readonly cause: string;
  readonly suggestedFix: string;
  /** The work that is held up now; undefined when there is none, or the outage is over. */
  readonly waiting: Waiting | undefined;
  /** The customers who are held up now, the longest first. */
  readonly held: readonly HeldWork[];
}

/** The current outages with the customers they hold up, and the newest past ones. */
export async function showOutages({ database }: AppDeps): Promise<readonly OutageShown[]> {
  const [outages, waiting, held] = await Promise.all([
    listOutages(database),
    waitingByCause(database),
    heldUp(database, NAMED),
  ]);
  return outages.map((outage) => {
    const { cause, suggestedFix } = diagnose(outage.errorType);
    const holds = ({ waitsFor }: { readonly waitsFor: string }): boolean =>
      outage.resolvedAt === null && waitsFor === outage.waitsFor;
    return { ...outage, cause, suggestedFix, waiting: waiting.find(holds), held: held.filter(holds) };
  });
}
