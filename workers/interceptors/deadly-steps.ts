import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { countLostTries } from '../../infra/db/repositories/steps.ts';
import { isOfProduct } from '../../infra/product/define-product.ts';
import type { StepActivity } from './step-ledger.ts';

/** A worker may be stopped or killed during a step that is not to blame, but hardly this often in the same one. */
const MOST_LOST = 3;

/**
 * Refuses a product's own step that has ended the worker again and again: it would end it for every customer once more.
 * Tries of the core's steps that were cut off are never counted.
 */
export async function refuseDeadly(
  database: Database,
  step: StepActivity,
  { activityType, attempt, scheduledTimestampMs }: Info,
): Promise<void> {
  if (!isOfProduct(activityType) || attempt === 1) return;
  const lost = await countLostTries(database, step, new Date(scheduledTimestampMs));
  if (lost >= MOST_LOST)
    throw ApplicationFailure.nonRetryable(
      `The worker died during ${String(lost)} attempts of this step.`,
      'StepEndsWorkers',
    );
}
