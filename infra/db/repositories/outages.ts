import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface Outage {
  readonly outageId: string;
  /** What was unavailable: a `Dependency`. */
  readonly waitsFor: string;
  /** The newest failure it was seen by. */
  readonly errorType: string;
  readonly since: Date;
  /** How many customers it held up at most. */
  readonly customers: number;
  readonly resolvedAt: Date | null;
}

const COLUMNS = ['outageId', 'waitsFor', 'errorType', 'since', 'customers', 'resolvedAt'] as const;

/** Several polling intervals. An outage that nobody has seen for this long is over. */
const UNSEEN_SECONDS = 60;

/**
 * Opens an outage for each cause that has held work up for so long, and brings those that are open up to date: who is
 * held up, and that it is over when nobody is and nobody sees it.
 */
export async function followWaitingWork(db: Queryable, openAfterSeconds: number): Promise<void> {
  await sql`
    insert into outages (waits_for, error_type, since, customers)
    select waits_for, (array_agg(error_type order by last_tried_at desc))[1], min(since), count(distinct customer_id)
    from waiting_work group by waits_for
    having min(since) < now() - make_interval(secs => ${openAfterSeconds})
    on conflict (waits_for) where resolved_at is null do update
      set error_type = excluded.error_type, customers = greatest(outages.customers, excluded.customers)`.execute(db);
  await sql`
    update outages set resolved_at = now()
    where resolved_at is null and (seen_at is null or seen_at < now() - make_interval(secs => ${UNSEEN_SECONDS}))
      and not exists (select from waiting_work where waiting_work.waits_for = outages.waits_for)`.execute(db);
}

interface SeenOutage {
  readonly waitsFor: string;
  readonly errorType: string;
  readonly since: Date;
  /** Support was already told, while nothing could be recorded. */
  readonly alertedAt?: Date;
}

/** Opens an outage that was seen directly, by somebody who looks at the dependency itself, or sees it again. */
export async function openOutage(db: Queryable, seen: SeenOutage): Promise<void> {
  const { alertedAt = null } = seen;
  await db
    .insertInto('outages')
    .values({ ...seen, alertedAt, seenAt: sql`now()` })
    .onConflict((conflict) =>
      conflict
        .column('waitsFor')
        .where('resolvedAt', 'is', null)
        .doUpdateSet({ seenAt: sql`now()`, alertedAt: sql`coalesce(outages.alerted_at, excluded.alerted_at)` }),
    )
    .execute();
}

/**
 * The outages that support was not told about yet, including past ones, because the mail service may have been down.
 */
export async function unannouncedOutages(db: Queryable): Promise<readonly Outage[]> {
  return db.selectFrom('outages').select(COLUMNS).where('alertedAt', 'is', null).orderBy('since').execute();
}

/**
 * Records that support is told, or undoes that because it failed. @returns false when that was already so: another
 * process tells it
 */
export async function markAnnounced(db: Queryable, outageId: string, announced: boolean): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('outages')
    .set({ alertedAt: announced ? sql<Date>`now()` : null })
    .where('outageId', '=', outageId)
    .where('alertedAt', announced ? 'is' : 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Those that hold work up now, the longest first. */
export const openOutages = (db: Queryable): Promise<readonly Outage[]> =>
  db.selectFrom('outages').select(COLUMNS).where('resolvedAt', 'is', null).orderBy('since').execute();

/** The newest outages, open ones first. */
export async function listOutages(db: Queryable, limit = 20): Promise<readonly Outage[]> {
  return db
    .selectFrom('outages')
    .select(COLUMNS)
    .orderBy(sql`resolved_at is not null`)
    .orderBy('openedAt', 'desc')
    .limit(limit)
    .execute();
}
