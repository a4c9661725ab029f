import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';

const { EventType, WorkflowTaskFailedCause } = proto.temporal.api.enums.v1;
const ENDS_OF_TASKS = [EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT];
const CAUSE = 'WORKFLOW_TASK_FAILED_CAUSE_';
/** The first failure is an event; those after it are tried without one. */
const NEWEST_EVENTS = 10;
/** A class of errors, and nothing that somebody wrote. */
export const CLASS = /^\w{1,60}$/;

/** Why a run's workflow task fails: the cause and the class of the error. Its message may name people and is left out. */
export async function whyTaskFails(
  { workflowService, options: { namespace } }: Client,
  execution: { readonly workflowId: string; readonly runId: string },
): Promise<string> {
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    ...{ namespace, execution, maximumPageSize: NEWEST_EVENTS },
  });
  const events = history?.events ?? [];
  const newest = events.find(({ eventType }) => eventType != null && ENDS_OF_TASKS.includes(eventType));
  return newest === undefined ? 'the workflow task does not succeed.' : inWords(newest);
}

function inWords({ workflowTaskFailedEventAttributes: failed }: temporal.api.history.v1.IHistoryEvent): string {
  if (!failed) return 'the workflow task times out.';
  const cause = (WorkflowTaskFailedCause[failed.cause ?? 0] ?? '').slice(CAUSE.length).toLowerCase();
  const type = failed.failure?.applicationFailureInfo?.type ?? '';
  return `the workflow task fails: ${cause.replaceAll('_', ' ')}${CLASS.test(type) ? ` (${type})` : ''}.`;
}
