import type { Context } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { CompleteAsyncError } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Logger } from 'pino';

/**
 * The last door before history: an error that is not one of our typed failures may quote a person's data (a database
 * row, an address), so only its name goes on, and the scrubbed rest to the worker's log (reliability N5).
 */
export class FailureBoundaryInterceptor implements ActivityInboundCallsInterceptor {
  private readonly logger: Logger;
  private readonly context: Context;

  constructor(logger: Logger, context: Context) {
    this.logger = logger;
    this.context = context;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (error instanceof TemporalFailure || error instanceof CompleteAsyncError) throw error;
      const { activityType, activityId, attempt, workflowExecution } = this.context.info;
      const where = { activityType, activityId, attempt, workflowId: workflowExecution?.workflowId };
      this.logger.error({ ...where, err: error }, 'an activity failed unexpectedly');
      const name = error instanceof Error ? error.name : 'Unknown';
      throw ApplicationFailure.create({ type: name, message: `Unexpected ${name}; the log of the worker says more.` });
    }
  }
}
