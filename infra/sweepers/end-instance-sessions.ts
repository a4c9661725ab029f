import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { INSTANCE_SIGN_OUT, TASK_QUEUE, instanceSignOutWorkflowId } from '../../workflows/contract.ts';
import type { Database } from '../db/database.ts';
import { findSessionsToEnd } from '../db/repositories/accounts.ts';
import type { Sweeper } from './sweeper.ts';

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

export const sweepInstanceSessions: Sweeper = (deps) => endInstanceSessions(deps);
