import { setTimeout as delay } from 'node:timers/promises';
import type { Journey } from '../e2e/support/journey.ts';

const ANSWER_WITHIN_MS = 30_000;

/** Posts like a client that repeats the same request until the answer is yes or no. */
export async function postUntilTold(
  { run }: Journey,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  for (;;) {
    const reply = await fetch(`${run.api}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).catch(() => undefined);
    if (reply && reply.status < 500) return reply;
    await delay(500);
  }
}
