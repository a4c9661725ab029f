import { isOver, isOwing, type BillingState } from './billing-state.ts';
import type { InstanceGoal } from './lifecycle.ts';
import type { Terms } from './terms.ts';
import { DAY_MS, daysAfter, iso } from './time.ts';

/** What has begun for a customer who does not pay. */
export interface Dunning {
  /** From when the instance is read-only: all later dates are counted from it. ISO 8601. */
  readonly readOnlyFrom: string;
  /** Whether the subscription itself is over: only a new one brings everything back. */
  readonly ended: boolean;
  /** When they leave in any case, as was ordered. */
  readonly leavesAt?: string | null;
}

/** What is taken away, or told, at a date. */
export type DunningStage = 'read_only' | 'suspend' | 'last_notice' | 'leave' | 'free_plan';
export interface DatedStage {
  readonly stage: DunningStage;
  /** Epoch milliseconds. */
  readonly at: number;
}

type DunningTerms = Pick<Terms, 'graceDays' | 'retentionDays' | 'pastDueDays' | 'freePlan'>;

/** For those who signed up before terms said it: as long as the retries that Stripe recommends. */
const PAST_DUE_DAYS = 14;
/** How long before everything is removed the customer is told once more. */
const LAST_NOTICE_DAYS = 7;

/** Whether nothing pays for a subscription that began. Whoever pauses the collection gives time. */
export const isUnpaid = ({ subscription }: BillingState): boolean =>
  subscription !== null && (isOver(subscription.status) || (isOwing(subscription.status) && !subscription.pause));

interface Customer {
  /** What held before. */
  readonly known: Dunning | null;
  readonly terms: DunningTerms;
  readonly now: number;
  /** The end that was ordered here. */
  readonly leavesOn?: string | null | undefined;
}

/**
 * What holds for a customer who does not pay. While Stripe retries, nothing is taken away for `pastDueDays`; once it has
 * given up, or the subscription was ended there, the instance is read-only at once. A date that was told is never
 * put off by another failure.
 */
export function dunningOf({ subscription }: BillingState, { known, terms, now, leavesOn = null }: Customer): Dunning {
  const { pastDueDays = PAST_DUE_DAYS } = terms;
  const latest = known?.readOnlyFrom ?? iso(now + pastDueDays * DAY_MS);
  const status = subscription?.status ?? '';
  const stays = status === 'past_due' || Date.parse(latest) <= now;
  const ended = isOver(status);
  return { readOnlyFrom: stays ? latest : iso(now), ended, leavesAt: ended ? null : leavesOn };
}

/** The whole future of a customer who does not pay. Where there is a free plan to go on with, it is that. */
export function dunningAgenda(
  { graceDays, retentionDays, freePlan }: DunningTerms,
  { readOnlyFrom, leavesAt = null }: Dunning,
): DatedStage[] {
  const from = Date.parse(readOnlyFrom);
  if (freePlan) return [{ stage: 'free_plan', at: from }];
  const suspendAt = from + graceDays * DAY_MS;
  const last = suspendAt + retentionDays * DAY_MS;
  const leaveAt = leavesAt === null ? last : Math.min(last, Date.parse(leavesAt));
  const stages: DatedStage[] = [
    { stage: 'read_only', at: from },
    { stage: 'suspend', at: suspendAt },
    { stage: 'last_notice', at: Math.max(suspendAt, leaveAt - LAST_NOTICE_DAYS * DAY_MS) },
  ];
  return [...stages.filter(({ at }) => at < leaveAt), { stage: 'leave', at: leaveAt }];
}

/** The stage that was reached; undefined while nothing is taken away. */
export const stageAt = (agenda: readonly DatedStage[], now: number): DunningStage | undefined =>
  agenda.findLast(({ at }) => at <= now)?.stage;

/** From when nothing can be used. ISO 8601. */
export const suspendedFrom = ({ graceDays }: Pick<Terms, 'graceDays'>, { readOnlyFrom }: Dunning): string =>
  daysAfter(readOnlyFrom, graceDays);

/** What the instance should be in a stage. A licence lasts as long as the instance may be used. */
export function dunningGoal(
  stage: DunningStage | undefined,
  { readOnlyFrom, ended }: Dunning,
  licensedUntil: string,
): InstanceGoal {
  if (stage === undefined) {
    const until = Date.parse(readOnlyFrom) > Date.parse(licensedUntil) ? readOnlyFrom : licensedUntil;
    return { standing: 'active', licensedUntil: until, rule: `a payment is overdue: read-only from ${readOnlyFrom}` };
  }
  const why = ended ? 'the subscription has ended' : 'a payment is overdue';
  return stage === 'read_only'
    ? { standing: 'read_only', licensedUntil, rule: `${why}: read-only` }
    : { standing: 'suspended', licensedUntil, rule: `${why}: suspended` };
}
