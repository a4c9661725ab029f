import { patched } from '@temporalio/workflow';
import { accounts, billing } from '../activity-calls/proxies.ts';
import type { Desk } from '../phase/desk.ts';
import { daysAfter, iso } from '../domain/time.ts';
import { trialIsOutdated } from '../domain/trial.ts';

/** The end of a trial that begins now. */
export const endFromNow = ({ state: { terms }, clock }: Desk): string => daysAfter(iso(clock.now()), terms.trialDays);

async function recordEnd(desk: Desk, trialEndsAt: string): Promise<void> {
  desk.update({ trialEndsAt });
  await accounts.recordTrialEnd({ customerId: desk.customerId, trialEndsAt });
}

/** Lets the trial begin now. Stripe is told by the step that starts it there. */
export const restartTrial = (desk: Desk): Promise<void> => recordEnd(desk, endFromNow(desk));

/** The days of an outage are not days of a trial: one that is about to start a day late begins anew. */
export async function keepTrialWhole(desk: Desk): Promise<void> {
  const { terms, trialEndsAt } = desk.state;
  if (!trialIsOutdated(terms, trialEndsAt, desk.clock.now())) return;
  if (patched('a trial begins when an outage has ended')) await restartTrial(desk);
}

/**
 * Nor are the days that the instance took after the subscription had begun: what the customer is promised are whole days
 * with an instance. Stripe first: if it refuses, all three still say the same.
 */
export async function startTrialWhenReady(desk: Desk, key: string): Promise<void> {
  const { customerId, terms, trialEndsAt: before } = desk.state;
  // A mail that is replayed later tells of a trial that has begun long ago.
  if (desk.phase !== 'onboarding' || !trialIsOutdated(terms, before, desk.clock.now())) return;
  if (!patched('a trial begins when the instance is ready')) return;
  const trialEndsAt = endFromNow(desk);
  await billing.ensureTrialSubscription({ customerId, key, plan: terms.plan, trialEndsAt });
  await recordEnd(desk, trialEndsAt);
}
