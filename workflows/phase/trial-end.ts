import { patched, upsertSearchAttributes } from '@temporalio/workflow';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { accounts, billing } from '../activity-calls/proxies.ts';
import { SEARCH_ATTRIBUTES } from '../contract/customer.ts';
import type { BillingState } from '../domain/billing-state.ts';
import { SECOND_MS, daysAfter, iso } from '../domain/time.ts';
import { pastReminders } from '../domain/trial.ts';
import type { BillingAccount } from './billing-account.ts';
import type { CustomerRun } from './customer-run.ts';

/** A customer in a trial has an end of it, but a row written by hand may lack it. */
export const trialEndOf = ({ state, clock }: CustomerRun): string => state.trialEndsAt ?? iso(clock.now());

/** Notes that the trial ends then. */
export async function moveTrialEnd(customer: CustomerRun, trialEndsAt: string): Promise<void> {
  const trialDutiesDone = pastReminders(customer.state.terms, trialEndsAt, customer.clock.now());
  customer.update({ trialEndsAt, trialDutiesDone });
  upsertSearchAttributes({ [SEARCH_ATTRIBUTES.trialEndsAt]: [new Date(trialEndsAt)] });
  await accounts.recordTrialEnd({ customerId: customer.customerId, trialEndsAt });
}

/** Stripe's `trial_end` was moved and ours was not: by an extension that failed half-way, or by a person in Stripe. */
export async function followTrialEnd(customer: CustomerRun, { subscription }: BillingState): Promise<void> {
  const inStripe = subscription?.trialEndsAt ?? null;
  if (inStripe === null) return;
  const laterBy = Date.parse(inStripe) - Date.parse(trialEndOf(customer));
  const isAhead = Date.parse(inStripe) > customer.clock.now();
  if (laterBy >= SECOND_MS && isAhead && patched('a later trial end in Stripe is followed'))
    await moveTrialEnd(customer, inStripe);
  if (laterBy <= -SECOND_MS && patched('an earlier trial end in Stripe is followed'))
    await moveTrialEnd(customer, inStripe);
}

/** Gives a trial more days, even one that is over. */
export async function extendTrial(
  customer: CustomerRun,
  account: BillingAccount,
  days: number,
): Promise<{ trialEndsAt: string }> {
  const { extensionsUsed } = customer.state;
  const end = trialEndOf(customer);
  const now = iso(customer.clock.now());
  // Days that have passed since the end do not count.
  const trialEndsAt = daysAfter(end > now ? end : now, days);
  await moveEndInStripe(customer, account, trialEndsAt);
  customer.update({ extensionsUsed: extensionsUsed + 1 });
  await moveTrialEnd(customer, trialEndsAt);
  return { trialEndsAt };
}

/** The call may have failed after Stripe had moved the end; what Stripe says counts. */
async function moveEndInStripe(customer: CustomerRun, account: BillingAccount, trialEndsAt: string): Promise<void> {
  const { customerId } = customer;
  try {
    await billing.moveTrialEnd({ customerId, trialEndsAt, key: freshKey(customerId, 'extend') });
  } catch (error) {
    if (!patched('an extension is what Stripe says it is')) throw error;
    const { subscription } = await account.read();
    const inStripe = subscription?.status === 'trialing' ? Date.parse(subscription.trialEndsAt ?? '') : NaN;
    if (!(Math.abs(inStripe - Date.parse(trialEndsAt)) < SECOND_MS)) throw error;
  }
}
