import { isTransient } from './failures.ts';
import { DAY_MS, SECOND_MS } from './time.ts';

const MINUTE_MS = 60 * SECOND_MS;

/** What waits for something Tenure depends on is tried again within a minute of its return; the rest needs a person. */
const WAITS = {
  transient: { first: 5 * SECOND_MS, longest: MINUTE_MS },
  lasting: { first: 10 * MINUTE_MS, longest: DAY_MS },
} as const;

/** How long a phase waits after so many failures in a row: longer each time, and at most a day, so that support is told daily. */
export function retryAfterMs(failures: number, errorType: string): number {
  const { first, longest } = WAITS[isTransient(errorType) ? 'transient' : 'lasting'];
  return Math.min(first * 2 ** (failures - 1), longest);
}
