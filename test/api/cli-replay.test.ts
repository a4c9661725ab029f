import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STAFF_TOKEN, createApiHarness, member, type ApiHarness } from './harness.ts';

const main = fileURLToPath(new URL('../../api/cli/main.ts', import.meta.url));
let harness: ApiHarness;
let home: string;
beforeAll(async () => {
  harness = await createApiHarness();
  home = await mkdtemp(join(tmpdir(), 'tenure-cli-'));
  const api = await harness.app.listen({ port: 0, host: '127.0.0.1' });
  await writeFile(join(home, 'run.json'), JSON.stringify({ api, staffToken: STAFF_TOKEN }));
});
afterAll(async () => {
  await harness.stop();
  await rm(home, { recursive: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command as a script runs it: in its own process. */
const tenure = (...words: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], { env: { TENURE_HOME: home } }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

async function parked(): Promise<string> {
  const { customerId } = await member(harness);
  const change = { phase: 'onboarding', attention: 'stack', standing: 'failed' };
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  const startedAt = new Date('2026-11-21T10:00:00Z');
  const failed = { customerId, step: 'stack', epoch: 1, state: 'failed', attempts: 2, errorType: 'QuotaExceeded' };
  await harness.database
    .insertInto('onboardingSteps')
    .values({ ...failed, output: JSON.stringify({ namespace: 'customer-1' }) })
    .execute();
  for (const attempt of [1, 2]) {
    const key = { customerId, step: 'stack', epoch: 1, direction: 'run', scheduledAt: startedAt, attempt };
    const ended = { state: attempt === 1 ? 'lost' : 'failed', startedAt, endedAt: new Date('2026-11-21T10:00:09Z') };
    await harness.database
      .insertInto('onboardingStepAttempts')
      .values({ ...key, ...ended, errorType: attempt === 1 ? null : 'QuotaExceeded' })
      .execute();
  }
  return customerId;
}

test('a dry run tells of the stack and of Stripe, and needs no reason', async () => {
  const customerId = await parked();
  harness.temporal.queries = {
    replayPlan: () => ({ willRun: ['stripeCustomer', 'stack'], willUndo: ['stack'], willSkip: ['welcomeMail'] }),
  };
  harness.temporal.results = {
    stackPreview: () => ({
      changes: { create: 0, update: 1, delete: 0, same: 3 },
      lines: ['update TenantInstance (host)'],
    }),
    billingPreview: () => ({ lines: ["update the customer's name (cus_1)"] }),
  };
  const correct = ['--correct', 'slug=zebra', '--correct', 'region=us-east'];
  const ran = await tenure('replay', customerId, ...correct, '--dry-run');
  expect(ran).toMatchObject({ code: 0, err: '' });
  for (const line of [
    'undo:  stack',
    'change in the stack: create 0, update 1',
    '    update TenantInstance (host)',
    'change in Stripe: 1',
    "    update the customer's name (cus_1)",
  ])
    expect(ran.out).toContain(line);
  const json = JSON.parse((await tenure('replay', customerId, '--dry-run', '--json')).out) as object;
  expect(json).toMatchObject({ stripe: { lines: ["update the customer's name (cus_1)"] }, stripe_note: null });
  harness.temporal.results = { ...harness.temporal.results, billingPreview: () => ({ lines: [] }) };
  expect((await tenure('replay', customerId, '--dry-run')).out).toContain('change in Stripe: nothing');
  expect(harness.temporal.updates).toEqual([]);
  const unknown = await tenure('replay', customerId, '--correct', 'region=moon', '--dry-run');
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('eu-central, us-east') as string });
  const late = { phase: 'trial', attention: 'readyMail' };
  await harness.database.updateTable('customers').set(late).where('customerId', '=', customerId).execute();
  expect(await tenure('replay', customerId, ...correct, '--dry-run')).toEqual({
    ...{ code: 1, out: '', err: 'Now only this can be corrected: email.\n' },
  });
});

test('show tells every attempt with its times and error, and what the step made', async () => {
  const { out } = await tenure('show', await parked());
  expect(out).toMatch(/stack +1 +failed +2 +QuotaExceeded +customer-1/);
  expect(out).toMatch(/stack +1 +1 +lost +– +2026-11-21 10:00:00 +2026-11-21 10:00:09/);
  expect(out).toMatch(/stack +1 +2 +failed +QuotaExceeded/);
});

test('batches are listed and steered', async () => {
  await parked();
  const post = { method: 'POST', url: '/api/admin/replay-batches', payload: { reason: 'mended' } } as const;
  const headers = { authorization: `Bearer ${STAFF_TOKEN}` };
  const { batch_id: id } = (await harness.app.inject({ ...post, headers })).json<{ batch_id: string }>();
  expect((await tenure('batches')).out).toMatch(new RegExp(`^${id} .*running .*pending.*\\(mended\\)`));
  expect(await tenure('pause-batch', id)).toMatchObject({ code: 0 });
  expect((JSON.parse((await tenure('batches', '--json')).out) as { batches: object[] }).batches[0]).toMatchObject({
    ...{ batch_id: id, state: 'paused' },
  });
  await tenure('cancel-batch', id);
  expect(harness.temporal.signals.map(({ name }) => name)).toEqual(['pauseBatch', 'cancelBatch']);
  const nowhere = await tenure('resume-batch', '00000000-0000-4000-8000-000000000000');
  expect(nowhere).toMatchObject({ code: 1 });
});

test('explain has one form of a date, in what a worker says too', async () => {
  const { customerId } = await member(harness);
  const waitingFor = 'reminder 7 days before the end at 2026-12-05T10:09:04.646Z, or a payment method';
  const status = { phase: 'trial', waitingFor, nextAt: '2026-12-05T10:09:04.646Z', leavesAtEnd: false, steps: {} };
  harness.temporal.queries = { customerStatus: () => status };
  const { out } = await tenure('explain', customerId);
  expect(out).toContain('2026-12-05 10:09:04  reminder 7 days before the end at 2026-12-05 10:09:04, or');
  expect(out).not.toMatch(/\dT\d/);
});
