import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { PROSPECT, prospectWorkflowId, type ProspectStart } from '../../workflows/contract/prospect.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { Database } from '../db/database.ts';
import { markProspectStarted, type Prospect } from '../db/repositories/prospects.ts';

const START_DEADLINE_MS = 1_500;

/**
 * Starts the workflow of somebody who may become a customer, and records that it was. Idempotent.
 * @throws when Temporal does not answer in time; ask again.
 */
export async function startProspect(
  { database, temporal }: { readonly database: Database; readonly temporal: Client },
  { customerId, remindAt, abandonAt }: Pick<Prospect, 'customerId' | 'remindAt' | 'abandonAt'>,
): Promise<void> {
  const args: [ProspectStart] = [{ customerId, remindAt: remindAt.toISOString(), abandonAt: abandonAt.toISOString() }];
  const start = temporal.withDeadline(Date.now() + START_DEADLINE_MS, () =>
    temporal.workflow.start(PROSPECT, {
      ...{ workflowId: prospectWorkflowId(customerId), taskQueue: TASK_QUEUE.lifecycle, args },
      workflowTaskTimeout: '2s',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `Prospect ${customerId}`,
    }),
  );
  await start.catch((error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  });
  await markProspectStarted(database, customerId);
}
