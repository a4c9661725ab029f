import { setTimeout as delay } from 'node:timers/promises';
import { CORE_STEP_NAMES, type CoreStepName } from '../../workflows/domain/core-steps.ts';
import type { Bench, SignedUp } from './lifecycle.ts';
import { tenure } from './default-product.ts';

/** Ways in which a step goes wrong: nothing happened; it happened and nobody knows; the customer leaves meanwhile. */
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

/** A mail that fails is recorded and stops nobody. */
export const isMail = (step: CoreStepName): boolean => step.endsWith('Mail');

const { onboarding } = tenure;
export const ROLLBACK = { onboarding: { ...onboarding, whenAStepFails: 'rollback' as const } };

const POINT = { fail: 'before', 'time out': 'after', cancel: 'hold' } as const satisfies Record<Trouble, string>;

/** Signs up a customer who meets the trouble at that step, and cancels in the middle of it where that is the trouble. */
export async function meet(
  bench: Bench,
  step: CoreStepName,
  trouble: Trouble,
  profile: Parameters<Bench['signUp']>[0] = {},
): Promise<SignedUp> {
  const held = Promise.withResolvers<ReturnType<Bench['failpoints']['arm']>>();
  const beforeStart = (customerId: string): void => {
    held.resolve(bench.failpoints.arm(ACTIVITIES[step].run, customerId, POINT[trouble]));
  };
  const customer = await bench.signUp({ ...profile, beforeStart });
  if (trouble !== 'cancel') return customer;
  const { reached, release } = await held.promise;
  await reached;
  await bench.command(customer.customerId, 'cancel', { when: 'now' });
  // An undo that does not wait for the work under way is overtaken by it: give it the time to be wrong.
  const { undo } = ACTIVITIES[step];
  const patience = Date.now() + 1_000;
  while (Date.now() < patience && bench.failpoints.count(undo ?? '', customer.customerId) === 0) await delay(25);
  release();
  return customer;
}

/** What exists of a customer, asked of each place itself. */
export async function effectsOf(bench: Bench, customerId: string) {
  const { customers, live } = await bench.inStripe(customerId);
  const inventory = bench.target && Object.values(await bench.target.inventory(customerId));
  if (inventory && new Set(inventory).size > 1) throw new Error('The stack is there in part.');
  const stack = inventory ? inventory.includes(true) : bench.stacks.stacks.has(customerId);
  return { stripeCustomer: customers.length, trialSubscription: live.length, stack: stack ? 1 : 0 };
}

export const NOTHING = { stripeCustomer: 0, trialSubscription: 0, stack: 0 };
export const EVERYTHING = { stripeCustomer: 1, trialSubscription: 1, stack: 1 };

/** What should exist if the workflow is right about its steps. */
export async function effectsClaimed(bench: Bench, customerId: string) {
  const steps = await bench.stepStates(customerId);
  const done = (step: CoreStepName): number => (steps[step]?.state === 'done' ? 1 : 0);
  return { stripeCustomer: done('stripeCustomer'), trialSubscription: done('trialSubscription'), stack: done('stack') };
}

/** Undos in the order in which they were first run. */
export const undosRun = (bench: Bench, customerId: string): string[] => [
  ...new Set(
    bench.failpoints.runs
      .filter((run) => run.customerId === customerId && UNDO_ORDER.includes(run.activity))
      .map(({ activity }) => activity),
  ),
];
export const inUndoOrder = (activities: readonly string[]): string[] =>
  UNDO_ORDER.filter((activity) => activities.includes(activity));

/** Steps of the first epoch that the ledger says were taken back, with how many attempts that took. */
export async function undoneOnce(bench: Bench, customerId: string): Promise<boolean> {
  const rows = (await bench.ledger(customerId)).filter(({ epoch, undoState }) => epoch === 1 && undoState !== null);
  return rows.every(({ undoState, undoAttempts }) => undoState === 'undone' && undoAttempts === 1);
}

export const untilParked = (bench: Bench, customerId: string, step: CoreStepName) =>
  bench.untilRow(customerId, `parked at ${step}`, ({ attention }) => attention === step);

export const STEPS = CORE_STEP_NAMES;
