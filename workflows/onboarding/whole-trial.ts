import { patched } from '@temporalio/workflow';
import { accounts, billing } from '../activity-calls/proxies.ts';
import type { CustomerRun } from '../phase/customer-run.ts';
import { daysAfter, iso } from '../domain/time.ts';
import { trialIsOutdated } from '../domain/trial.ts';

/** The end of a trial that begins now. */
export const endFromNow = ({ state: { terms }, clock }: CustomerRun): string =>
  daysAfter(iso(clock.now()), terms.trialDays);

async function recordEnd(customer: CustomerRun, trialEndsAt: string): Promise<void> {
  customer.update({ trialEndsAt });
  await accounts.recordTrialEnd({ customerId: customer.customerId, trialEndsAt });
}

/** Lets the trial begin now. Stripe is told by the step that starts it there. */
export const restartTrial = (customer: CustomerRun): Promise<void> => recordEnd(customer, endFromNow(customer));

/** The days of an outage do not count as days of a trial: a trial that is about to start a day late begins again. */
export async function keepTrialWhole(customer: CustomerRun): Promise<void> {
  const { terms, trialEndsAt } = customer.state;
  if (!trialIsOutdated(terms, trialEndsAt, customer.clock.now())) return;
  if (patched('a trial begins when an outage has ended')) await restartTrial(customer);
}

/**
 * Nor do the days that the instance took after the subscription had begun: the customer is promised full days with an
 * instance. Stripe first: if it refuses, all three records still agree.
 */
export async function startTrialWhenReady(customer: CustomerRun, key: string): Promise<void> {
  const { customerId, terms, trialEndsAt: before } = customer.state;
  // When the mail is replayed later, the trial has begun long ago.
  if (customer.phase !== 'onboarding' || !trialIsOutdated(terms, before, customer.clock.now())) return;
  if (!patched('a trial begins when the instance is ready')) return;
  const trialEndsAt = endFromNow(customer);
  await billing.ensureTrialSubscription({ customerId, key, plan: terms.plan, trialEndsAt });
  await recordEnd(customer, trialEndsAt);
}
