import { setTimeout as delay } from 'node:timers/promises';
import { recordStepRun } from '../../infra/db/repositories/steps.ts';
import { Bench, eventually } from '../support/lifecycle.ts';
import { EVERYTHING, STEPS, effectsOf, undoneOnce } from '../support/lifecycle-cells.ts';

// Provisioning is a stand-in here; workers killed with -9 in the middle of the real engine are in test/e2e.
let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

type Rows = Awaited<ReturnType<Bench['ledger']>>;
/** The newest epoch of each step, as the ledger has it. */
const newest = (rows: Rows): Record<string, { state: string; epoch: number }> =>
  Object.fromEntries(
    rows.toSorted((a, b) => a.epoch - b.epoch).map(({ step, state, epoch }) => [step, { state, epoch }]),
  );

async function expectAgreement(id: string): Promise<void> {
  const claimed = await bench.stepStates(id);
  const written = newest(await bench.ledger(id));
  for (const step of STEPS)
    expect([step, written[step]]).toEqual([step, { state: claimed[step]?.state, epoch: claimed[step]?.epoch }]);
}

test('workers that come and go in mid-step: every customer is whole, the ledger says what the workflow knows', async () => {
  const stories = await Promise.all(
    Array.from({ length: 5 }, () =>
      bench.signUp({
        beforeStart: (id) => {
          bench.failpoints.arm('ensureTrialSubscription', id, 'after', 1);
        },
      }),
    ),
  );
  for (const which of ['lifecycle', 'provisioning', 'lifecycle'] as const) {
    await delay(Math.random() * 300);
    await bench.stopWorker(which);
    await bench.startWorker(which);
  }
  for (const customer of stories) {
    const id = customer.customerId;
    await bench.untilPhase(id, 'trial', 60_000);
    await expectAgreement(id);
    expect(await effectsOf(bench, id)).toEqual(EVERYTHING);
    expect((await bench.inStripe(id)).subscriptions).toHaveLength(1);
    expect(await bench.subjects(customer)).toHaveLength(2);
  }
}, 120_000);

test('T7: an attempt that goes on after its time was up writes nothing', async () => {
  const { customerId } = await bench.inTrial();
  const before = newest(await bench.ledger(customerId));
  const zombie = { customerId, step: 'trialSubscription', epoch: 1 };
  const row = async () => (await bench.ledger(customerId)).find(({ step }) => step === 'trialSubscription');
  await recordStepRun(bench.database, zombie, { state: 'running', attempt: 3, inputHash: 'x' });
  await recordStepRun(bench.database, zombie, { state: 'done', attempt: 3, inputHash: 'x' });
  await recordStepRun(bench.database, zombie, {
    state: 'failed',
    attempt: 1,
    inputHash: 'y',
    error: { type: 'Late', message: 'Late.' },
  });
  expect(await row()).toMatchObject({ state: 'done', attempts: 3, errorType: null });
  expect(before['trialSubscription']).toEqual({ state: 'done', epoch: 1 });
});

test('a step that was taken back is not written over by the attempt that comes late', async () => {
  const customer = await bench.signUp({
    beforeStart: (id) => {
      bench.failpoints.arm('ensureTrialSubscription', id, 'after');
    },
  });
  const id = customer.customerId;
  await bench.untilRow(id, 'parked', ({ attention }) => attention === 'trialSubscription');
  await recordStepRun(
    bench.database,
    { customerId: id, step: 'trialSubscription', epoch: 1 },
    { state: 'done', attempt: 9, inputHash: 'z' },
  );
  expect(await undoneOnce(bench, id)).toBe(true);
  await eventually('agreement', async () => {
    await expectAgreement(id);
    return true;
  });
});
