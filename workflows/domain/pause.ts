import { isOwing, isOver, type BillingState } from './billing-state.ts';
import { priceSold, type Terms } from './terms.ts';

const MONTHS_OF_PAUSE = 3;

/** For how many months the plan may be paused. */
export const mostMonthsOfPause = ({ maxPauseMonths = MONTHS_OF_PAUSE, ...terms }: Terms): number =>
  (priceSold(terms)?.cycle ?? 'monthly') === 'monthly' ? Math.floor(maxPauseMonths) : 0;

/** Why the plan cannot be paused now; undefined when it can. */
export function refusePause({ subscription }: BillingState, terms: Terms, months: number): string | undefined {
  const most = mostMonthsOfPause(terms);
  if (most === 0) return 'This plan cannot be paused.';
  if (months > most) return `A plan can be paused for ${String(most)} months at most.`;
  if (subscription === null || isOver(subscription.status)) return 'There is no subscription that could be paused.';
  if (subscription.cancelAtPeriodEnd) return 'This plan is about to end. Keep it first; then it can be paused.';
  if (isOwing(subscription.status) || subscription.chargePending)
    return 'A payment is due. When it is paid, the plan can be paused.';
  if (terms.planAhead) return 'Another plan is to begin. Stay on yours first; then it can be paused.';
  return subscription.pause ? 'Payments are paused already.' : undefined;
}

/** Whether the pause that the customer chose has begun: what they had paid for is used up. */
export const isAtRest = ({ status, pause }: NonNullable<BillingState['subscription']>, now: number): boolean =>
  status === 'active' && pause?.byCustomerFrom !== undefined && Date.parse(pause.byCustomerFrom) <= now;
