import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/** What is kept for a number of days once it is over, and the column that says since when. What is not over has none. */
const ENDINGS = {
  stripeEvents: ['stripe_events', 'done_at'],
  stepAttempts: ['onboarding_step_attempts', 'ended_at'],
  mails: ['emails', 'sent_at'],
  alerts: ['alerts', 'resolved_at'],
  outages: ['outages', 'resolved_at'],
  hostNames: ['freed_slugs', 'freed_at'],
} as const;

type Kept = keyof typeof ENDINGS;
/** In days. */
export type Retention = Readonly<Record<Kept, number>>;

/** One statement stays short, however much there is to delete. */
const BATCH = 5_000;

/** Deletes what was over longer ago than it is kept. Idempotent. */
async function forgetWhatIsOver(db: Queryable, kept: Kept, days: number): Promise<void> {
  const [table, ending] = ENDINGS[kept];
  let deleted = BATCH;
  while (deleted === BATCH) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where ctid = any(array(
        select ctid from ${sql.table(table)}
        where ${sql.ref(ending)} < now() - make_interval(days => ${days}) limit ${BATCH}))`.execute(db);
    deleted = Number(numAffectedRows);
  }
}

export async function forgetAllThatIsOver(db: Queryable, retention: Retention): Promise<void> {
  for (const [kept, days] of Object.entries(retention)) await forgetWhatIsOver(db, kept as Kept, days);
}
