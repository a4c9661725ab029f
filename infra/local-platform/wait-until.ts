import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** Waiting ends as soon as this process does. */
  readonly of?: { readonly exited: Promise<string> };
}

/**
 * Polls until `probe` returns true. A probe that throws counts as "not yet"; the last error becomes the cause.
 * @throws Error when the time is up, or when the process has ended
 */
export async function waitUntil(probe: () => Promise<boolean>, options: WaitOptions): Promise<void> {
  const { what, timeoutMs = 30_000, everyMs = 25, of } = options;
  const deadline = Date.now() + timeoutMs;
  let ended: string | undefined;
  void of?.exited.then((why) => (ended = why));
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      if (await probe()) return;
    } catch (error) {
      cause = error;
    }
    if (ended !== undefined) throw new Error(`${what} ended (${ended}) before it was ready.`, { cause });
    await sleep(everyMs);
  }
  throw new Error(`${what} was not ready within ${String(timeoutMs / 1000)} s.`, { cause });
}
