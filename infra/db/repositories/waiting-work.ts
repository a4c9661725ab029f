import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface WorkKey {
  readonly workflowId: string;
  /** The id of the activity, or the duty of a phase. */
  readonly work: string;
}

export interface WaitingWork extends WorkKey {
  /** Null for work that is about no customer in particular. */
  readonly customerId: string | null;
  readonly errorType: string;
  /** What has to work again: a `Dependency`. */
  readonly waitsFor: string;
  readonly lastingMs: number;
  readonly attempts: number;
  readonly nextTryInMs: number;
}

/**
 * Notes that the work is being retried; a later try of the same work brings the row up to date. Its instants are those of
 * Postgres, with which they are compared: the clock of a worker may be another.
 */
export async function noteWaiting(db: Queryable, { lastingMs, nextTryInMs, ...work }: WaitingWork): Promise<void> {
  const { errorType, waitsFor, attempts } = work;
  const nextTryAt = sql<Date>`now() + make_interval(secs => ${nextTryInMs / 1_000})`;
  const since = sql<Date>`now() - make_interval(secs => ${Math.max(lastingMs, 0) / 1_000})`;
  const now = { errorType, waitsFor, attempts, nextTryAt, lastTriedAt: sql<Date>`now()` };
  await db
    .insertInto('waitingWork')
    .values({ ...work, since, ...now })
    .onConflict((conflict) => conflict.columns(['workflowId', 'work']).doUpdateSet(now))
    .execute();
}

/** Deletes it: the work was done, or it failed for a reason of its own. */
export async function endWaiting(db: Queryable, { workflowId, work }: WorkKey): Promise<void> {
  await db.deleteFrom('waitingWork').where('workflowId', '=', workflowId).where('work', '=', work).execute();
}

/** Work that was to be tried so long ago and was not, some of it at a time. */
export async function overdueWork(
  db: Queryable,
  { afterSeconds, limit }: { readonly afterSeconds: number; readonly limit: number },
): Promise<readonly WorkKey[]> {
  return db
    .selectFrom('waitingWork')
    .select(['workflowId', 'work'])
    .where('nextTryAt', '<', sql<Date>`now() - make_interval(secs => ${afterSeconds})`)
    .orderBy(sql`random()`)
    .limit(limit)
    .execute();
}

/** Workflows with work that waits for that reason, those looked at longest ago first. */
export async function workflowsThatWaitBy(db: Queryable, errorType: string, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('waitingWork')
    .select('workflowId')
    .where('errorType', '=', errorType)
    .orderBy('lastTriedAt')
    .limit(limit)
    .execute();
  return rows.map(({ workflowId }) => workflowId);
}

/** Forgets what waited for that reason in that workflow and is not among these. */
export async function forgetOtherWork(
  db: Queryable,
  { workflowId, errorType, works }: Pick<WaitingWork, 'workflowId' | 'errorType'> & { readonly works: string[] },
): Promise<void> {
  await db
    .deleteFrom('waitingWork')
    .where('workflowId', '=', workflowId)
    .where('errorType', '=', errorType)
    .where(sql<boolean>`work <> all(${works}::text[])`)
    .execute();
}

export interface WaitingFor {
  readonly waitsFor: string;
  readonly errorType: string;
  readonly since: Date;
  readonly nextTryAt: Date;
}

/** What a customer's work waits for, the longest first. */
export async function waitingOf(db: Queryable, customerId: string): Promise<readonly WaitingFor[]> {
  return db
    .selectFrom('waitingWork')
    .select(['waitsFor', 'errorType', 'since', 'nextTryAt'])
    .where('customerId', '=', customerId)
    .orderBy('since')
    .execute();
}

/** A customer's work that an outage holds up now. */
export interface HeldWork {
  readonly waitsFor: string;
  readonly customerId: string;
  readonly companyName: string | null;
  readonly since: Date;
  readonly attempts: number;
  readonly nextTryAt: Date;
}

/** Whom each cause holds up now, those who have waited longest first, at most so many of each. */
export async function heldUp(db: Queryable, mostOfEach: number): Promise<readonly HeldWork[]> {
  const { rows } = await sql<HeldWork>`
    select waits_for, customer_id, company_name, since, attempts, next_try_at from (
      select waits_for, customer_id, company_name, min(since) as since, max(attempts) as attempts,
        min(next_try_at) as next_try_at,
        row_number() over (partition by waits_for order by min(since), customer_id) as place
      from waiting_work join customers using (customer_id)
      group by waits_for, customer_id, company_name) held
    where place <= ${mostOfEach} order by waits_for, place`.execute(db);
  return rows;
}

/** How the work of each cause is getting on, that which is no one customer's too. */
export interface Waiting {
  readonly waitsFor: string;
  readonly customers: number;
  /** Of the work that was tried most often. */
  readonly attempts: number;
  readonly nextTryAt: Date;
}

export async function waitingByCause(db: Queryable): Promise<readonly Waiting[]> {
  const { rows } = await sql<Waiting>`
    select waits_for, count(distinct customer_id)::int as customers, max(attempts) as attempts,
      min(next_try_at) as next_try_at
    from waiting_work group by waits_for`.execute(db);
  return rows;
}
