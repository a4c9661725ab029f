const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The longest wait between two tries, by how long the trouble has lasted: a repair is noticed within a minute. */
const LONGEST_WAITS = [
  { lastingMs: 24 * HOUR_MS, waitMs: HOUR_MS },
  { lastingMs: HOUR_MS, waitMs: 10 * MINUTE_MS },
  { lastingMs: 0, waitMs: MINUTE_MS },
] as const;

interface Trouble {
  /** Counts from 1. */
  readonly attempt: number;
  readonly firstWaitMs: number;
  readonly lastingMs: number;
  /** As long as the other side asked to be left alone. */
  readonly askedMs?: number | undefined;
}

/**
 * How long to wait before the next try of work that needs something that is down: twice as long each time, and varied
 * by a fifth, so that a thousand customers do not come back in the same second. Never sooner than was asked for.
 */
export function waitBeforeRetryMs(
  { attempt, firstWaitMs, lastingMs, askedMs = 0 }: Trouble,
  chance = Math.random(),
): number {
  const longest = LONGEST_WAITS.find((row) => lastingMs >= row.lastingMs)?.waitMs ?? MINUTE_MS;
  const wait = Math.min(firstWaitMs * 2 ** Math.min(attempt - 1, 30), longest);
  return Math.round(Math.max(wait * (0.8 + 0.4 * chance), askedMs * (1 + 0.4 * chance)));
}
