import { createHash } from 'node:crypto';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Database } from '../../infra/db/database.ts';
import { recordStepRun, recordStepUndo, type StepKey, type StepRun } from '../../infra/db/repositories/steps.ts';
import { refuseDeadly } from './deadly-steps.ts';
import { asTypedFailure } from './typed-failure.ts';

export interface StepActivity extends StepKey {
  readonly direction: 'run' | 'undo';
}

/**
 * The step that an activity runs or undoes, by the activity's id, `<step>:<run|undo>:<epoch>`. Other activities are not
 * in the ledger.
 */
export function stepOf(activityId: string, workflowId: string): StepActivity | undefined {
  const [, step, direction, epoch] = /^(\w+):(run|undo):(\d+)$/.exec(activityId) ?? [];
  const customerId = /^(?:customer|stack)\/(.+)$/.exec(workflowId)?.[1];
  if (step === undefined || customerId === undefined) return undefined;
  return { customerId, step, epoch: Number(epoch), direction: direction === 'undo' ? 'undo' : 'run' };
}

/** The members of an activity's result that are references; the ledger keeps nothing else of it. */
const REFERENCES = ['stripeCustomerId', 'stripeSubscriptionId', 'namespace', 'version'] as const;

/** Ids and versions of what a step created; undefined when its result contains none. */
export function referencesIn(result: unknown): Record<string, string | number> | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const found = REFERENCES.flatMap((name): [string, string | number][] => {
    const value = (result as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const describe = (error: unknown): { readonly type: string; readonly message: string } => {
  if (error instanceof CancelledFailure) return { type: 'Cancelled', message: 'The step was cancelled.' };
  // Only the messages of our own failures are known to be free of personal data.
  if (error instanceof ApplicationFailure) return { type: error.type ?? 'Unknown', message: error.message };
  return { type: 'Unknown', message: 'The step failed unexpectedly; see the worker log.' };
};

/**
 * Writes the step ledger around every activity that is a step, so that it costs neither an activity nor an event of
 * history. The ledger says what ran; the workflow, which knows what was accepted, corrects it.
 */
export class StepLedgerInterceptor implements ActivityInboundCallsInterceptor {
  private readonly database: Database;
  private readonly context: Context;

  constructor(database: Database, context: Context) {
    this.database = database;
    this.context = context;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { activityId, attempt, workflowExecution, scheduledTimestampMs } = this.context.info;
    const step = stepOf(activityId, workflowExecution?.workflowId ?? '');
    if (!step) return next(input);
    const { direction, ...key } = step;
    const inputHash = createHash('sha256').update(JSON.stringify(input.args)).digest('hex');
    const write = (state: 'begun' | 'done' | 'failed', more: Pick<StepRun, 'error' | 'output'> = {}): Promise<void> => {
      const entry = { attempt, scheduledAt: new Date(scheduledTimestampMs), ...more };
      return direction === 'run'
        ? recordStepRun(this.database, key, { ...entry, state: RUN[state], inputHash })
        : recordStepUndo(this.database, key, { ...entry, state: UNDO[state] });
    };
    await write('begun');
    try {
      await refuseDeadly(this.database, step, this.context.info);
      const result = await next(input);
      const output = referencesIn(result);
      await write('done', output && { output });
      return result;
    } catch (error) {
      await write('failed', { error: describe(asTypedFailure(error)) });
      throw error;
    }
  }
}

const RUN = { begun: 'running', done: 'done', failed: 'failed' } as const;
const UNDO = { begun: 'undoing', done: 'undone', failed: 'undo_failed' } as const;
