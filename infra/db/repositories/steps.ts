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

export interface StepRun {
  readonly state: 'running' | 'done' | 'failed';
  readonly attempt: number;
  readonly inputHash: string;
  readonly error?: StepError;
}

export interface StepUndo {
  readonly state: 'undoing' | 'undone' | 'undo_failed';
  readonly attempt: number;
  readonly error?: StepError;
}

/**
 * Writes what happened to a step. An attempt older than the one recorded changes nothing: it is a zombie that goes on
 * running after its time-out (reliability T7).
 */
export async function recordStepRun(db: Queryable, key: StepKey, run: StepRun): Promise<void> {
  const values = {
    state: run.state,
    attempts: run.attempt,
    inputHash: run.inputHash,
    errorType: run.error?.type ?? null,
    errorMessage: run.error?.message ?? null,
    endedAt: run.state === 'running' ? null : sql<Date>`now()`,
  };
  await db
    .insertInto('onboardingSteps')
    .values({ ...key, ...values, startedAt: sql`now()` })
    .onConflict((conflict) =>
      conflict
        .columns(['customerId', 'step', 'epoch'])
        .doUpdateSet({ ...values, updatedAt: sql`now()` })
        .where('onboardingSteps.attempts', '<=', run.attempt)
        .where('onboardingSteps.undoState', 'is', null),
    )
    .execute();
}

/** Writes how far the taking back of a step is. A failed step stays `failed`: that is why it was taken back. */
export async function recordStepUndo(db: Queryable, key: StepKey, undo: StepUndo): Promise<void> {
  const error = undo.error && { errorType: undo.error.type, errorMessage: undo.error.message };
  await db
    .insertInto('onboardingSteps')
    .values({ ...key, ...error, state: undo.state, undoState: undo.state, undoAttempts: undo.attempt })
    .onConflict((conflict) =>
      conflict
        .columns(['customerId', 'step', 'epoch'])
        .doUpdateSet({
          ...error,
          state: sql`case when onboarding_steps.state = 'failed' then 'failed' else ${undo.state} end`,
          undoState: undo.state,
          undoAttempts: undo.attempt,
          updatedAt: sql`now()`,
        })
        .where('onboardingSteps.undoAttempts', '<=', undo.attempt),
    )
    .execute();
}

export interface StepSummary {
  readonly step: string;
  readonly epoch: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'undone' | 'undo_failed';
  readonly errorType?: string;
}

/** Brings the newest epoch of each step in line with what the workflow knows: it alone knows what was accepted. */
export async function reconcileSteps(
  db: Queryable,
  customerId: string,
  generation: number,
  steps: readonly StepSummary[],
): Promise<void> {
  for (const { step, epoch, state, errorType = null } of steps)
    await db
      .insertInto('onboardingSteps')
      .values({ customerId, step, epoch, generation, state, errorType })
      .onConflict((conflict) =>
        conflict.columns(['customerId', 'step', 'epoch']).doUpdateSet({
          generation,
          state,
          errorType: sql`coalesce(${errorType}, onboarding_steps.error_type)`,
          updatedAt: sql`now()`,
        }),
      )
      .execute();
}

/** Steps whose newest epoch failed, with the type of the failure. */
export async function failedSteps(
  db: Queryable,
  customerId: string,
): Promise<readonly { readonly step: string; readonly errorType: string }[]> {
  const { rows } = await sql<{ readonly step: string; readonly errorType: string }>`
    select step, coalesce(error_type, 'Unknown') as "errorType" from (
      select distinct on (step) step, state, error_type from onboarding_steps
      where customer_id = ${customerId} order by step, epoch desc) newest
    where state in ('failed', 'undo_failed') order by step`.execute(db);
  return rows;
}
