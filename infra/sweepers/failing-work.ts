import { noteSeen, whereSeen, type Seen } from '../db/repositories/differences.ts';
import { describeIfKnown } from '../temporal/describe.ts';
import { whatFails } from '../temporal/failing-work.ts';
import { pageOfOpenRuns } from '../temporal/open-runs.ts';
import { WORKFLOW_TYPE, customerOfWorkflow } from '../../workflows/contract/customer.ts';
import { nextOfLap } from './lap.ts';
import type { Sweeper, SweeperDeps } from './sweeper.ts';
import { noteUnstarted, workflowsWithoutWorker } from './unstarted-work.ts';

const LIVES = Object.values(WORKFLOW_TYPE)
  .map((type) => `"${type}"`)
  .join(', ');

/** What is paged through, a little each round. The lives of customers are many: work beside them must not wait for a lap. */
const SOURCES: Readonly<Record<string, string>> = {
  'work beside lives': `WorkflowType NOT IN (${LIVES})`,
  'work of lives': `WorkflowType IN (${LIVES})`,
};
const SHARE = 25;

async function look({ database, temporal }: SweeperDeps, workflowIds: readonly string[]): Promise<void> {
  const seen: Seen[] = [];
  for (const subject of new Set(workflowIds)) {
    const description = await describeIfKnown(temporal, subject);
    const wrong = await whatFails(temporal, description);
    seen.push({ customerId: customerOfWorkflow(subject) ?? '', subject, wrong });
    await noteUnstarted(database, subject, description);
  }
  await noteSeen(database, 'work_failing', seen);
}

/**
 * Finds open workflows whose tasks or activities fail again and again for a reason that no outage explains. Such work is
 * tried for ever, and would be told to nobody. Nor does an outage show that no worker takes work up.
 */
export const sweepFailingWork: Sweeper = async (deps) => {
  // Each round, so that what goes on again is known to.
  const failed = await whereSeen(deps.database, 'work_failing', SHARE);
  await look(
    deps,
    failed.map(({ subject }) => subject),
  );
  await look(deps, await workflowsWithoutWorker(deps.database, SHARE));
  let looked = 0;
  for (const [name, condition] of Object.entries(SOURCES))
    looked += await nextOfLap(deps.database, name, {
      page: (position) => pageOfOpenRuns(deps.temporal, condition, { position, pageSize: SHARE }),
      compare: (ids) => look(deps, ids),
    });
  return looked;
};
