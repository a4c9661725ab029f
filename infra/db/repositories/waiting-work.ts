import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

interface WorkKey {
  readonly workflowId: string;
  /** The id of the activity, or the duty of a phase. */
  readonly work: string;
}

export interface WaitingWork extends WorkKey {
  /** Null for work that is no one customer's. */
  readonly customerId: string | null;
  readonly errorType: string;
  /** What has to work again: a `Dependency`. */
  readonly waitsFor: string;
  readonly since: Date;
  readonly attempts: number;
  readonly nextTryAt: Date;
}

/** Notes that the work is being retried; a later try of the same work brings the row up to date. */
export async function noteWaiting(db: Queryable, work: WaitingWork): Promise<void> {
  const { errorType, waitsFor, attempts, nextTryAt } = work;
  const now = { errorType, waitsFor, attempts, nextTryAt, lastTriedAt: sql<Date>`now()` };
  await db
    .insertInto('waitingWork')
    .values({ ...work, ...now })
    .onConflict((conflict) => conflict.columns(['workflowId', 'work']).doUpdateSet(now))
    .execute();
}

/** Forgets it: the work was done, or it failed for a reason of its own. */
export async function endWaiting(db: Queryable, { workflowId, work }: WorkKey): Promise<void> {
  await db.deleteFrom('waitingWork').where('workflowId', '=', workflowId).where('work', '=', work).execute();
}

/** Forgets work that nobody retries any more: its workflow was cancelled or terminated while it waited. */
export async function forgetAbandonedWork(db: Queryable, afterSeconds: number): Promise<void> {
  await db
    .deleteFrom('waitingWork')
    .where('nextTryAt', '<', sql<Date>`now() - make_interval(secs => ${afterSeconds})`)
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
