import { sql } from 'kysely';
import type { BatchOutcome } from '../../../workflows/domain/replay-batch.ts';
import type { Queryable } from '../database.ts';

/** Which parked customers a batch takes. Several conditions narrow it. */
export interface BatchFilter {
  readonly customerIds?: readonly string[];
  readonly failedStep?: string;
  readonly errorType?: string;
  /** Parked since then or later. */
  readonly since?: string;
}

export interface NewBatch {
  readonly actor: string;
  readonly reason: string;
  readonly filter: BatchFilter;
  readonly concurrency: number;
  readonly maxFailureRate: number;
}

/** Stores a batch with the customers it takes, all of them parked onboardings. @returns its id and how many they are */
export async function createBatch(
  db: Queryable,
  { actor, reason, filter, concurrency, maxFailureRate }: NewBatch,
): Promise<{ readonly batchId: string; readonly customers: number }> {
  const { batchId } = await db
    .insertInto('replayBatches')
    .values({ actor, reason, concurrency, maxFailureRate, filter: JSON.stringify(filter) })
    .returning('batchId')
    .executeTakeFirstOrThrow();
  const { customerIds = null, failedStep = null, errorType = null, since = null } = filter;
  const taken = await sql`
    insert into replay_batch_items (batch_id, customer_id)
    select ${batchId}, c.customer_id from customers c
    where c.phase = 'onboarding' and c.standing = 'failed' and c.attention is not null
      and (${customerIds}::text[] is null or c.customer_id = any(${customerIds}::text[]))
      and (${failedStep}::text is null or ${failedStep}::text = any(string_to_array(c.attention, ',')))
      and exists (
        select 1 from (
          select distinct on (step) step, state, error_type, updated_at from onboarding_steps
          where customer_id = c.customer_id order by step, epoch desc) s
        where s.state in ('failed', 'undo_failed')
          and (${failedStep}::text is null or s.step = ${failedStep}::text)
          and (${errorType}::text is null or s.error_type = ${errorType}::text)
          and (${since}::timestamptz is null or s.updated_at >= ${since}::timestamptz))`.execute(db);
  return { batchId, customers: Number(taken.numAffectedRows ?? 0n) };
}

/** Takes the next customer, or the one this claimant has already. One statement: no two lanes take the same one. */
export async function claimItem(db: Queryable, batchId: string, claimant: string): Promise<string | undefined> {
  const mine = await db
    .selectFrom('replayBatchItems')
    .select('customerId')
    .where('batchId', '=', batchId)
    .where('claimedBy', '=', claimant)
    .where('state', '=', 'running')
    .executeTakeFirst();
  if (mine) return mine.customerId;
  const { rows } = await sql<{ readonly customerId: string }>`
    update replay_batch_items set state = 'running', claimed_by = ${claimant}, started_at = now()
    where (batch_id, customer_id) in (
      select batch_id, customer_id from replay_batch_items
      where batch_id = ${batchId} and state = 'pending' order by customer_id limit 1 for update skip locked)
    returning customer_id`.execute(db);
  return rows[0]?.customerId;
}

export async function recordOutcome(
  db: Queryable,
  key: { readonly batchId: string; readonly customerId: string },
  outcome: { readonly state: BatchOutcome; readonly errorType?: string; readonly note?: string },
): Promise<void> {
  await db
    .updateTable('replayBatchItems')
    .set({
      state: outcome.state,
      errorType: outcome.errorType ?? null,
      note: outcome.note ?? null,
      endedAt: sql<Date>`now()`,
    })
    .where('batchId', '=', key.batchId)
    .where('customerId', '=', key.customerId)
    .execute();
}

type BatchState = 'running' | 'paused' | 'cancelled' | 'stopped' | 'done';

/** Records the state; an end leaves what was not begun `skipped`, and what was begun by a workflow that is gone `unknown`. */
export async function recordBatchState(db: Queryable, batchId: string, state: BatchState): Promise<void> {
  const over = state !== 'running' && state !== 'paused';
  await db
    .updateTable('replayBatches')
    .set({ state, endedAt: over ? sql<Date>`now()` : null })
    .where('batchId', '=', batchId)
    // A batch that ended while an order was on its way stays ended.
    .where('endedAt', 'is', null)
    .execute();
  if (!over) return;
  await db
    .updateTable('replayBatchItems')
    .set({ state: sql`case state when 'pending' then 'skipped' else 'unknown' end` })
    .where('batchId', '=', batchId)
    .where('state', 'in', ['pending', 'running'])
    .execute();
}

/** Batches that have not ended, the oldest first, without those that were stored just now. */
export async function openBatches(
  db: Queryable,
  { ageSeconds, limit }: { readonly ageSeconds: number; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('replayBatches')
    .select('batchId')
    .where('endedAt', 'is', null)
    .where('createdAt', '<', sql<Date>`now() - make_interval(secs => ${ageSeconds})`)
    .orderBy('createdAt')
    .limit(limit)
    .execute();
  return rows.map(({ batchId }) => batchId);
}

export async function findBatch(db: Queryable, batchId: string) {
  return db.selectFrom('replayBatches').selectAll().where('batchId', '=', batchId).executeTakeFirst();
}

/** A result per customer, for the page and the download. Names are read now: a batch keeps none. */
export async function listItems(db: Queryable, batchId: string) {
  return db
    .selectFrom('replayBatchItems as i')
    .innerJoin('customers as c', 'c.customerId', 'i.customerId')
    .select(['i.customerId', 'c.companyName', 'i.state', 'i.errorType', 'i.note', 'i.startedAt', 'i.endedAt'])
    .where('i.batchId', '=', batchId)
    .orderBy('i.customerId')
    .execute();
}

/** The newest batches, with how many of their customers are in each state. */
export async function listBatches(db: Queryable, limit: number) {
  const batches = await db.selectFrom('replayBatches').selectAll().orderBy('createdAt', 'desc').limit(limit).execute();
  if (batches.length === 0) return [];
  const ids = batches.map(({ batchId }) => batchId);
  const counted = await db
    .selectFrom('replayBatchItems')
    .select(['batchId', 'state', sql<number>`count(*)`.as('count')])
    .where('batchId', 'in', ids)
    .groupBy(['batchId', 'state'])
    .execute();
  return batches.map((batch) => {
    const own = counted.filter(({ batchId }) => batchId === batch.batchId);
    return { batch, counts: Object.fromEntries(own.map(({ state, count }) => [state, count])) };
  });
}
