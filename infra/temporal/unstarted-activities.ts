import type { WorkflowExecutionDescription } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

/** Longer than work waits for its turn on a busy day. */
const UNSTARTED_MS = 60_000;
const { PENDING_ACTIVITY_STATE_SCHEDULED } = proto.temporal.api.enums.v1.PendingActivityState;

interface UnstartedActivity {
  readonly activityId: string;
  readonly attempt: number;
}

/** Activities of an open run that are due for a while, and that no worker has taken. */
export function unstartedActivities(
  description: WorkflowExecutionDescription | undefined,
  afterMs = UNSTARTED_MS,
): UnstartedActivity[] {
  if (description?.status.name !== 'RUNNING') return [];
  return (description.raw.pendingActivities ?? []).flatMap(({ activityId, attempt, state, scheduledTime }) => {
    const due = optionalTsToMs(scheduledTime) ?? Infinity;
    const isUnstarted = state === PENDING_ACTIVITY_STATE_SCHEDULED && Date.now() - due > afterMs;
    return isUnstarted && activityId != null ? [{ activityId, attempt: attempt ?? 1 }] : [];
  });
}
