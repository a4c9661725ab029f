import type { WorkflowExecutionInfo } from '@temporalio/client';
import { raiseAlert } from '../db/repositories/alerts.ts';
import { findCustomer, followAlerts } from '../db/repositories/customers.ts';
import { moveCursor, readCursor } from '../db/repositories/sweeper-cursors.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import type { Sweeper, SweeperDeps } from './sweeper.ts';

const NAME = 'closedWorkflows';
/** A customer's workflow ends by itself only with the customer. These ends come from outside, and run nothing. */
const CLOSED =
  'WorkflowId STARTS_WITH "customer/" AND ExecutionStatus IN ("Terminated", "Failed", "TimedOut", "Canceled")';
/** The list of runs lags behind: what closed this long before the newest one known may have come into it only now. */
const LAG_MS = 60_000;

async function alertIfLiving({ database, temporal, logger }: SweeperDeps, run: WorkflowExecutionInfo): Promise<number> {
  const { workflowId, runId } = run;
  const customerId = workflowId.slice(customerWorkflowId('').length);
  const customer = await findCustomer(database, customerId);
  if (!customer || customer.phase === 'ended') return 0;
  const newest = await temporal.workflow.getHandle(workflowId).describe();
  if (newest.runId !== runId) return 0;
  await raiseAlert(database, {
    ...{ customerId, kind: 'workflow', step: 'workflow' },
    summary: `The workflow was ${newest.status.name.toLowerCase()} from outside; nothing happens for this customer any more.`,
    suggestedFix: 'Start the customer again with `tenure reconcile <customer> --mend --reason …`.',
  });
  await followAlerts(database, customerId);
  logger.warn({ customerId, runId }, 'a living customer has no running workflow');
  return 1;
}

/**
 * Finds customers who live on in Postgres while their workflow was terminated or failed, and alerts support. Looks at
 * runs that closed since the last pass: those before stay listed for the whole retention.
 */
export const sweepClosedWorkflows: Sweeper = async (deps) => {
  const since = await readCursor(deps.database, NAME);
  const isNew = since ? ` AND CloseTime > "${new Date(since.getTime() - LAG_MS).toISOString()}"` : '';
  let [found, newest] = [0, 0];
  for await (const run of deps.temporal.workflow.list({ query: `${CLOSED}${isNew}` })) {
    found += await alertIfLiving(deps, run);
    newest = Math.max(newest, run.closeTime?.getTime() ?? 0);
  }
  // Only after the whole pass: one that failed in the middle is done again.
  if (newest > 0) await moveCursor(deps.database, NAME, new Date(newest));
  return found;
};
