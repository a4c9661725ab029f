import { randomUUID } from 'node:crypto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { BatchInput } from '../../workflows/contract/replay-batch.ts';
import { createTemporal } from '../support/embedded.ts';
import { workflowBundle } from '../support/lifecycle-bundle.ts';

// The workflow on the real server; its two activities only count, because this test is about the history.
let temporal: TestWorkflowEnvironment;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  temporal = await createTemporal();
});
afterAll(() => temporal.teardown());

/** Some three events each: more than the server allows in one history. */
const CUSTOMERS = 1_600;

test('a batch of thousands begins its history anew, takes everybody once and ends with one count', async () => {
  let taken = 0;
  const ends: unknown[] = [];
  const worker = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue: 'batches',
    workflowBundle: await workflowBundle(),
    activities: {
      replayNext: () => Promise.resolve(taken === CUSTOMERS ? null : (taken += 1) && 'replayed'),
      endBatch: (end: unknown) => Promise.resolve(ends.push(end)),
    },
  });
  const batchId = randomUUID();
  const input: BatchInput = {
    batchId,
    concurrency: 50,
    maxFailureRate: 1,
    progress: { replayed: 0, failed: 0 },
    paused: false,
  };
  const workflowId = `replay-batch/${batchId}`;
  await worker.runUntil(
    temporal.client.workflow.execute('replayBatch', { workflowId, taskQueue: 'batches', args: [input] }),
  );
  expect(taken).toBe(CUSTOMERS);
  expect(ends).toEqual([{ batchId, state: 'done' }]);
  const lengths: number[] = [];
  for await (const { historyLength } of temporal.client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    lengths.push(historyLength);
  expect(lengths.length).toBeGreaterThan(1);
  // The server warns at 10,240 events and ends a run at 51,200.
  expect(Math.max(...lengths)).toBeLessThan(6_000);
});
