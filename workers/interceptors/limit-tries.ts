import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { countFailedTries } from '../../infra/db/repositories/steps.ts';
import { TRANSIENT_TYPES } from '../../workflows/domain/failures.ts';
import { stepOf } from './step-ledger.ts';

/**
 * Ends the tries of a step that has failed as often as its terms allow. Tries do not count when something that Tenure
 * depends on was down, or when the worker died, so Temporal's own count of attempts cannot be used.
 */
export async function limitTries(
  database: Database,
  { activityId, workflowExecution, scheduledTimestampMs }: Info,
  failure: unknown,
): Promise<unknown> {
  if (!(failure instanceof ApplicationFailure) || failure.nonRetryable === true) return failure;
  const step = stepOf(activityId, workflowExecution?.workflowId ?? '');
  if (!step) return failure;
  const since = new Date(scheduledTimestampMs);
  const { failed, allowed } = await countFailedTries(database, step, {
    since,
    except: [...TRANSIENT_TYPES, 'Cancelled'],
  });
  return failed < allowed ? failure : ApplicationFailure.nonRetryable(failure.message, failure.type);
}
