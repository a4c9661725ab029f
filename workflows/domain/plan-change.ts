import { isOwing, isOver, type BillingState } from './billing-state.ts';
import { MONTHS } from './profiles/prices.ts';
import { isSoldAs, priceSold, type PlanAhead, type SoldPlan, type Terms } from './terms.ts';

export type ChangesWhen = 'now' | 'period_end';

/**
 * More is to be had at once, and its price until the next payment is charged; less begins where what is paid ends, and
 * nothing is paid back. Paying for longer ahead counts as more, and for less long as less.
 */
export function changesWhen(from: SoldPlan, to: SoldPlan): ChangesWhen {
  const [before, after] = [priceSold(from), priceSold(to)];
  if (!before || !after) return 'now';
  const longer = MONTHS[after.cycle] - MONTHS[before.cycle];
  const dearer = after.cents / MONTHS[after.cycle] - before.cents / MONTHS[before.cycle];
  return (from.plan === to.plan ? longer : dearer) > 0 ? 'now' : 'period_end';
}

const cycleOf = (plan: SoldPlan): string | undefined => priceSold(plan)?.cycle;

const THE_SAME = 'This is the plan that you have.';
/** Stripe would credit what is left of the period at the price of the lower plan. */
const STAY_FIRST = 'A lower plan is to begin later. Stay on your plan first; then choose this one.';
const ANOTHER_CYCLE =
  'What begins later keeps your billing cycle. Choose a plan that is paid as yours is, or ask our support.';

/** Why nobody can change the plan now, whatever plan they want; undefined when they can. */
function refuseAnyChange({ subscription }: BillingState): string | undefined {
  if (subscription === null || isOver(subscription.status)) return 'There is no subscription that could be changed.';
  if (subscription.cancelAtPeriodEnd) return 'This plan is about to end. Keep it first; then it can be changed.';
  if (isOwing(subscription.status)) return 'A payment is due. Pay it first; then the plan can be changed.';
  if (subscription.status === 'paused') return 'The trial is over. Pay for the plan first; then it can be changed.';
  if (subscription.pause) return 'Your payments are paused. The plan can be changed when they go on.';
  return subscription.sold === null ? 'Your price was agreed by hand, so our support changes your plan.' : undefined;
}

/** Whether a subscriber can choose it: what begins later has the same cycle. */
export const isWithinReach = (held: SoldPlan, to: SoldPlan): boolean =>
  changesWhen(held, to) === 'now' || cycleOf(held) === cycleOf(to);

/** A plan that begins later must not be overtaken. */
function refuseOrder({ planAhead, ...held }: Terms, to: SoldPlan): string | undefined {
  if (!isWithinReach(held, to)) return ANOTHER_CYCLE;
  return planAhead && changesWhen(held, to) === 'now' ? STAY_FIRST : undefined;
}

/** Why the plan cannot be changed to this one now; undefined when it can. */
export function refuseChange(terms: Terms, state: BillingState, to: SoldPlan): string | undefined {
  const always = refuseAnyChange(state);
  if (always !== undefined) return always;
  if (isSoldAs(terms, to)) return terms.planAhead ? undefined : THE_SAME;
  if (terms.planAhead && isSoldAs(terms.planAhead.plan, to)) return 'This change is already planned.';
  return state.subscription?.status === 'trialing' ? undefined : refuseOrder(terms, to);
}

/** Whether what Stripe sells is a plan that begins later. */
export const isWaitedFor = (ahead: PlanAhead | undefined, sold: SoldPlan, now: number): boolean =>
  ahead !== undefined && isSoldAs(ahead.plan, sold) && now < Date.parse(ahead.from);
