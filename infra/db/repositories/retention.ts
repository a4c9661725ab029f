import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/** What is kept for a number of days once it is over, and since when it is. What is not over has no such instant. */
const ENDINGS = {
  // What nobody took up by then is past mending: Stripe has forgotten it too.
  stripeEvents: ['stripe_events', sql`case state when 'parked' then received_at else done_at end`],
  stepAttempts: ['onboarding_step_attempts', sql`ended_at`],
  // The record of a mail is what keeps it from being sent again, for as long as its customer stays.
  mails: [
    'emails',
    sql`(select greatest(claimed_at, sent_at, c.ended_at) from customers c
      where c.customer_id = emails.customer_id and c.ended_at is not null)`,
  ],
  alerts: ['alerts', sql`resolved_at`],
  outages: ['outages', sql`resolved_at`],
  hostNames: ['freed_slugs', sql`freed_at`],
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
        where ${ending} < now() - make_interval(days => ${days}) limit ${BATCH}))`.execute(db);
    deleted = Number(numAffectedRows);
  }
}

export async function forgetAllThatIsOver(db: Queryable, retention: Retention): Promise<void> {
  for (const [kept, days] of Object.entries(retention)) await forgetWhatIsOver(db, kept as Kept, days);
}
