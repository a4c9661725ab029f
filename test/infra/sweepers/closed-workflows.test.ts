import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { moveCursor, readCursor, whileSoleOwner } from '../../../infra/db/repositories/sweeper-cursors.ts';
import { createBatch, findBatch } from '../../../infra/db/repositories/replay-batches.ts';
import { sweepClosedWorkflows } from '../../../infra/sweepers/closed-workflows.ts';
import { sweepLostBatches } from '../../../infra/sweepers/lost-batches.ts';
import { replayBatchWorkflowId } from '../../../workflows/contract/replay-batch.ts';
import { createApiHarness, member, type ApiHarness } from '../../api/harness.ts';
import { createTemporal } from '../../support/embedded.ts';
import { eventually } from '../../support/eventually.ts';

let harness: ApiHarness;
let temporal: TestWorkflowEnvironment;
beforeAll(async () => {
  [harness, temporal] = await Promise.all([createApiHarness(), createTemporal()]);
});
afterAll(async () => {
  await harness.stop();
  await temporal.teardown();
});

const sweep = () => sweepClosedWorkflows({ ...harness.deps, database: harness.database, temporal: temporal.client });

/** A customer whose workflow an operator ended. */
async function terminated(): Promise<Date> {
  const { customerId } = await member(harness);
  const workflowId = `customer/${customerId}`;
  const handle = await temporal.client.workflow.start('onboarding', { workflowId, taskQueue: randomUUID() });
  await handle.terminate();
  const { closeTime } = await eventually('the run to be listed as closed', async () => {
    for await (const run of temporal.client.workflow.list({ query: `WorkflowId = "${workflowId}"` }))
      if (run.status.name === 'TERMINATED') return run;
    return undefined;
  });
  return closeTime ?? new Date(0);
}

test('runs closed since the last pass are found, and those before it are not looked at again', async () => {
  const closed = await terminated();
  expect(await sweep()).toBe(1);
  expect(await readCursor(harness.database, 'closedWorkflows')).toEqual(closed);
  const { kind } = await harness.database.selectFrom('alerts').select('kind').executeTakeFirstOrThrow();
  expect(kind).toBe('workflow');

  const later = await terminated();
  expect(await sweep()).toBe(2);
  await moveCursor(harness.database, 'closedWorkflows', new Date(later.getTime() + 120_000));
  expect(await sweep()).toBe(0);
  await moveCursor(harness.database, 'closedWorkflows', closed);
  expect((await readCursor(harness.database, 'closedWorkflows'))?.getTime()).toBe(later.getTime() + 120_000);
});

test('a batch whose workflow is gone is stopped, and one that runs goes on', async () => {
  const batch = { actor: 'staff', reason: 'mended', filter: {}, concurrency: 1, maxFailureRate: 1 };
  const [neverStarted, terminated, running] = await Promise.all(
    [1, 2, 3].map(() => createBatch(harness.database, batch)),
  );
  const start = (batchId = '') =>
    temporal.client.workflow.start('replayBatch', {
      workflowId: replayBatchWorkflowId(batchId),
      taskQueue: randomUUID(),
    });
  await (await start(terminated?.batchId)).terminate();
  await start(running?.batchId);
  const sweepBatches = () =>
    sweepLostBatches({ ...harness.deps, database: harness.database, temporal: temporal.client });
  expect(await sweepBatches()).toBe(0);
  await harness.database
    .updateTable('replayBatches')
    .set({ createdAt: new Date(0) })
    .execute();
  expect(await sweepBatches()).toBe(2);
  const states = [neverStarted, terminated, running].map(
    async (one) => (await findBatch(harness.database, one?.batchId ?? ''))?.state,
  );
  expect(await Promise.all(states)).toEqual(['stopped', 'stopped', 'running']);
});

test('of all processes one does the work at a time, and the next one after it', async () => {
  const begun = Promise.withResolvers<undefined>();
  const end = Promise.withResolvers<string>();
  const first = whileSoleOwner(harness.database, 'x', () => {
    begun.resolve(undefined);
    return end.promise;
  });
  await begun.promise;
  await expect(whileSoleOwner(harness.database, 'x', () => Promise.resolve('second'))).resolves.toBeUndefined();
  await expect(whileSoleOwner(harness.database, 'y', () => Promise.resolve('other'))).resolves.toBe('other');
  end.resolve('first');
  await expect(first).resolves.toBe('first');
  await expect(whileSoleOwner(harness.database, 'x', () => Promise.resolve('third'))).resolves.toBe('third');
});
