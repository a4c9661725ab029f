import type { Client } from '@temporalio/client';

interface PageOfRuns {
  /** Of workflows. */
  readonly ids: readonly string[];
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

/** One page of the open runs that the condition of a list filter names. */
export async function pageOfOpenRuns(
  { workflowService, options: { namespace } }: Client,
  condition: string,
  { position, pageSize }: { readonly position: string | null; readonly pageSize: number },
): Promise<PageOfRuns> {
  const { executions, nextPageToken } = await workflowService.listWorkflowExecutions({
    namespace,
    query: `${condition} AND ExecutionStatus = "Running"`,
    pageSize,
    nextPageToken: position === null ? null : Buffer.from(position, 'base64'),
  });
  const isLast = nextPageToken.length === 0;
  return {
    ids: executions.map(({ execution }) => execution?.workflowId ?? ''),
    next: isLast ? null : Buffer.from(nextPageToken).toString('base64'),
  };
}
