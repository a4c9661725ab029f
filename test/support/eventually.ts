import { setTimeout as delay } from 'node:timers/promises';

/** Ends a wait for something that never comes. Not a measure of speed: other test files keep the machine busy. */
const LONG_ENOUGH_MS = 120_000;

/** Polls soon at first, and then less often: waiting tests must not slow down the working ones. */
const FIRST_MS = 10;
const LONGEST_MS = 250;
const GROWTH = 1.5;

type Nothing = undefined | false | null;

/**
 * Polls until `probe` answers something, and fails with what it waited for if no answer comes. A probe that throws has
 * nothing yet.
 */
export async function eventually<T>(what: string, probe: () => T | Nothing | Promise<T | Nothing>): Promise<T> {
  const deadline = Date.now() + LONG_ENOUGH_MS;
  let last: unknown;
  let pause = FIRST_MS;
  while (Date.now() < deadline) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false && found !== null) return found;
    } catch (error) {
      last = error;
    }
    await delay(pause);
    pause = Math.min(pause * GROWTH, LONGEST_MS);
  }
  throw new Error(`Not in time: ${what}`, { cause: last });
}
