import type { Recurring } from '../objects/catalogue.ts';

export const DAY = 86_400;

const FIXED: Readonly<Record<'day' | 'week', number>> = { day: DAY, week: 7 * DAY };
const MONTHS: Readonly<Record<'month' | 'year', number>> = { month: 1, year: 12 };

/** Calendar months from an instant; a day the month does not have becomes its last one (31 January + 1 = 28 February). */
export function addMonths(instant: number, months: number): number {
  const from = new Date(instant * 1000);
  const target = new Date(from);
  target.setUTCDate(1);
  target.setUTCMonth(from.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return Math.floor(target.getTime() / 1000);
}

export function addIntervals(anchor: number, { interval, interval_count }: Recurring, times: number): number {
  const count = interval_count * times;
  if (interval === 'day' || interval === 'week') return anchor + FIXED[interval] * count;
  return addMonths(anchor, MONTHS[interval] * count);
}

/** The first boundary after `instant`. Counted from the anchor, so that a month end stays one. */
export function nextBoundary(anchor: number, recurring: Recurring, instant: number): number {
  const span = addIntervals(anchor, recurring, 1) - anchor;
  let times = Math.max(0, Math.floor((instant - anchor) / span) - 1);
  while (addIntervals(anchor, recurring, times) <= instant) times += 1;
  return addIntervals(anchor, recurring, times);
}
