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
 * The whole future of an unpaid trial: reminders, the end, read-only grace, suspension, and the end of the stack. Where
 * there is a free plan to go on with, nothing follows the end.
 */
export function trialAgenda(
  terms: Pick<Terms, 'graceDays' | 'retentionDays' | 'reminderDaysBeforeEnd' | 'freePlan'>,
  trialEndsAt: string,
): DatedDuty[] {
  const end = Date.parse(trialEndsAt);
  const suspendAt = end + terms.graceDays * DAY_MS;
  const reminders = terms.reminderDaysBeforeEnd.map((days): DatedDuty => ({
    duty: `remind:${String(days) as `${number}`}`,
    at: end - days * DAY_MS,
  }));
  const unpaid: DatedDuty[] = [
    { duty: 'suspend', at: suspendAt },
    { duty: 'leave', at: suspendAt + terms.retentionDays * DAY_MS },
  ];
  return [...reminders, { duty: 'expire' as const, at: end }, ...(terms.freePlan ? [] : unpaid)].sort(
    (one, other) => one.at - other.at,
  );
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
export const trialIsOutdated = ({ trialDays }: Terms, trialEndsAt: string | null, now: number): boolean =>
  trialEndsAt !== null && now >= Date.parse(trialEndsAt) - (trialDays - 1) * DAY_MS;

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

/** What a trial that goes on in Stripe has to do. */
export type TrialVerdict = 'apply_checkout' | 'pays_at_trial_end' | 'needs_no_card' | 'unpaid';

/** Why the end of a trial needs no payment method: an invoice is sent, or nothing is due. Null: it needs one. */
export function withoutCard({ subscription }: Pick<BillingState, 'subscription'>): 'invoice' | 'nothing_due' | null {
  if (subscription?.isInvoiced === true) return 'invoice';
  return subscription?.nextCharge?.due === 0 ? 'nothing_due' : null;
}

/** Order, duplicates and gaps of webhooks cannot matter: only what Stripe says now counts. */
export function judgeTrial(state: BillingState, { resumed } = { resumed: true }): TrialVerdict {
  const { subscription, checkout } = state;
  if (checkout) return 'apply_checkout';
  if (!subscription) return 'unpaid';
  const { status, hasPaymentMethod } = subscription;
  if (status === 'paused' && hasPaymentMethod && !resumed) return 'apply_checkout';
  if (status !== 'trialing') return 'unpaid';
  if (hasPaymentMethod) return 'pays_at_trial_end';
  return withoutCard(state) === null ? 'unpaid' : 'needs_no_card';
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
}: Pick<CustomerState, 'terms' | 'trialDutiesDone'> & { readonly trialEndsAt: string }): InstanceGoal {
  const licensedUntil = daysAfter(trialEndsAt, terms.graceDays);
  if (done.includes('suspend'))
    return { standing: 'suspended', licensedUntil, rule: 'the grace after the trial is over' };
  if (done.includes('expire'))
    return { standing: 'read_only', licensedUntil, rule: `trial ended unpaid: read-only until ${licensedUntil}` };
  return { standing: 'active', licensedUntil, rule: `trial until ${trialEndsAt}` };
}
