import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/** A row of the step ledger: one step of one customer, in one epoch (a replay begins a new one). */
export interface StepKey {
  readonly customerId: string;
  readonly step: string;
  readonly epoch: number;
}

interface StepError {
  readonly type: string;
  readonly message: string;
}

/** Which try of Temporal writes: when the activity was scheduled, by Temporal's clock, and its attempt since. */
export interface Attempt {
  readonly scheduledAt: Date;
  readonly attempt: number;
  readonly error?: StepError;
}

export interface StepRun extends Attempt {
  readonly state: 'running' | 'done' | 'failed';
  readonly inputHash: string;
  /** Ids and versions only. */
  readonly output?: Readonly<Record<string, string | number>>;
}

export interface StepUndo extends Attempt {
  readonly state: 'undoing' | 'undone' | 'undo_failed';
}

interface AttemptEntry extends Attempt {
  readonly key: StepKey;
  readonly direction: 'run' | 'undo';
  readonly state: 'running' | 'done' | 'failed';
}

const endOf = (state: AttemptEntry['state']) => (state === 'running' ? null : sql<Date>`now()`);

/** An attempt that is still open when the next one begins never reported its end. */
async function recordAttempt(db: Queryable, entry: AttemptEntry): Promise<void> {
  const { key, direction, scheduledAt, attempt, state, error } = entry;
  const now = { state, errorType: error?.type ?? null, errorMessage: error?.message ?? null, endedAt: endOf(state) };
  await loseOpenAttempts(db, key);
  await db
    .insertInto('onboardingStepAttempts')
    .values({ ...key, direction, scheduledAt, attempt, ...now })
    .onConflict((conflict) =>
      conflict.columns(['customerId', 'step', 'epoch', 'direction', 'scheduledAt', 'attempt']).doUpdateSet(now),
    )
    .execute();
}

async function loseOpenAttempts(db: Queryable, { customerId, step, epoch }: StepKey): Promise<void> {
  await db
    .updateTable('onboardingStepAttempts')
    .set({ state: 'lost', endedAt: sql`now()` })
    .where('customerId', '=', customerId)
    .where('step', '=', step)
    .where('epoch', '=', epoch)
    .where('endedAt', 'is', null)
    .execute();
}

/** Newer than what was written, or the same try of the activity at the same or a later attempt. */
const mayWrite = (column: 'attempts' | 'undo_attempts', { scheduledAt, attempt }: Attempt) =>
  sql<boolean>`(onboarding_steps.fenced_at is null or onboarding_steps.fenced_at < ${scheduledAt}
    or (onboarding_steps.fenced_at = ${scheduledAt} and onboarding_steps.${sql.ref(column)} <= ${attempt}))`;

/**
 * Writes what happened to a step. An attempt that was overtaken, by a later attempt, by the step's undo or by what the
 * workflow accepted, changes nothing: it is a zombie that runs on after its timeout.
 */
export async function recordStepRun(db: Queryable, key: StepKey, run: StepRun): Promise<void> {
  const { state, attempt: attempts, inputHash, output, error, scheduledAt: fencedAt } = run;
  const values = {
    ...{ state, attempts, inputHash, fencedAt, errorType: error?.type ?? null, errorMessage: error?.message ?? null },
    endedAt: endOf(state),
    ...(output && { output: JSON.stringify(output) }),
  };
  await inTransaction(db, async (tx) => {
    const written = await tx
      .insertInto('onboardingSteps')
      .values({ ...key, ...values, startedAt: sql`now()` })
      .onConflict((conflict) =>
        conflict
          .columns(['customerId', 'step', 'epoch'])
          .doUpdateSet({
            ...values,
            startedAt: sql`coalesce(onboarding_steps.started_at, now())`,
            updatedAt: sql`now()`,
          })
          .where(mayWrite('attempts', run)),
      )
      .executeTakeFirst();
    if (written.numInsertedOrUpdatedRows === 1n) await recordAttempt(tx, { ...run, key, direction: 'run' });
  });
}

const UNDO_ATTEMPT = { undoing: 'running', undone: 'done', undo_failed: 'failed' } as const;

/** Writes the progress of a step's undo. A failed step stays `failed`: that is why it was undone. */
export async function recordStepUndo(db: Queryable, key: StepKey, undo: StepUndo): Promise<void> {
  const { state, attempt, scheduledAt: fencedAt } = undo;
  const error = undo.error && { errorType: undo.error.type, errorMessage: undo.error.message };
  const values = { ...error, fencedAt, undoState: state, undoAttempts: attempt };
  await inTransaction(db, async (tx) => {
    const written = await tx
      .insertInto('onboardingSteps')
      .values({ ...key, ...values, state })
      .onConflict((conflict) =>
        conflict
          .columns(['customerId', 'step', 'epoch'])
          .doUpdateSet({
            ...values,
            state: sql`case when onboarding_steps.state = 'failed' then 'failed' else ${state} end`,
            updatedAt: sql`now()`,
          })
          .where(mayWrite('undo_attempts', undo)),
      )
      .executeTakeFirst();
    const entry = { ...undo, key, direction: 'undo', state: UNDO_ATTEMPT[state] } as const;
    if (written.numInsertedOrUpdatedRows === 1n) await recordAttempt(tx, entry);
  });
}

type Tries = StepKey & Pick<AttemptEntry, 'direction'>;

/** Those of a step since it was scheduled that ended so. */
const countTries = (
  db: Pick<Queryable, 'selectFrom'>,
  { customerId, step, epoch, direction }: Tries,
  { since, state }: { readonly since: Date; readonly state: 'failed' | 'lost' },
) =>
  db
    .selectFrom('onboardingStepAttempts')
    .select(({ fn }) => fn.countAll<number>().as('tries'))
    .where('onboardingStepAttempts.customerId', '=', customerId)
    .where('step', '=', step)
    .where('epoch', '=', epoch)
    .where('direction', '=', direction)
    .where('scheduledAt', '>=', since)
    .where('onboardingStepAttempts.state', '=', state);

/** How many tries of a step, since it was scheduled, ended with their worker. */
export async function countLostTries(db: Queryable, of: Tries, since: Date): Promise<number> {
  return (await countTries(db, of, { since, state: 'lost' }).executeTakeFirstOrThrow()).tries;
}

/** How often a step was tried and failed since, and how often its terms let it be tried. */
export async function countFailedTries(
  db: Queryable,
  of: Tries,
  { since, except }: { readonly since: Date; readonly except: readonly string[] },
): Promise<{ readonly failed: number; readonly allowed: number }> {
  const failed = countTries(db, of, { since, state: 'failed' })
    .where(sql<boolean>`coalesce(error_type, '') <> all(${except})`)
    .as('failed');
  return db
    .selectFrom('customers')
    .where('customers.customerId', '=', of.customerId)
    .select([sql<number>`(terms -> 'retry' ->> 'attempts')::int`.as('allowed'), failed])
    .executeTakeFirstOrThrow() as Promise<{ failed: number; allowed: number }>;
}

const inTransaction = async (db: Queryable, work: (tx: Queryable) => Promise<void>): Promise<void> =>
  db.isTransaction ? work(db) : db.transaction().execute(work);

export interface StepSummary {
  readonly step: string;
  readonly epoch: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'undone' | 'undo_failed' | 'skipped';
  readonly errorType?: string;
}

/** What a workflow knows of its steps, and since when, by Temporal's clock. */
export interface Reconciliation {
  readonly customerId: string;
  readonly generation: number;
  readonly steps: readonly StepSummary[];
  readonly scheduledAt: Date;
  /** The order that began the epochs of these steps. */
  readonly replay?: { readonly auditId: number; readonly steps: readonly string[] } | undefined;
}

/** Brings the newest epoch of each step in line with what the workflow knows: it alone knows what was accepted. */
export async function reconcileSteps(db: Queryable, reconciliation: Reconciliation): Promise<void> {
  const { customerId, generation, steps, scheduledAt, replay } = reconciliation;
  for (const { step, epoch, state, errorType = null } of steps) {
    const replayedBy = replay?.steps.includes(step) === true ? { replayedBy: replay.auditId } : {};
    await db
      .insertInto('onboardingSteps')
      .values({ customerId, step, epoch, generation, state, errorType, fencedAt: scheduledAt, ...replayedBy })
      .onConflict((conflict) =>
        conflict.columns(['customerId', 'step', 'epoch']).doUpdateSet({
          ...{ generation, state, ...replayedBy },
          errorType: sql`coalesce(${errorType}, onboarding_steps.error_type)`,
          undoState: sql`case when onboarding_steps.undo_state is not null and ${state} in ('undone', 'undo_failed')
            then ${state} else onboarding_steps.undo_state end`,
          fencedAt: sql`greatest(onboarding_steps.fenced_at, ${scheduledAt})`,
          updatedAt: sql`now()`,
        }),
      )
      .execute();
    await loseOpenAttempts(db, { customerId, step, epoch });
  }
}

interface FailedStep {
  readonly step: string;
  readonly errorType: string;
  readonly errorMessage: string | null;
}

/** Steps whose newest epoch failed, with the type of the failure. */
export async function failedSteps(db: Queryable, customerId: string): Promise<readonly FailedStep[]> {
  const { rows } = await sql<FailedStep>`
    select step, coalesce(error_type, 'Unknown') as "errorType", error_message as "errorMessage" from (
      select distinct on (step) step, state, error_type, error_message from onboarding_steps
      where customer_id = ${customerId} order by step, epoch desc) newest
    where state in ('failed', 'undo_failed') order by step`.execute(db);
  return rows;
}
