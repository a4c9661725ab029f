import { isThere, type BillingState, type SubscriptionStatus } from './billing-state.ts';
import { sellsTrial, type WithSteps } from './core-steps.ts';
import type { CustomerState } from './customer-state.ts';
import type { FreePlan } from './terms.ts';

/** What a customer's instance lets them do. */
export type StandingMode = 'active' | 'read_only' | 'suspended';

/** What an instance should be. */
export interface InstanceGoal {
  readonly standing: StandingMode;
  readonly licensedUntil: string;
  /** The sentence that the timeline shows as the cause. */
  readonly rule: string;
}

export const PHASES = ['onboarding', 'trial', 'free', 'subscription', 'cancellation', 'ended'] as const;
/** The part of life a customer is in. */
export type Phase = (typeof PHASES)[number];

/** Whether there is an end that a cancellation can wait for: of the trial, or of what is paid. */
export const hasPeriod = ({ phase, standing, subscriptionStatus }: LifeInPostgres): boolean =>
  (phase === 'subscription' && isThere(subscriptionStatus)) || (phase === 'trial' && standing === 'active');

interface LifeInPostgres {
  readonly phase: string;
  readonly standing: string;
  readonly subscriptionStatus: string;
}

/** Where a customer lives once the onboarding is done. */
export const PHASES_OF_LIFE = ['trial', 'free', 'subscription'] as const satisfies readonly Phase[];
export type PhaseOfLife = (typeof PHASES_OF_LIFE)[number];

export const isPhaseOfLife = (phase: string): phase is PhaseOfLife => PHASES_OF_LIFE.some((one) => one === phase);

/** What follows a trial or a subscription that is set to end. */
export function whereItEnds({ terms, leavesOn }: Pick<CustomerState, 'terms' | 'leavesOn'>): string {
  if (terms.freePlan) return 'where the free plan begins';
  return leavesOn ? 'where the customer leaves' : 'from which they are read-only: nobody ordered that here';
}

/** A customer who signs up for a plan without a trial has no trial. */
export const afterOnboarding = (terms: WithSteps): PhaseOfLife => (sellsTrial(terms) ? 'trial' : 'free');

/**
 * `over`: it has ended. `missing`: Stripe has no subscription, which does not count as an end: a person has to look.
 */
type Follows = PhaseOfLife | 'over' | 'missing';

const FOLLOWS: Readonly<Record<PhaseOfLife, Readonly<Record<SubscriptionStatus | 'none', Follows>>>> = {
  trial: {
    ...{ none: 'missing', trialing: 'trial', paused: 'trial', incomplete: 'trial' },
    ...{ active: 'subscription', past_due: 'subscription', unpaid: 'subscription' },
    ...{ canceled: 'over', incomplete_expired: 'over' },
  },
  // A first payment that is not complete gives no access yet.
  free: {
    ...{ none: 'free', canceled: 'free', incomplete: 'free', incomplete_expired: 'free', paused: 'free' },
    ...{ trialing: 'trial', active: 'subscription', past_due: 'subscription', unpaid: 'subscription' },
  },
  subscription: {
    ...{ none: 'missing', canceled: 'over', incomplete_expired: 'over' },
    ...{ trialing: 'subscription', active: 'subscription', past_due: 'subscription' },
    ...{ unpaid: 'subscription', incomplete: 'subscription', paused: 'subscription' },
  },
};

interface Agreed {
  readonly freePlan?: FreePlan | undefined;
  /** The end that was ordered here. */
  readonly leavesOn?: string | null | undefined;
}

/** Whether the end is the one that was ordered here, and not another one or an earlier one. */
function isOrdered(
  { endedAt, cancelAtPeriodEnd }: NonNullable<BillingState['subscription']>,
  leavesOn: string | null,
): boolean {
  // Older histories do not say when it ended.
  if (endedAt === undefined) return cancelAtPeriodEnd;
  return endedAt !== null && leavesOn !== null && Date.parse(endedAt) >= Date.parse(leavesOn);
}

/**
 * The phase that follows from what Stripe says; the same one while nothing changes. A customer is cancelled only when
 * the end was ordered here and their terms have no free plan. `lapsed`: the subscription is over, and nobody ordered
 * that here; they stay in the phase of subscribers, and what is not paid for is taken away in stages. `missing` needs a
 * person.
 */
export function nextPhase(
  phase: PhaseOfLife,
  { subscription }: Pick<BillingState, 'subscription'>,
  { freePlan, leavesOn = null }: Agreed,
): PhaseOfLife | 'cancellation' | 'lapsed' | 'missing' {
  const follows = FOLLOWS[phase][subscription?.status ?? 'none'];
  if (follows !== 'over') return follows;
  if (freePlan) return 'free';
  return subscription && isOrdered(subscription, leavesOn) ? 'cancellation' : 'lapsed';
}
