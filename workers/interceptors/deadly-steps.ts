import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Database } from '../../infra/db/database.ts';
import { countLostTries } from '../../infra/db/repositories/steps.ts';
import { isOfProduct } from '../../infra/product/define-product.ts';
import { stepOf } from './step-ledger.ts';

/** A worker may be stopped or killed in a step that is not to blame, but hardly so often in the same one. */
const MOST_LOST = 3;

/**
 * Refuses a product's own step in which the worker has ended again and again: it would end it for everybody once more.
 * Tries of the core's steps that were cut off are never counted.
 */
export class DeadlyStepsInterceptor implements ActivityInboundCallsInterceptor {
  private readonly database: Database;
  private readonly context: Context;

  constructor(database: Database, context: Context) {
    this.database = database;
    this.context = context;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { activityType, activityId, attempt, workflowExecution, scheduledTimestampMs } = this.context.info;
    const step = stepOf(activityId, workflowExecution?.workflowId ?? '');
    if (step && isOfProduct(activityType) && attempt > 1) {
      const lost = await countLostTries(this.database, step, new Date(scheduledTimestampMs));
      if (lost >= MOST_LOST)
        throw ApplicationFailure.nonRetryable(
          `The worker ended in ${String(lost)} tries of this step.`,
          'StepEndsWorkers',
        );
    }
    return next(input);
  }
}
