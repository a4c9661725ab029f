import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Database } from '../db/database.ts';
import { forgetOtherWork, noteWaiting, workflowsThatWaitBy } from '../db/repositories/waiting-work.ts';
import { unstartedActivities } from '../temporal/unstarted-activities.ts';
import { customerOfWorkflow } from '../../workflows/contract/customer.ts';
import type { Dependency } from '../../workflows/domain/diagnoses.ts';
import { diagnose } from '../../workflows/domain/failures.ts';

const errorType = 'NoWorker';
const waitsFor: Dependency = diagnose(errorType).waitsFor ?? 'a worker';

/** Workflows whose work was seen to wait for a worker, and may not any more. */
export const workflowsWithoutWorker = (database: Database, limit: number): Promise<readonly string[]> =>
  workflowsThatWaitBy(database, errorType, limit);

/** Notes what no worker takes up. Work that nobody begins fails never, and would be told to nobody. */
export async function noteUnstarted(
  database: Database,
  workflowId: string,
  description: WorkflowExecutionDescription | undefined,
  afterMs?: number,
): Promise<void> {
  const unstarted = unstartedActivities(description, afterMs);
  const works = unstarted.map(({ activityId }) => activityId);
  await forgetOtherWork(database, { workflowId, errorType, works });
  const customerId = customerOfWorkflow(workflowId) ?? null;
  for (const { activityId: work, attempt: attempts } of unstarted)
    await noteWaiting(database, {
      ...{ workflowId, work, customerId, errorType, waitsFor, attempts },
      // By the clock of Postgres it waits from now on: what has waited so long by ours may have done so by a wrong one.
      ...{ lastingMs: 0, nextTryInMs: 0 },
    });
}
