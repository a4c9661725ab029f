import type { BillingState } from './billing-state.ts';
import type { StandingMode } from './lifecycle.ts';
import type { Terms } from './terms.ts';
import { daysAfter } from './time.ts';

/** What a state of the Stripe subscription gives the customer, and what they are told of it. */
interface Meaning {
  readonly standing: StandingMode;
  readonly mail?: 'payment_failed';
  readonly rule: string;
}

const MEANING: Record<NonNullable<BillingState['subscription']>['status'], Meaning> = {
  active: { standing: 'active', rule: 'the subscription is paid' },
  trialing: { standing: 'active', rule: 'the subscription is in trial' },
  past_due: { standing: 'active', mail: 'payment_failed', rule: 'a payment failed; Stripe is retrying' },
  unpaid: { standing: 'suspended', mail: 'payment_failed', rule: 'every attempt to collect the payment failed' },
  paused: { standing: 'read_only', rule: 'the subscription is paused' },
  incomplete: { standing: 'read_only', mail: 'payment_failed', rule: 'the first payment is not complete' },
  incomplete_expired: { standing: 'suspended', rule: 'the first payment was never completed' },
  canceled: { standing: 'suspended', rule: 'the subscription has ended' },
};
const GONE: Meaning = { standing: 'suspended', rule: 'Stripe has no subscription of this customer' };

/** One row per state of Stripe, so that no state is handled by accident. */
export const meaningOf = ({ subscription }: BillingState): Meaning =>
  subscription ? MEANING[subscription.status] : GONE;

/** A licence outlives the paid period by the grace, so that a late renewal locks nobody out. */
export function licensedUntil({ subscription }: BillingState, terms: Terms, current: string): string {
  const paid = subscription?.status === 'active' && subscription.currentPeriodEndsAt;
  return paid ? daysAfter(paid, terms.graceDays) : current;
}
