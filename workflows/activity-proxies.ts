import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { AccountActivities } from '../activities/accounts/index.ts';
import type { BillingActivities } from '../activities/billing/index.ts';
import type { EmailActivities } from '../activities/email/index.ts';
import type { LicenceActivities } from '../activities/licences/index.ts';
import type { ProvisioningActivities } from '../activities/provisioning/index.ts';
import type { SupportActivities } from '../activities/support/index.ts';
import { TASK_QUEUE } from './contract.ts';
import type { Terms } from './domain/terms.ts';

/** Short work: a query or one call. Small time-outs, because they bound how long a dead worker holds a customer up. */
const SHORT: ActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
};
const STRIPE: ActivityOptions = {
  startToCloseTimeout: '25s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 6 },
};
const LONG: ActivityOptions = {
  taskQueue: TASK_QUEUE.provisioning,
  startToCloseTimeout: '15m',
  heartbeatTimeout: '5s',
  // The engine must be gone before anything else is done to the stack.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 3 },
};

export const accounts = proxyActivities<AccountActivities>(SHORT);
export const licences = proxyActivities<LicenceActivities>(SHORT);
export const support = proxyActivities<SupportActivities>(SHORT);
export const billing = proxyActivities<BillingActivities>(STRIPE);
export const email = proxyActivities<EmailActivities>(STRIPE);
export const provisioning = proxyActivities<ProvisioningActivities>(LONG);
/** Looks at what is there and changes nothing: quick, so it needs no heartbeat. */
export const inspection = proxyActivities<Pick<ProvisioningActivities, 'checkInstance' | 'verifyStackGone'>>({
  ...SHORT,
  taskQueue: TASK_QUEUE.provisioning,
  startToCloseTimeout: '30s',
});

/** Options of an activity that is a step: its id says which step and epoch, for history and the step ledger. */
export function asStep(activityId: string, summary: string, { retry }: Pick<Terms, 'retry'>): ActivityOptions {
  return {
    activityId,
    summary,
    retry: {
      maximumAttempts: retry.attempts,
      initialInterval: retry.initialMs,
      backoffCoefficient: retry.backoff,
    },
  };
}
