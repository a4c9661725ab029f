import { patched } from '@temporalio/workflow';
import { accounts } from './activity-proxies.ts';
import type { Desk } from './desk.ts';
import { daysAfter, iso } from './domain/time.ts';
import { trialIsOutdated } from './domain/trial.ts';

/** Lets the trial begin now. Stripe is told by the step that starts it there. */
export async function restartTrial(desk: Desk): Promise<void> {
  const { customerId, terms } = desk.state;
  const trialEndsAt = daysAfter(iso(desk.clock.now()), terms.trialDays);
  desk.update({ trialEndsAt });
  await accounts.recordTrialEnd({ customerId, trialEndsAt });
}

/** The days of an outage are not days of a trial: one that is about to start a day late begins anew. */
export async function keepTrialWhole(desk: Desk): Promise<void> {
  const { terms, trialEndsAt } = desk.state;
  if (!trialIsOutdated(terms, trialEndsAt, desk.clock.now())) return;
  if (patched('a trial begins when an outage has ended')) await restartTrial(desk);
}
