import type { CoreStepName } from '../../workflows/domain/core-steps.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, type SignedUp } from '../support/lifecycle.ts';
import {
  ACTIVITIES,
  EVERYTHING,
  NOTHING,
  ROLLBACK,
  STEPS,
  effectsClaimed,
  effectsOf,
  inUndoOrder,
  isMail,
  meet,
  undoneOnce,
  undosRun,
  untilParked,
} from '../support/lifecycle-cells.ts';

// Every combination of step and trouble, generated from the table of steps. "time out" is an unknown outcome: the work
// was done and its answer lost, at every attempt.
// Provisioning is a stand-in here; compensation-stack.slow.test.ts runs a sample on the real engine, and `npm run test:full`
// all of it.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

const POLICY_STEPS = STEPS.filter((step) => !isMail(step));
const MAILS = STEPS.filter(isMail);
const UNKNOWN_OR_FAILED = ['fail', 'time out'] as const;
const cells = POLICY_STEPS.flatMap((step) => UNKNOWN_OR_FAILED.map((trouble) => ({ step, trouble })));

const times = async (customer: SignedUp, subject: string): Promise<number> =>
  (await harness.subjects(customer)).filter((sent) => sent === subject).length;

/** What the Temporal Web UI shows about a customer. */
const detailsOf = async (id: string): Promise<string> =>
  (await harness.handle(id).query<{ readonly currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;

/** A failed payment and failed provisioning have different mails. */
const failedMail = (step: CoreStepName): string =>
  `Your ${['stripeCustomer', 'trialSubscription'].includes(step) ? 'billing account' : 'instance'} is not ready yet`;

async function expectWhole(customer: SignedUp): Promise<void> {
  await harness.untilPhase(customer.customerId, 'trial');
  expect(await effectsOf(harness, customer.customerId)).toEqual(EVERYTHING);
  expect((await harness.row(customer.customerId)).standing).toBe('active');
  expect(await times(customer, 'Welcome to Tenure')).toBe(1);
  expect(await times(customer, 'Your instance is ready')).toBe(1);
}

describe('policy park keeps what was done, takes the failed step back, and a replay doubles nothing', () => {
  test.concurrent.each(cells)('$step: $trouble', async ({ step, trouble }) => {
    const customer = await meet(harness, step, trouble);
    const id = customer.customerId;
    await untilParked(harness, id, step);
    expect((await harness.stepStates(id))[step]?.state).toBe('failed');
    expect(await effectsOf(harness, id)).toEqual(await effectsClaimed(harness, id));
    const { undo } = ACTIVITIES[step];
    expect(undosRun(harness, id)).toEqual(undo === undefined ? [] : [undo]);
    expect(await undoneOnce(harness, id)).toBe(true);
    await eventually('support to be mailed', async () => (await harness.supportMails(id)).length === 1);
    expect((await harness.alerts(id)).map(({ kind }) => kind)).toEqual([`onboarding:${step}`]);
    await eventually('the customer to be told', async () => times(customer, failedMail(step)));
    expect((await harness.row(id)).standing).toBe('failed');
    await eventually('the Web UI to say why', async () => (await detailsOf(id)).includes(`**${step} failed**`));

    harness.failpoints.disarm(id);
    await eventually('the replay', () => harness.command(id, 'resumeOnboarding', { from: 'failed' }));
    await expectWhole(customer);
    expect(await detailsOf(id)).not.toContain('failed');
    expect(await times(customer, failedMail(step))).toBe(1);
    expect((await harness.alerts(id)).every(({ resolvedAt }) => resolvedAt !== null)).toBe(true);
  });
});

describe('policy rollback takes everything back, last first, each once; a replay makes it whole and mails nothing twice', () => {
  test.concurrent.each(cells)('$step: $trouble', async ({ step, trouble }) => {
    const customer = await meet(harness, step, trouble, { profile: ROLLBACK });
    const id = customer.customerId;
    await untilParked(harness, id, step);
    expect(await effectsOf(harness, id)).toEqual(NOTHING);
    const run = undosRun(harness, id);
    // The failed step is undone immediately, before the others.
    const { undo } = ACTIVITIES[step];
    const others = run.filter((activity) => activity !== undo);
    expect(run).toEqual(undo === undefined ? inUndoOrder(others) : [undo, ...inUndoOrder(others)]);
    expect(await undoneOnce(harness, id)).toBe(true);
    expect(await harness.row(id)).toMatchObject({ phase: 'onboarding', standing: 'failed', email: customer.email });

    harness.failpoints.disarm(id);
    await eventually('the replay', () => harness.command(id, 'resumeOnboarding', { from: 'failed' }));
    await expectWhole(customer);
  });
});

describe('a customer who cancels in the middle of a step leaves nothing behind', () => {
  test.concurrent.each(STEPS)('%s', async (step) => {
    const customer = await meet(harness, step, 'cancel');
    const id = customer.customerId;
    await harness.untilPhase(id, 'ended');
    expect(await effectsOf(harness, id)).toEqual(NOTHING);
    expect(await undoneOnce(harness, id)).toBe(true);
    expect(await times(customer, 'Your account has been closed')).toBe(1);
    // There was no data to back up yet.
    expect((await harness.inbox.to(customer.email)).at(-1)?.text).not.toMatch(/backup/i);
  });
});

describe('a mail stops nobody', () => {
  test.concurrent.each(MAILS)('%s: not sent', async (step) => {
    const customer = await meet(harness, step, 'fail');
    await harness.untilPhase(customer.customerId, 'trial');
    expect(await effectsOf(harness, customer.customerId)).toEqual(EVERYTHING);
    const mails = (await harness.ledger(customer.customerId)).filter((row) => MAILS.includes(row.step as CoreStepName));
    expect(mails.filter((row) => row.step === step)).toMatchObject([
      { state: 'failed', errorType: 'Injected', undoState: null },
    ]);
    expect(mails.filter((row) => row.step !== step)).toMatchObject([{ state: 'done', errorType: null }]);
    expect(await harness.subjects(customer)).toHaveLength(1);
  });

  test.concurrent.each(MAILS)('%s: sent, and nobody knows: not sent again', async (step) => {
    const customer = await meet(harness, step, 'time out');
    await harness.untilPhase(customer.customerId, 'trial');
    expect((await harness.subjects(customer)).sort()).toEqual(['Welcome to Tenure', 'Your instance is ready']);
  });
});

describe('an undo that gives up parks the customer, with an alert, and never disappears', () => {
  const undoable = POLICY_STEPS.filter((step) => ACTIVITIES[step].undo !== undefined);

  test.concurrent.each(undoable)('%s', async (step) => {
    const customer = await harness.signUp({
      beforeStart: (id) => {
        harness.failpoints.arm(ACTIVITIES[step].run, id, 'after');
        harness.failpoints.arm(ACTIVITIES[step].undo ?? '', id, 'before');
      },
    });
    const id = customer.customerId;
    await untilParked(harness, id, step);
    expect((await harness.stepStates(id))[step]?.state).toBe('undo_failed');
    await eventually('the alert', async () =>
      (await harness.alerts(id)).some(({ kind }) => kind === `onboarding:${step}`),
    );
    const row = (await harness.ledger(id)).find((entry) => entry.step === step);
    expect(row).toMatchObject({ state: 'undo_failed', undoState: 'undo_failed' });

    harness.failpoints.disarm(id);
    await eventually('the replay', () => harness.command(id, 'resumeOnboarding', { from: step }));
    await expectWhole(customer);
  });
});
