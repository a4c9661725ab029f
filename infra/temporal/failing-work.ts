import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { isTransient } from '../../workflows/domain/failures.ts';
import { TASK_FAILS_FROM_ATTEMPT } from './describe.ts';
import { CLASS, whyTaskFails } from './failing-task.ts';

/** Some minutes of tries. A step of an onboarding fails for good long before that. */
const ACTIVITY_FAILS_FROM_ATTEMPT = 10;
const { TimeoutType } = proto.temporal.api.enums.v1;
const TIMEOUT = 'TIMEOUT_TYPE_';

type Activity = temporal.api.workflow.v1.IPendingActivityInfo;

/** The class of the newest failure; undefined for one that an outage explains, which is told with that outage. */
function classOf({ lastFailure }: Activity): string | undefined {
  const timeout = lastFailure?.timeoutFailureInfo?.timeoutType;
  if (timeout != null) return TimeoutType[timeout].slice(TIMEOUT.length).toLowerCase().replaceAll('_', ' ');
  const type = lastFailure?.applicationFailureInfo?.type ?? '';
  if (isTransient(type)) return undefined;
  return CLASS.test(type) ? type : 'Unknown';
}

function failingActivity({ raw }: WorkflowExecutionDescription): string | null {
  const failing = (raw.pendingActivities ?? []).flatMap((activity) => {
    const { attempt, lastFailure, activityType } = activity;
    if ((attempt ?? 0) < ACTIVITY_FAILS_FROM_ATTEMPT || !lastFailure) return [];
    const error = classOf(activity);
    const name = activityType?.name ?? 'an activity';
    if (error === undefined) return [];
    return [lastFailure.timeoutFailureInfo ? `${name} does not end in time (${error})` : `${name} fails (${error})`];
  });
  return failing.sort()[0] ?? null;
}

/** That of a customer's own run is a difference of the customer's records. */
const isOfRecords = (workflowId: string): boolean => workflowId.startsWith(customerWorkflowId(''));

/**
 * What of an open run fails again and again and is told in no other way, by classes and never by messages, which may
 * name people; null when nothing does, or the run is not open any more.
 */
export async function whatFails(
  client: Client,
  description: WorkflowExecutionDescription | undefined,
): Promise<string | null> {
  if (description?.status.name !== 'RUNNING') return null;
  const { type, workflowId, runId, raw } = description;
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt >= TASK_FAILS_FROM_ATTEMPT && !isOfRecords(workflowId))
    return `${type}: ${await whyTaskFails(client, { workflowId, runId })}`;
  const failing = failingActivity(description);
  return failing && `${type}: ${failing}.`;
}
