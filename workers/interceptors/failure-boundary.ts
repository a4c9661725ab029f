import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Database } from '../../infra/db/database.ts';
import { endWaiting, noteWaiting } from '../../infra/db/repositories/waiting-work.ts';
import { WORKFLOW_TYPE, customerOfWorkflow } from '../../workflows/contract/customer.ts';
import type { Dependency } from '../../workflows/domain/diagnoses.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import { countFailure } from '../count-failures.ts';
import { limitTries } from './limit-tries.ts';
import { waitBeforeRetryMs } from './patience.ts';
import { asTypedFailure, isTyped } from './typed-failure.ts';

/** One failed try is not worth a note. */
const NOTED_FROM_ATTEMPT = 2;
const DEFAULT_FIRST_WAIT_MS = 1_000;

/**
 * The last place before history. A failure leaves it typed and without personal data; the rest goes to the worker's
 * log, scrubbed. Work that needs something that is down is retried at growing intervals, and noted in Postgres for as
 * long as that lasts: from there the customer is told, and support is told once for each cause.
 */
export class FailureBoundaryInterceptor implements ActivityInboundCallsInterceptor {
  private readonly deps: { readonly database: Database; readonly logger: Logger };
  private readonly context: Context;

  constructor(deps: { readonly database: Database; readonly logger: Logger }, context: Context) {
    this.deps = deps;
    this.context = context;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      const result = await next(input);
      await this.endWaiting();
      return result;
    } catch (error) {
      if (!isTyped(error)) this.log(error);
      const failure = asTypedFailure(error);
      const { workflowId } = this.work;
      await countFailure(this.deps.database, { failure, isForeseen: isTyped(error), workflowId });
      throw await this.leave(failure);
    }
  }

  private async leave(failure: unknown): Promise<unknown> {
    const waitsFor = failure instanceof ApplicationFailure ? diagnose(failure.type ?? '').waitsFor : undefined;
    if (waitsFor === undefined || !(failure instanceof ApplicationFailure)) {
      await this.endWaiting();
      return limitTries(this.deps.database, this.context.info, failure).catch(asTypedFailure);
    }
    const { attempt, retryPolicy, scheduledTimestampMs } = this.context.info;
    const waitMs = waitBeforeRetryMs({
      attempt,
      firstWaitMs:
        retryPolicy?.initialInterval === undefined ? DEFAULT_FIRST_WAIT_MS : msToNumber(retryPolicy.initialInterval),
      lastingMs: Date.now() - scheduledTimestampMs,
      askedMs: failure.nextRetryDelay === undefined ? undefined : msToNumber(failure.nextRetryDelay),
    });
    await this.noteWaiting(failure, { waitsFor, waitMs });
    return ApplicationFailure.create({
      message: failure.message,
      type: failure.type ?? 'Unknown',
      nextRetryDelay: waitMs,
    });
  }

  private get work() {
    const { workflowExecution, activityId } = this.context.info;
    return { workflowId: workflowExecution?.workflowId ?? '', work: activityId };
  }

  private async noteWaiting(
    { type }: ApplicationFailure,
    { waitsFor, waitMs }: { readonly waitsFor: Dependency; readonly waitMs: number },
  ): Promise<void> {
    const { attempt, scheduledTimestampMs } = this.context.info;
    if (attempt < NOTED_FROM_ATTEMPT) return;
    const row = {
      ...{ ...this.work, waitsFor, attempts: attempt, errorType: type ?? 'Unknown' },
      customerId: customerOfWorkflow(this.work.workflowId) ?? null,
      lastingMs: Date.now() - scheduledTimestampMs,
      nextTryInMs: waitMs,
    };
    await this.quietly(noteWaiting(this.deps.database, row));
  }

  private async endWaiting(): Promise<void> {
    if (this.context.info.attempt > NOTED_FROM_ATTEMPT) await this.quietly(endWaiting(this.deps.database, this.work));
  }

  /** The note is for people. The work must not fail because of it, least of all when the database is down. */
  private async quietly(write: Promise<void>): Promise<void> {
    await write.catch((error: unknown) => {
      this.deps.logger.debug({ err: error }, 'waiting work could not be noted');
    });
  }

  private log(error: unknown): void {
    const { activityType, activityId, attempt, workflowExecution, workflowType } = this.context.info;
    const stream = workflowType === WORKFLOW_TYPE.onboarding ? 'onboarding' : undefined;
    const where = {
      ...(stream && { stream }),
      activityType,
      activityId,
      attempt,
      workflowId: workflowExecution?.workflowId,
    };
    this.deps.logger.error({ ...where, err: error }, 'an activity failed unexpectedly');
  }
}
