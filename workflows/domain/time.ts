export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const iso = (epochMs: number): string => new Date(epochMs).toISOString();
/** The instant so many days later; days may be fractions. */
export const daysAfter = (instant: string, days: number): string => iso(Date.parse(instant) + days * DAY_MS);
/** So many calendar months later; a day that the month does not have is its last one. */
export function monthsAfter(instant: string, months: number): string {
  const from = new Date(instant);
  const to = new Date(instant);
  to.setUTCDate(1);
  to.setUTCMonth(to.getUTCMonth() + months);
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(from.getUTCDate(), last));
  return to.toISOString();
}

/** Days that are left, as one counts them: a part of a day is one more, and there are never less than none. */
export const daysUntil = (end: number, now: number): number => Math.max(0, Math.ceil((end - now) / DAY_MS));
