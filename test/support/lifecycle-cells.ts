import { setTimeout as delay } from 'node:timers/promises';
import { CORE_STEP_NAMES, type CoreStepName } from '../../workflows/domain/core-steps.ts';
import type { LifecycleHarness, SignedUp } from './lifecycle.ts';
import { tenure } from './default-product.ts';

/** Ways in which a step fails: nothing happened; it happened and nobody knows; the customer leaves meanwhile. */
export const TROUBLES = ['fail', 'time out', 'cancel'] as const;
type Trouble = (typeof TROUBLES)[number];

interface StepActivities {
  readonly run: string;
  readonly undo?: string;
}

/** The activities behind each step: a new step without a line here does not compile. */
export const ACTIVITIES: Record<CoreStepName, StepActivities> = {
  welcomeMail: { run: 'sendWelcomeMail' },
  stripeCustomer: { run: 'ensureStripeCustomer', undo: 'deleteStripeCustomer' },
  trialSubscription: { run: 'ensureTrialSubscription', undo: 'cancelSubscription' },
  stack: { run: 'applyStack', undo: 'destroyStack' },
  instanceHealth: { run: 'checkInstance' },
  readyMail: { run: 'sendReadyMail' },
};
const UNDO_ORDER = ['destroyStack', 'cancelSubscription', 'deleteStripeCustomer'];

/** A failed mail is recorded and does not stop the onboarding. */
export const isMail = (step: CoreStepName): boolean => step.endsWith('Mail');

const { onboarding } = tenure;
export const ROLLBACK = { onboarding: { ...onboarding, whenAStepFails: 'rollback' as const } };

const POINT = { fail: 'before', 'time out': 'after', cancel: 'hold' } as const satisfies Record<Trouble, string>;

/** Signs up a customer who meets the trouble at that step; if the trouble is to leave, cancels in the middle of it. */
export async function meet(
  harness: LifecycleHarness,
  step: CoreStepName,
  trouble: Trouble,
  profile: Parameters<LifecycleHarness['signUp']>[0] = {},
): Promise<SignedUp> {
  const held = Promise.withResolvers<ReturnType<LifecycleHarness['failpoints']['arm']>>();
  const beforeStart = (customerId: string): void => {
    held.resolve(harness.failpoints.arm(ACTIVITIES[step].run, customerId, POINT[trouble]));
  };
  const customer = await harness.signUp({ ...profile, beforeStart });
  if (trouble !== 'cancel') return customer;
  const { reached, release } = await held.promise;
  await reached;
  await harness.command(customer.customerId, 'cancel', { when: 'now' });
  // An undo that does not wait for the work under way would be overtaken by it: give such a mistake time to happen.
  const { undo } = ACTIVITIES[step];
  const patience = Date.now() + 1_000;
  while (Date.now() < patience && harness.failpoints.count(undo ?? '', customer.customerId) === 0) await delay(25);
  release();
  return customer;
}

/** What exists for a customer, asked at each place itself. */
export async function effectsOf(harness: LifecycleHarness, customerId: string) {
  const { customers, live } = await harness.inStripe(customerId);
  const inventory = harness.target && Object.values(await harness.target.inventory(customerId));
  if (inventory && new Set(inventory).size > 1) throw new Error('The stack is there in part.');
  const stack = inventory ? inventory.includes(true) : harness.stacks.stacks.has(customerId);
  return { stripeCustomer: customers.length, trialSubscription: live.length, stack: stack ? 1 : 0 };
}

export const NOTHING = { stripeCustomer: 0, trialSubscription: 0, stack: 0 };
export const EVERYTHING = { stripeCustomer: 1, trialSubscription: 1, stack: 1 };

/** What should exist if the workflow is right about its steps. */
export async function effectsClaimed(harness: LifecycleHarness, customerId: string) {
  const steps = await harness.stepStates(customerId);
  const done = (step: CoreStepName): number => (steps[step]?.state === 'done' ? 1 : 0);
  return { stripeCustomer: done('stripeCustomer'), trialSubscription: done('trialSubscription'), stack: done('stack') };
}

/** Undos in the order in which they were first run. */
export const undosRun = (harness: LifecycleHarness, customerId: string): string[] => [
  ...new Set(
    harness.failpoints.runs
      .filter((run) => run.customerId === customerId && UNDO_ORDER.includes(run.activity))
      .map(({ activity }) => activity),
  ),
];
export const inUndoOrder = (activities: readonly string[]): string[] =>
  UNDO_ORDER.filter((activity) => activities.includes(activity));

/** Steps of the first epoch that were undone according to the ledger, with the number of attempts. */
export async function undoneOnce(harness: LifecycleHarness, customerId: string): Promise<boolean> {
  const rows = (await harness.ledger(customerId)).filter(({ epoch, undoState }) => epoch === 1 && undoState !== null);
  return rows.every(({ undoState, undoAttempts }) => undoState === 'undone' && undoAttempts === 1);
}

export const untilParked = (harness: LifecycleHarness, customerId: string, step: CoreStepName) =>
  harness.untilRow(customerId, `parked at ${step}`, ({ attention }) => attention === step);

export const STEPS = CORE_STEP_NAMES;
