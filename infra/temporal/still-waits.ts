import type { Client } from '@temporalio/client';
import { describeIfKnown } from './describe.ts';

/** Whether a run still has that activity to do, or has something to decide and is not taken up. */
export async function stillWaits(
  temporal: Client,
  { workflowId, activityId }: { readonly workflowId: string; readonly activityId: string },
): Promise<boolean> {
  const description = await describeIfKnown(temporal, workflowId);
  if (description?.status.name !== 'RUNNING') return false;
  const { pendingActivities, pendingWorkflowTask } = description.raw;
  return pendingWorkflowTask != null || (pendingActivities ?? []).some((pending) => pending.activityId === activityId);
}
