import { createApiHarness, member, staff, staffSession, type ApiHarness, type Member } from './harness.ts';

let harness: ApiHarness;
const url = '/api/admin/replay-batches';
let support: Member['headers'];
beforeAll(async () => {
  harness = await createApiHarness();
  support = await staffSession(harness, 'support');
});
afterAll(() => harness.stop());
beforeEach(async () => {
  await harness.database
    .updateTable('customers')
    .set({ attention: null, standing: 'active', phase: 'trial' })
    .execute();
  harness.temporal.started.clear();
  harness.temporal.signals.length = 0;
  harness.temporal.down = false;
});

async function parked(step = 'stack', errorType = 'InvalidSpec', updatedAt = new Date()): Promise<string> {
  const { customerId } = await member(harness);
  const change = { phase: 'onboarding', attention: step, standing: 'failed' };
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  const failed = { customerId, step, epoch: 1, state: 'failed', attempts: 1, errorType, updatedAt };
  await harness.database.insertInto('onboardingSteps').values(failed).execute();
  return customerId;
}

interface Started {
  readonly batch_id: string;
  readonly customers: number;
}
const create = (payload: object, headers: object = staff) =>
  harness.app.inject({ method: 'POST', url, payload: { reason: 'mended', ...payload }, headers: { ...headers } });
const show = async (id: string) =>
  (await harness.app.inject({ url: `${url}/${id}`, headers: staff })).json<{
    state: string;
    ended_at: string | null;
    counts: object;
    results: { customer_id: string; state: string }[];
  }>();
const taken = async (payload: object): Promise<string[]> => {
  const reply = await create(payload);
  expect(reply.statusCode).toBe(202);
  return (await show(reply.json<Started>().batch_id)).results.map(({ customer_id }) => customer_id).sort();
};
const order = (id: string, word: string, headers: object = staff) =>
  harness.app.inject({ method: 'POST', url: `${url}/${id}/${word}`, headers: { ...headers } });
const audit = async () =>
  harness.database
    .selectFrom('auditEvents')
    .selectAll()
    .where('action', 'like', 'batch.%')
    .orderBy('auditId')
    .execute();

describe('the customers of a batch', () => {
  test('are parked ones only: not a customer who is onboarding, in trial or being replayed', async () => {
    const [a, b] = [await parked(), await parked('trialSubscription', 'StripeUnavailable')];
    const { customerId: running } = await member(harness);
    const replaying = await parked();
    const change = { standing: 'pending', attention: null };
    await harness.database.updateTable('customers').set(change).where('customerId', '=', replaying).execute();
    expect(await taken({})).toEqual([a, b].sort());
    expect(await taken({ customer_ids: [a, running, replaying] })).toEqual([a]);
  });

  test('conditions narrow each other', async () => {
    const old = new Date('2026-01-01T00:00:00Z');
    const [spec, stripe] = [await parked(), await parked('trialSubscription', 'StripeUnavailable')];
    const early = await parked('stack', 'InvalidSpec', old);
    expect(await taken({ failed_step: 'stack' })).toEqual([spec, early].sort());
    expect(await taken({ error_type: 'StripeUnavailable' })).toEqual([stripe]);
    expect(await taken({ failed_step: 'stack', since: '2026-06-01T00:00:00.000Z' })).toEqual([spec]);
    expect(await taken({ failed_step: 'stack', customer_ids: [stripe, early] })).toEqual([early]);
  });

  test('nobody: 409, nothing stored, nothing started', async () => {
    const before = [await harness.count('replayBatches'), (await audit()).length];
    const reply = await create({ failed_step: 'stack' });
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({ code: 'empty_batch' });
    expect([await harness.count('replayBatches'), (await audit()).length]).toEqual(before);
    expect(harness.temporal.started.size).toBe(0);
  });
});

describe('the start', () => {
  test('the reason is in the audit trail and stays out of Temporal', async () => {
    await parked();
    const reply = await create({ reason: 'Ms Smith says it is mended', concurrency: 3, max_failure_rate: 0.2 });
    const { batch_id, customers } = reply.json<Started>();
    expect(customers).toBe(1);
    expect((await audit()).at(-1)).toMatchObject({
      action: 'batch.started',
      actor: 'staff:token',
      reason: 'Ms Smith says it is mended',
      details: { batchId: batch_id, customers: 1 },
    });
    const started = harness.temporal.started.get(`replay-batch/${batch_id}`);
    expect(started).toMatchObject({
      name: 'replayBatch',
      taskQueue: 'lifecycle',
      args: [{ batchId: batch_id, concurrency: 3, maxFailureRate: 0.2, paused: false }],
    });
    expect(JSON.stringify(started)).not.toContain('Smith');
    expect(await show(batch_id)).toMatchObject({ state: 'running', ended_at: null, counts: { pending: 1 } });
  });

  test('Temporal away: 503, said before the start in the audit, and no batch that pretends to run', async () => {
    await parked();
    harness.temporal.down = true;
    const before = (await audit()).length;
    const reply = await create({});
    expect(reply.statusCode).toBe(503);
    expect(reply.json()).toMatchObject({ code: 'batch_not_started' });
    expect((await audit()).length).toBe(before + 1);
    const [newest] = await harness.database
      .selectFrom('replayBatches')
      .selectAll()
      .orderBy('createdAt', 'desc')
      .limit(1)
      .execute();
    const batch = await show(newest?.batchId ?? '');
    expect(batch).toMatchObject({ state: 'cancelled', counts: { skipped: 1 } });
    expect(batch.ended_at).not.toBeNull();
  });

  test('ten thousand ids fit', async () => {
    const id = await parked();
    const others = Array.from(
      { length: 9_999 },
      (_, n) => `cust_00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    );
    expect(await taken({ customer_ids: [id, ...others] })).toEqual([id]);
  });
});

describe('orders', () => {
  test('pause, resume and cancel reach the workflow and the audit trail', async () => {
    await parked();
    const { batch_id } = (await create({})).json<Started>();
    const states = [];
    for (const word of ['pause', 'resume', 'cancel']) {
      expect((await order(batch_id, word)).json()).toEqual({ accepted: true });
      states.push((await show(batch_id)).state);
    }
    // The workflow reports the end of a cancelled batch, because it waits for customers under way.
    expect(states).toEqual(['paused', 'running', 'running']);
    const workflowId = `replay-batch/${batch_id}`;
    expect(harness.temporal.signals).toMatchObject(
      ['pauseBatch', 'resumeBatch', 'cancelBatch'].map((name) => ({ workflowId, name })),
    );
    expect((await audit()).slice(-3)).toMatchObject(
      ['batch.pause', 'batch.resume', 'batch.cancel'].map((action) => ({ action, details: { batchId: batch_id } })),
    );
  });

  test('a batch that is over stays over', async () => {
    await parked();
    const { batch_id } = (await create({})).json<Started>();
    const over = { state: 'done', endedAt: new Date() };
    await harness.database.updateTable('replayBatches').set(over).where('batchId', '=', batch_id).execute();
    expect((await order(batch_id, 'pause')).json()).toMatchObject({ code: 'batch_over' });
    expect((await show(batch_id)).state).toBe('done');
    expect(harness.temporal.signals).toEqual([]);
  });
});

const nowhere = '00000000-0000-4000-8000-000000000000';

test.each([
  ['no reason', { reason: undefined }],
  ['an empty reason', { reason: '' }],
  ['a reason of spaces', { reason: '   ' }],
  ['what is no name of a step', { failed_step: 'lunch break' }],
  ['ids that are none', { customer_ids: ['1'] }],
  ['no ids in a list of ids', { customer_ids: [] }],
  ['no lanes', { concurrency: 0 }],
  ['too many lanes', { concurrency: 51 }],
  ['a rate above one', { max_failure_rate: 1.1 }],
  ['a date that is none', { since: 'yesterday' }],
  ['an unknown field', { everybody: true }],
])('bad input: %s', async (_name, payload) => {
  await parked();
  const before = [await harness.count('replayBatches'), (await audit()).length];
  const reply = await create(payload);
  expect(reply.statusCode).toBe(400);
  expect(reply.json()).toMatchObject({ code: 'validation_failed' });
  expect([await harness.count('replayBatches'), (await audit()).length]).toEqual(before);
});

test.each([
  ['no such batch', `${url}/${nowhere}/pause`, 404],
  ['no id', `${url}/1/pause`, 400],
  ['an unknown order', `${url}/${nowhere}/explode`, 400],
])('bad order: %s', async (_name, path, expected) => {
  expect((await harness.app.inject({ method: 'POST', url: path, headers: staff })).statusCode).toBe(expected);
});

test('no such batch to look at', async () => {
  expect((await harness.app.inject({ url: `${url}/${nowhere}`, headers: staff })).statusCode).toBe(404);
});

test('roles: support may, customers and nobody may not', async () => {
  await parked();
  const { headers } = await member(harness);
  const reply = await create({}, support);
  expect(reply.statusCode).toBe(202);
  const { batch_id } = reply.json<Started>();
  expect((await order(batch_id, 'cancel', support)).statusCode).toBe(200);
  for (const [who, expected] of [
    [headers, 403],
    [{}, 401],
  ] as const) {
    expect((await create({}, who)).statusCode).toBe(expected);
    expect((await order(batch_id, 'cancel', who)).statusCode).toBe(expected);
    expect((await harness.app.inject({ url: `${url}/${batch_id}`, headers: { ...who } })).statusCode).toBe(expected);
  }
});
