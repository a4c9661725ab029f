/** What is published to customers, and how the account in Stripe is set. */
export const DAY = 86_400_000;
export const HOUR = 3_600_000;

export const PRICES = {
  basic: { monthly: 2_900, annual: 28_884 },
  pro: { monthly: 9_900, annual: 98_604 },
} as const;

/** "Half for 6 months", counted from the signup, and "a fifth off", of the first payment. */
export const COUPONS = {
  pilot50off: { percent: 50, months: 6 },
  first20: { percent: 20, months: null },
} as const;

export const TRIAL_DAYS = 14;
export const REMINDERS = [7, 2] as const;
/** An instance is read-only for so long, then suspended for so long, then removed. */
export const GRACE_DAYS = 3;
export const RETENTION_DAYS = 30;
export const LAST_NOTICE_DAYS = 7;
/** How long a payment may be overdue while Stripe retries. */
export const PAST_DUE_DAYS = 14;
export const MOST_EXTENSIONS = 2;
/** Only a plan that is paid by the month can be paused. */
export const MOST_MONTHS_OF_PAUSE = 3;

/** Stripe charges for a period an hour after it has begun, and retries so many days after it was declined; then it cancels. */
export const DRAFT_HOURS = 1;
export const RETRY_DAYS = [1, 3, 5, 7] as const;

/** The same day of a later month, or its last day. */
export function addMonths(from: number, months: number): number {
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}
