import { raiseAlert } from '../db/repositories/alerts.ts';
import { findCustomer, followAlerts } from '../db/repositories/customers.ts';
import { customerWorkflowId } from '../../workflows/contract.ts';
import type { Sweeper } from './sweeper.ts';

/** A customer's workflow ends by itself only with the customer. These ends come from outside, and run nothing. */
const QUERY =
  'WorkflowId STARTS_WITH "customer/" AND ExecutionStatus IN ("Terminated", "Failed", "TimedOut", "Canceled")';

/** Finds customers who live on in Postgres while their workflow was terminated or failed, and alerts support. */
export const sweepClosedWorkflows: Sweeper = async ({ database, temporal, logger }) => {
  let found = 0;
  for await (const { workflowId, runId } of temporal.workflow.list({ query: QUERY })) {
    const customerId = workflowId.slice(customerWorkflowId('').length);
    const customer = await findCustomer(database, customerId);
    if (!customer || customer.phase === 'ended') continue;
    const newest = await temporal.workflow.getHandle(workflowId).describe();
    if (newest.runId !== runId) continue;
    found += 1;
    await raiseAlert(database, {
      ...{ customerId, kind: 'workflow', step: 'workflow' },
      summary: `The workflow was ${newest.status.name.toLowerCase()} from outside; nothing happens for this customer any more.`,
      suggestedFix: 'See the runbook "Operators in the Web UI" for how a customer is started again.',
    });
    await followAlerts(database, customerId);
    logger.warn({ customerId, runId }, 'a living customer has no running workflow');
  }
  return found;
};
