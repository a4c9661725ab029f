import { setTimeout as delay } from 'node:timers/promises';
import { recordStepRun } from '../../infra/db/repositories/steps.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';
import type { Held } from '../support/lifecycle-failpoints.ts';
import { EVERYTHING, STEPS, effectsOf, undoneOnce } from '../support/lifecycle-cells.ts';

// Provisioning is a stand-in here; workers killed with -9 in the middle of the real engine are in test/e2e.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

type Rows = Awaited<ReturnType<LifecycleHarness['ledger']>>;
/** The newest epoch of each step, as the ledger has it. */
const newest = (rows: Rows): Record<string, { state: string; epoch: number }> =>
  Object.fromEntries(
    rows.toSorted((a, b) => a.epoch - b.epoch).map(({ step, state, epoch }) => [step, { state, epoch }]),
  );

async function expectAgreement(id: string): Promise<void> {
  const claimed = await harness.stepStates(id);
  const written = newest(await harness.ledger(id));
  for (const step of STEPS)
    expect([step, written[step]]).toEqual([step, { state: claimed[step]?.state, epoch: claimed[step]?.epoch }]);
}

test('workers that come and go in mid-step: every customer is whole, the ledger says what the workflow knows', async () => {
  const stories = await Promise.all(
    Array.from({ length: 5 }, () =>
      harness.signUp({
        beforeStart: (id) => {
          harness.failpoints.arm('ensureTrialSubscription', id, 'after', 1);
        },
      }),
    ),
  );
  for (const which of ['lifecycle', 'provisioning', 'lifecycle'] as const) {
    await delay(Math.random() * 300);
    await harness.stopWorker(which);
    await harness.startWorker(which);
  }
  for (const customer of stories) {
    const id = customer.customerId;
    await harness.untilPhase(id, 'trial');
    await expectAgreement(id);
    expect(await effectsOf(harness, id)).toEqual(EVERYTHING);
    expect((await harness.inStripe(id)).subscriptions).toHaveLength(1);
    expect(await harness.subjects(customer)).toHaveLength(2);
  }
});

const scheduled = (rows: Rows, step: string): Date => rows.find((row) => row.step === step)?.fencedAt ?? new Date(0);
const attempts = (id: string, step: string) =>
  harness.database
    .selectFrom('onboardingStepAttempts')
    .select(['direction', 'attempt', 'state', 'errorType'])
    .where('customerId', '=', id)
    .where('step', '=', step)
    .orderBy('epoch')
    .orderBy('scheduledAt')
    .orderBy('attempt')
    .execute();

test('an attempt that goes on after its time was up writes nothing', async () => {
  let held: Held | undefined;
  const { customerId } = await harness.signUp({
    beforeStart: (id) => {
      held = harness.failpoints.arm('ensureTrialSubscription', id, 'hold', 1);
    },
  });
  const row = async () => (await harness.ledger(customerId)).find(({ step }) => step === 'trialSubscription');
  await eventually('it begins', async () => (await row())?.state === 'running');
  const zombie = { customerId, step: 'trialSubscription', epoch: 1 };
  const scheduledAt = scheduled(await harness.ledger(customerId), 'trialSubscription');
  const late = { state: 'failed', scheduledAt, inputHash: 'y', error: { type: 'Late', message: 'Late.' } } as const;
  await recordStepRun(harness.database, zombie, { state: 'running', scheduledAt, attempt: 3, inputHash: 'x' });
  await recordStepRun(harness.database, zombie, { state: 'done', scheduledAt, attempt: 3, inputHash: 'x' });
  await recordStepRun(harness.database, zombie, { ...late, attempt: 1 });
  expect(await row()).toMatchObject({ state: 'done', attempts: 3, errorType: null });
  // The attempt that was overtaken never reported its end, and may no longer do so.
  expect((await attempts(customerId, 'trialSubscription')).map(({ attempt, state }) => [attempt, state])).toEqual([
    [1, 'lost'],
    [3, 'done'],
  ]);
  held?.release();
  await harness.untilPhase(customerId, 'trial');
});

test('what the workflow has accepted is not written over, not even by its own last attempt', async () => {
  const { customerId } = await harness.inTrial();
  const rows = await harness.ledger(customerId);
  const mail = rows.find(({ step }) => step === 'welcomeMail');
  const scheduledAt = new Date((mail?.startedAt ?? new Date()).getTime() - 60_000);
  const zombie = { customerId, step: 'welcomeMail', epoch: 1 };
  await recordStepRun(harness.database, zombie, { state: 'failed', scheduledAt, attempt: 9, inputHash: 'z' });
  await expectAgreement(customerId);
});

test('every attempt is kept with its error, and what a step made by reference', async () => {
  const { customerId } = await harness.inTrial({
    beforeStart: (id) => {
      harness.failpoints.arm('ensureTrialSubscription', id, 'before', 2);
    },
  });
  expect(await attempts(customerId, 'trialSubscription')).toEqual([
    { direction: 'run', attempt: 1, state: 'failed', errorType: 'Injected' },
    { direction: 'run', attempt: 2, state: 'failed', errorType: 'Injected' },
    { direction: 'run', attempt: 3, state: 'done', errorType: null },
  ]);
  const output = Object.fromEntries((await harness.ledger(customerId)).map((row) => [row.step, row.output]));
  const { stripeCustomerId, stripeSubscriptionId } = await harness.row(customerId);
  expect(output).toMatchObject({
    stripeCustomer: { stripeCustomerId },
    trialSubscription: { stripeSubscriptionId },
    stack: { namespace: expect.stringContaining('customer-') as string, version: 1 },
  });
});

test('operations on the stack after the onboarding are not in its ledger', async () => {
  const { customerId } = await harness.inTrial();
  await harness.advance(customerId, (await harness.trialEndsAt(customerId)) + DAY);
  await harness.untilRow(customerId, 'read-only', ({ standing }) => standing === 'read_only');
  await eventually('the update', () => harness.stacks.of(customerId).length === 2);
  const stack = (await harness.ledger(customerId)).filter(({ step }) => step === 'stack');
  expect(stack.map(({ epoch, state }) => [epoch, state])).toEqual([[1, 'done']]);
});

test('a step that was taken back is not written over by the attempt that comes late', async () => {
  const customer = await harness.signUp({
    beforeStart: (id) => {
      harness.failpoints.arm('ensureTrialSubscription', id, 'after');
    },
  });
  const id = customer.customerId;
  await harness.untilRow(id, 'parked', ({ attention }) => attention === 'trialSubscription');
  await recordStepRun(
    harness.database,
    { customerId: id, step: 'trialSubscription', epoch: 1 },
    { state: 'done', attempt: 9, inputHash: 'z', scheduledAt: new Date(0) },
  );
  expect(await undoneOnce(harness, id)).toBe(true);
  await eventually('agreement', async () => {
    await expectAgreement(id);
    return true;
  });
});
