import { forgetOldPreviews } from '../db/repositories/corrections.ts';
import { forgetOldLinks } from '../db/repositories/one-time-links.ts';
import { forgetOldBuckets } from '../db/repositories/rate-limits.ts';
import { deleteExpiredSessions } from '../db/repositories/sessions.ts';
import type { Sweeper } from './sweeper.ts';

/** Rows that only mattered for a while: sessions, rate limits, one-time links, corrections of dry runs. */
export const sweepExpiredRows: Sweeper = async ({ database }) => {
  await deleteExpiredSessions(database);
  await forgetOldBuckets(database);
  await forgetOldLinks(database);
  await forgetOldPreviews(database);
  return 0;
};
