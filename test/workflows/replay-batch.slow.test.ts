import { orderBatch, showBatch, startBatch } from '../../api/support/batches.ts';
import { BATCH_STATUS, replayBatchWorkflowId, type BatchStatus } from '../../workflows/contract/replay-batch.ts';
import { eventually } from '../support/eventually.ts';
import type { Held } from '../support/lifecycle-failpoints.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

const park = (id: string): Held => harness.failpoints.arm('checkInstance', id, 'before');

async function parked(count: number): Promise<string[]> {
  const ids = await Promise.all(
    Array.from(
      { length: count },
      async () => (await harness.signUp({ beforeStart: (id) => void park(id) })).customerId,
    ),
  );
  for (const id of ids) {
    await harness.untilRow(id, 'parked', ({ attention }) => attention === 'instanceHealth');
    harness.failpoints.disarm(id);
  }
  // The order in which a batch takes them.
  return ids.sort();
}

const begin = (customerIds: readonly string[], maxFailureRate = 1) =>
  startBatch(harness.deps, {
    ...{ actor: 'staff', reason: 'mended', concurrency: 1, maxFailureRate },
    filter: { customerIds },
  });
const order = (batchId: string, word: 'pause' | 'resume' | 'cancel') =>
  orderBatch(harness.deps, { batchId, action: word, actor: 'staff' });
const states = async (batchId: string): Promise<string[]> =>
  (await showBatch(harness.deps, batchId)).items.map(({ state }) => state);
const workflow = (batchId: string) => harness.temporal.client.workflow.getHandle(replayBatchWorkflowId(batchId));
const isIdle = async (batchId: string): Promise<boolean> =>
  ((await workflow(batchId).describe()).raw.pendingActivities ?? []).length === 0;

test('pause, resume and cancel on the real server: a replay in progress is finished, no other begins', async () => {
  const [first = '', second = '', third = '', fourth = ''] = await parked(4);
  const held = new Map([first, second].map((id) => [id, harness.failpoints.arm('checkInstance', id, 'hold', 1)]));
  const { batchId } = await begin([first, second, third, fourth]);
  await held.get(first)?.reached;
  await order(batchId, 'pause');
  const told = () => workflow(batchId).query<BatchStatus>(BATCH_STATUS);
  await eventually('the order', async () => (await told()).order === 'pause');
  held.get(first)?.release();
  await eventually('the first one', async () => (await states(batchId))[0] === 'replayed');
  await eventually('the pause', () => isIdle(batchId));
  expect(await states(batchId)).toEqual(['replayed', 'pending', 'pending', 'pending']);
  expect((await showBatch(harness.deps, batchId)).batch.state).toBe('paused');

  await order(batchId, 'resume');
  await held.get(second)?.reached;
  expect(await states(batchId)).toEqual(['replayed', 'running', 'pending', 'pending']);
  await order(batchId, 'cancel');
  await eventually('the order', async () => (await told()).order === 'cancel');
  held.get(second)?.release();
  await workflow(batchId).result();
  const { batch, items } = await showBatch(harness.deps, batchId);
  expect(items.map(({ state }) => state)).toEqual(['replayed', 'replayed', 'skipped', 'skipped']);
  expect(items.every(({ companyName }) => companyName?.startsWith('Acme '))).toBe(true);
  expect(batch.state).toBe('cancelled');
  expect(batch.endedAt).not.toBeNull();
  for (const id of [first, second]) await harness.untilPhase(id, 'trial');
  for (const id of [third, fourth])
    expect(await harness.row(id)).toMatchObject({ phase: 'onboarding', attention: 'instanceHealth' });
  await expect(order(batchId, 'resume')).rejects.toMatchObject({ statusCode: 409 });
});

test('a batch that fails too often stops by itself, and leaves the rest alone', async () => {
  const ids = await parked(12);
  for (const id of ids) park(id);
  const { batchId } = await begin(ids, 0.5);
  await workflow(batchId).result();
  const { batch, counts } = await showBatch(harness.deps, batchId);
  expect(batch.state).toBe('stopped');
  expect(counts).toEqual({ failed: 10, skipped: 2 });
});
