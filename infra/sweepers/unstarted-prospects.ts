import { findUnstartedProspects } from '../db/repositories/prospects.ts';
import { startProspect } from '../temporal/start-prospect.ts';
import type { Sweeper } from './sweeper.ts';

const BATCH = 50;
/** Whoever stored them is given this long to start them. */
const AGE_SECONDS = 5;

/** Starts prospects that were stored and whose workflow was not started. */
export const sweepUnstartedProspects: Sweeper = async ({ database, temporal }) => {
  const waiting = await findUnstartedProspects(database, { ageSeconds: AGE_SECONDS, limit: BATCH });
  for (const prospect of waiting) await startProspect({ database, temporal }, prospect);
  return waiting.length;
};
