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
