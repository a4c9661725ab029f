import type { CustomerState } from './customer-state.ts';
import type { InstanceGoal } from './lifecycle.ts';
import type { SoldPlan, Terms } from './terms.ts';
import { DAY_MS, daysAfter, iso } from './time.ts';

/** How long a licence of the free plan is valid. */
export const FREE_LICENCE_DAYS = 35;
/** How long before its end it is renewed, so that nobody is locked out while Tenure is down. */
const RENEWED_DAYS_BEFORE = 7;

/** When the licence of a customer who pays nothing is to be renewed. Epoch milliseconds. */
export const renewalDueAt = (licensedUntil: string): number => Date.parse(licensedUntil) - RENEWED_DAYS_BEFORE * DAY_MS;

/** What the instance of a customer on the free plan should be. */
export function freeGoal({ licensedUntil }: Pick<CustomerState, 'licensedUntil'>, now: number): InstanceGoal {
  const isDue = renewalDueAt(licensedUntil) <= now;
  return {
    standing: 'active',
    licensedUntil: isDue ? daysAfter(iso(now), FREE_LICENCE_DAYS) : licensedUntil,
    rule: 'the free plan',
  };
}

/** Whether they have the free plan. */
export const isOnFreePlan = ({ plan, freePlan }: Pick<Terms, 'plan' | 'freePlan'>): boolean => plan === freePlan?.plan;

/**
 * The terms of a customer who has another plan from now on; all else stays as it was agreed. A discount is over with its
 * subscription.
 */
export const withPlan = (terms: Terms, plan: SoldPlan): Terms => ({
  ...terms,
  ...{ features: undefined, limits: undefined, planAhead: undefined },
  ...(plan.plan === terms.freePlan?.plan && { coupon: undefined }),
  ...plan,
});
