import type { BillingState } from './billing-state.ts';
import type { CustomerState } from './customer-state.ts';
import type { InstanceGoal } from './lifecycle.ts';
import type { Terms } from './terms.ts';
import { DAY_MS, HOUR_MS, daysAfter } from './time.ts';

/** Something a trial owes at a date. `remind:7` is the reminder seven days before the end. */
export type TrialDuty = `remind:${number}` | 'expire' | 'suspend' | 'leave';
export interface DatedDuty {
  readonly duty: TrialDuty;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The whole future of an unpaid trial: reminders, the end, read-only grace, suspension, and the end of the stack.
 */
export function trialAgenda(terms: Terms, trialEndsAt: string): DatedDuty[] {
  const end = Date.parse(trialEndsAt);
  const suspendAt = end + terms.graceDays * DAY_MS;
  const reminders = terms.reminderDaysBeforeEnd.map((days): DatedDuty => ({
    duty: `remind:${String(days) as `${number}`}`,
    at: end - days * DAY_MS,
  }));
  return [
    ...reminders,
    { duty: 'expire' as const, at: end },
    { duty: 'suspend' as const, at: suspendAt },
    { duty: 'leave' as const, at: suspendAt + terms.retentionDays * DAY_MS },
  ].sort((one, other) => one.at - other.at);
}

/**
 * Reminders already past when a trial starts or is extended are not owed; what is past of the rest still is. To be asked
 * at that instant only: what falls due later, while nobody is there to see it, is owed.
 */
export function pastReminders(terms: Terms, trialEndsAt: string, now: number): TrialDuty[] {
  const past = trialAgenda(terms, trialEndsAt).filter(({ duty, at }) => duty.startsWith('remind:') && at <= now);
  return past.map(({ duty }) => duty);
}

/** Whether a customer who still has no instance has lost a day or more of the trial. That failure was ours. */
export const trialIsOutdated = ({ trialDays }: Terms, trialEndsAt: string, now: number): boolean =>
  now >= Date.parse(trialEndsAt) - (trialDays - 1) * DAY_MS;

/** Whether the duty takes something away from a customer whose trial goes on in Stripe. */
export const comesTooEarly = (duty: TrialDuty, { subscription }: BillingState): boolean =>
  duty in DUTY_WORDS && subscription?.status === 'trialing';

/** How long to wait for Stripe to end a trial that is over by our clock: a quarter of what it is late by. */
export const lookAgainAfterMs = (lateMs: number): number => Math.min(Math.max(lateMs / 4, HOUR_MS / 60), HOUR_MS);

const DUTY_WORDS = {
  expire: 'the end of the trial',
  suspend: 'the end of the grace',
  leave: 'the end of the time that data are kept',
} as const;

/** What a duty is, as something one waits for. */
export function dutyInWords(duty: TrialDuty): string {
  if (duty === 'expire' || duty === 'suspend' || duty === 'leave') return DUTY_WORDS[duty];
  return `the reminder ${duty.slice('remind:'.length)} days before the end`;
}

/** The next duty that was not carried out. */
export function nextDuty(agenda: readonly DatedDuty[], done: readonly string[]): DatedDuty | undefined {
  return agenda.find(({ duty }) => !done.includes(duty));
}

/** What Stripe's state means for a trial. */
export type TrialVerdict = 'paying' | 'apply_checkout' | 'pays_at_trial_end' | 'unpaid' | 'ended_in_stripe';

const BY_STATUS = {
  trialing: 'unpaid',
  paused: 'unpaid',
  incomplete: 'unpaid',
  active: 'paying',
  past_due: 'paying',
  unpaid: 'paying',
  canceled: 'ended_in_stripe',
  incomplete_expired: 'ended_in_stripe',
} as const satisfies Record<NonNullable<BillingState['subscription']>['status'], TrialVerdict>;

/** Order, duplicates and gaps of webhooks cannot matter: only what Stripe says now counts. */
export function judgeTrial({ subscription, checkout }: BillingState, { resumed } = { resumed: true }): TrialVerdict {
  if (!subscription) return 'ended_in_stripe';
  const verdict = BY_STATUS[subscription.status];
  if (verdict !== 'unpaid') return verdict;
  const stillPaused = subscription.status === 'paused' && subscription.hasPaymentMethod && !resumed;
  if (checkout || stillPaused) return 'apply_checkout';
  return subscription.status === 'trialing' && subscription.hasPaymentMethod ? 'pays_at_trial_end' : 'unpaid';
}

/** Why an extension is refused, if it is (approved by rules, at most so many). */
export function refuseExtension(
  { terms, extensionsUsed }: { readonly terms: Terms; readonly extensionsUsed: number },
  days: number,
): string | undefined {
  if (!Number.isFinite(days) || days <= 0 || days > 30)
    return 'A trial is extended by more than 0 and at most 30 days.';
  if (extensionsUsed >= terms.maxTrialExtensions)
    return `This trial was extended ${String(extensionsUsed)} times; its terms allow ${String(terms.maxTrialExtensions)}.`;
  return undefined;
}

/** What the instance should be by the duties that are done. */
export function instanceGoal({
  trialEndsAt,
  terms,
  trialDutiesDone: done,
}: Pick<CustomerState, 'trialEndsAt' | 'terms' | 'trialDutiesDone'>): InstanceGoal {
  const licensedUntil = daysAfter(trialEndsAt, terms.graceDays);
  if (done.includes('suspend'))
    return { standing: 'suspended', licensedUntil, rule: 'the grace after the trial is over' };
  if (done.includes('expire'))
    return { standing: 'read_only', licensedUntil, rule: `trial ended unpaid: read-only until ${licensedUntil}` };
  return { standing: 'active', licensedUntil, rule: `trial until ${trialEndsAt}` };
}
