import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { INSTANCE_SIGN_OUT, instanceSignOutWorkflowId } from '../../workflows/contract/stack.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { Database } from '../db/database.ts';
import { findSessionsToEnd } from '../db/repositories/accounts.ts';

const BATCH = 50;
const START_DEADLINE_MS = 1_500;

interface Deps {
  readonly database: Database;
  readonly temporal: Client;
}

async function tellInstance(temporal: Client, customerId: string): Promise<void> {
  const start = temporal.withDeadline(Date.now() + START_DEADLINE_MS, () =>
    temporal.workflow.start(INSTANCE_SIGN_OUT, {
      workflowId: instanceSignOutWorkflowId(customerId),
      taskQueue: TASK_QUEUE.lifecycle,
      args: [{ customerId }],
      staticSummary: `End the sessions in the instance of ${customerId}`,
    }),
  );
  await start.catch((error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  });
}

/** Has the instances end the sessions that the account has ended: of one customer now, or of all that were not told. */
export async function endInstanceSessions({ database, temporal }: Deps, customerId?: string): Promise<number> {
  const of = customerId === undefined ? {} : { customerId };
  const untold = await findSessionsToEnd(database, { limit: BATCH, ...of });
  for (const customer of untold) await tellInstance(temporal, customer.customerId);
  return untold.length;
}
