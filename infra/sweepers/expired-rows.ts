import { forgetOldPreviews } from '../db/repositories/corrections.ts';
import { forgetOldLinks } from '../db/repositories/one-time-links.ts';
import { forgetOldBuckets } from '../db/repositories/rate-limits.ts';
import { forgetAllThatIsOver } from '../db/repositories/retention.ts';
import { deleteExpiredSessions } from '../db/repositories/sessions.ts';
import { forgetOldDevices } from '../db/repositories/trusted-devices.ts';
import type { KeepingDeps, Sweeper } from './sweeper.ts';

/** Rows that only mattered for a while, like sessions and rate limits, and records that were kept as long as ordered. */
export const sweepExpiredRows: Sweeper<KeepingDeps> = async ({ database, retention }) => {
  await deleteExpiredSessions(database);
  await forgetOldBuckets(database);
  await forgetOldLinks(database);
  await forgetOldDevices(database);
  await forgetOldPreviews(database);
  await forgetAllThatIsOver(database, retention);
  return 0;
};
