import { setTimeout as delay } from 'node:timers/promises';
import type { Journey } from '../e2e/support/journey.ts';
import { fateOf, orphans, type Acknowledged, type Fate } from './support.ts';

export const isSettled = ({ outcome, wrong }: Fate): boolean =>
  outcome !== 'not at rest' && wrong.every((line) => line.startsWith('(told)'));

export interface Rest {
  readonly fates: readonly Fate[];
  /** Leftovers that belong to nobody. */
  readonly left: readonly string[];
  readonly settled: boolean;
}

/** Waits, for a limited time, until every customer is ready or waits for a person, and nothing else is left. */
export async function untilAtRest(
  journey: Journey,
  visitors: readonly Acknowledged[],
  atMostMs: number,
): Promise<Rest> {
  const deadline = Date.now() + atMostMs;
  for (;;) {
    const fates = await Promise.all(visitors.map((visitor) => fateOf(journey, visitor))).catch(() => []);
    const left = await orphans(journey, visitors.length).catch((error: unknown) => [String(error)]);
    const settled = fates.length === visitors.length && fates.every(isSettled) && left.length === 0;
    if (settled || Date.now() > deadline) return { fates, left, settled };
    await delay(2_000);
  }
}
