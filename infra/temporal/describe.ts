import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';

/** A task that failed once is tried again; one that fails so often is not going to succeed. */
export const TASK_FAILS_FROM_ATTEMPT = 3;

/** The newest run of that id; undefined when there is none. */
export const describeIfKnown = (
  temporal: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> =>
  temporal.workflow
    .getHandle(workflowId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
