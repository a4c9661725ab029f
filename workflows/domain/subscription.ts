import { isOwing, type BillingState, type CollectionPause } from './billing-state.ts';
import { isAtRest } from './pause.ts';
import type { CustomerState } from './customer-state.ts';
import type { InstanceGoal, StandingMode } from './lifecycle.ts';
import type { Terms } from './terms.ts';
import { DAY_MS, daysAfter, iso } from './time.ts';

/**
 * What a state of the Stripe subscription gives the customer, and what they are told of it. For what is owed or over it
 * holds only in histories from before `dunning.ts`.
 */
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
const AT_REST: Meaning = { standing: 'read_only', rule: 'the customer has paused their plan' };
/** Whoever pauses the collection gives time. */
const WAITED_FOR: Meaning = { standing: 'active', rule: 'a payment is overdue, and its collection is paused' };
const GONE: Meaning = { standing: 'suspended', rule: 'Stripe has no subscription of this customer' };

/** One row per state of Stripe, so that no state is handled by accident. */
export function meaningOf({ subscription }: BillingState, now: number): Meaning {
  if (!subscription) return GONE;
  if (isAtRest(subscription, now)) return AT_REST;
  return subscription.pause && isOwing(subscription.status) ? WAITED_FOR : MEANING[subscription.status];
}

type Held = NonNullable<BillingState['subscription']>;

/** Until when they may use it: what is paid, or what somebody has them use before they pay. */
function mayUseUntil({ currentPeriodEndsAt: periodEnd, paidUntil = periodEnd, pause, isInvoiced }: Held) {
  return (pause && pause.byCustomerFrom === undefined) || isInvoiced ? periodEnd : paidUntil;
}

/**
 * Whether nobody asks for what the present period costs, although it is not paid: its collection was paused when it
 * began. What is open, or waits at Stripe, is asked for.
 */
export function isWaived({ subscription, latestInvoice }: BillingState, now: number): boolean {
  if (subscription?.status !== 'active' || subscription.pause?.byCustomerFrom !== undefined) return false;
  const { chargePending, paidUntil = null } = subscription;
  const isPaid = paidUntil !== null && Date.parse(paidUntil) > now;
  return chargePending === false && !isPaid && latestInvoice?.status !== 'open';
}

/**
 * A licence outlives the period that is paid, or `waived`, by the grace, so that a late renewal locks nobody out.
 */
export function licensedUntil(
  { subscription }: BillingState,
  { terms, current, waived }: { readonly terms: Terms; readonly current: string; readonly waived: boolean },
): string {
  if (subscription?.status !== 'active') return current;
  const until = waived ? subscription.currentPeriodEndsAt : mayUseUntil(subscription);
  return until ? daysAfter(until, terms.graceDays) : current;
}

/** Whether there is something to thank for: a subscription that is active and, for all we know, paid. */
export const isPaidFor = ({ subscription }: BillingState): boolean =>
  subscription?.status === 'active' && subscription.paidUntil !== null;

/** While nobody knows what became of the subscription, the instance stays as it is, and its licence does not run out. */
export function heldGoal(
  { standing, licensedUntil: until, terms }: Pick<CustomerState, 'standing' | 'licensedUntil' | 'terms'>,
  now: number,
): InstanceGoal {
  const isNear = Date.parse(until) - now < DAY_MS;
  return {
    ...{ standing, licensedUntil: isNear ? daysAfter(iso(now), Math.max(terms.graceDays, 2)) : until },
    rule: 'Stripe has no subscription of this customer, and support is asked',
  };
}

const PAUSED: Readonly<Record<string, string>> = {
  keep_as_draft: 'invoices wait as drafts',
  mark_uncollectible: 'invoices are marked uncollectible',
  void: 'invoices are voided',
};

/** What is said of a subscription whose collection is paused. */
export const pauseInWords = ({ behavior, resumesAt, byCustomerFrom }: CollectionPause): string =>
  byCustomerFrom !== undefined
    ? `the end of the pause that the customer chose, at ${resumesAt ?? 'no date'}`
    : byOthers({ behavior, resumesAt });

const byOthers = ({ behavior, resumesAt }: CollectionPause): string =>
  `the collection to be resumed${resumesAt === null ? '' : `, at ${resumesAt}`}: it is paused in Stripe, and ${PAUSED[behavior] ?? 'nothing is charged'}`;
