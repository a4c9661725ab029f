import { defineQuery, patched, setHandler } from '@temporalio/workflow';
import { accounts, billing, support } from '../activity-calls/proxies.ts';
import type { Commands, ReplayFrom } from '../contract/commands.ts';
import { REPLAY_PLAN, type ReplayPlan, type ReplayQuestion } from '../contract/replay.ts';
import type { CustomerRun } from './customer-run.ts';
import { stepsOf } from '../domain/core-steps.ts';
import { CORRECTABLE_LATER, onlyToReplay } from '../domain/late-replay.ts';
import { failedSteps, namesOf, stateOf, type Step } from '../domain/steps.ts';
import { iso } from '../domain/time.ts';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { openSaga } from '../onboarding/onboarding-steps.ts';
import type { PhaseCommands } from './phase-commands.ts';
import { NOT_NOW } from './refusals.ts';
import type { Saga } from '../onboarding/saga.ts';

/** Tells support of every step that failed; each repetition mails again. */
export async function alertOfFailedSteps({ state }: CustomerRun, repetition: number): Promise<void> {
  const { customerId, onboarding } = state;
  for (const step of failedSteps(onboarding.steps))
    await support.raiseAlert({
      customerId,
      kind: `onboarding:${step}`,
      step,
      errorType: stateOf(onboarding.steps, step).errorType ?? 'Unknown',
      key: `${customerId}:${String(onboarding.generation)}:${step}:alert:${String(repetition)}`,
    });
}

/**
 * SES may have reported meanwhile that a mail with a lost answer did go out: the step asks again, and does not send
 * again.
 */
export async function askOfMailsInDoubt({ state }: CustomerRun, saga: Saga): Promise<void> {
  const { steps } = state.onboarding;
  const inDoubt = failedSteps(steps).filter((step) => stateOf(steps, step).errorType === 'MailAnswerLost');
  if (inDoubt.length > 0 && patched('mails in doubt are asked for again')) await saga.ask(inDoubt);
}

/**
 * A mail of the onboarding that could not be sent does not stop it, so the customer may be in any phase when support
 * replays the mail, to a corrected address if that was wrong; the same when the mail was sent and bounced. Nothing else
 * of an onboarding can be replayed after it.
 */
export function lateReplay(customer: CustomerRun): NonNullable<PhaseCommands['resumeOnboarding']> {
  setHandler(defineQuery<ReplayPlan, [ReplayQuestion]>(REPLAY_PLAN), ({ from, corrected = [] }) => {
    const toCorrected = corrected.includes('email');
    const willRun = touched(toCorrected, mailsTo(customer, from, toCorrected));
    return {
      willRun,
      willUndo: [],
      willSkip: namesOf(stepsOf(customer.state.terms)).filter((step) => !willRun.includes(step)),
    };
  });
  return {
    refuse: (argument) => refuseLateReplay(customer, argument),
    run: (argument) => sendAgain(customer, argument),
  };
}

const owedMails = (customer: CustomerRun, from: ReplayFrom): string[] =>
  failedSteps(customer.state.onboarding.steps).filter((step) => from === 'failed' || step === from);

const goesToAddress = ({ mail, takes }: Step): boolean => mail !== undefined && takes.includes('email');

/** Nothing has been sent to a new address yet. */
function mailsTo(customer: CustomerRun, from: ReplayFrom, newAddress: boolean): string[] {
  const owed = owedMails(customer, from);
  const steps = stepsOf(customer.state.terms);
  return namesOf(steps.filter((step) => owed.includes(step.name) || (newAddress && goesToAddress(step))));
}

/** Stripe mails its receipts to the corrected address too. */
const touched = (toCorrected: boolean, mails: readonly string[]): string[] => [
  ...(toCorrected ? ['stripeCustomer'] : []),
  ...mails,
];

function refuseLateReplay(
  customer: CustomerRun,
  { from, correctionId }: Commands['resumeOnboarding']['argument'],
): string | undefined {
  const owed = failedSteps(customer.state.onboarding.steps);
  // Postgres knows whether mails to the old address bounced; that is checked when the correction is applied.
  if (owed.length === 0 && from === 'failed' && correctionId !== undefined) return undefined;
  if (owed.length === 0) return NOT_NOW.resumeOnboarding('');
  if (from === 'failed' || owed.some((step) => step === from)) return undefined;
  return onlyToReplay(owed);
}

async function sendAgain(
  customer: CustomerRun,
  { from, correctionId, auditId }: Commands['resumeOnboarding']['argument'],
): Promise<Commands['resumeOnboarding']['result']> {
  const { customerId } = customer;
  let newAddress = false;
  if (correctionId !== undefined) {
    const nothingFailed = failedSteps(customer.state.onboarding.steps).length === 0;
    const corrected = await accounts.applyCorrection({
      ...{ customerId, correctionId, allowed: CORRECTABLE_LATER },
      ...(nothingFailed && { ifMailBounced: true }),
    });
    newAddress = corrected.newAddress === true;
    const key = freshKey(customerId, 'correction');
    // Not as a step of the saga: the step would delete the customer in Stripe if it could not update them.
    await billing.ensureStripeCustomer({ customerId, key, now: iso(customer.clock.now()) });
  }
  const mails = mailsTo(customer, from, newAddress);
  const willRun = touched(correctionId !== undefined, mails);
  const saga = openSaga(customer);
  saga.reset(mails);
  const generation = customer.state.onboarding.generation + 1;
  customer.update({ onboarding: { ...customer.state.onboarding, generation } });
  await saga.run();
  const replay = { auditId, steps: mails };
  await support.recordOnboarding({ customerId, outcome: 'mailed', replay, ...customer.state.onboarding });
  customer.view.needsAttention(null);
  await alertOfFailedSteps(customer, 1);
  return { willRun, nothingToDo: false, generation };
}
