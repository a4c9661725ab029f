import { takeUntried } from '../db/repositories/emails.ts';
import { startOwedMail } from '../temporal/start-owed-mail.ts';
import type { Sweeper } from './sweeper.ts';

const BATCH = 50;
/** Whoever owes a mail is given this long to have it sent; one that stays untried is taken up again as much later. */
const AGE_SECONDS = 30;

/** Has mails sent that are owed and that nobody has tried to send: Temporal was away, or whoever owed them died then. */
export const sweepUntriedMails: Sweeper = async ({ database, temporal }) => {
  const untried = await takeUntried(database, { ageSeconds: AGE_SECONDS, limit: BATCH });
  for (const mail of untried) await startOwedMail(temporal, mail);
  return untried.length;
};
