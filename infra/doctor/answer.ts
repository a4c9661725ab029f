import { setTimeout as delay } from 'node:timers/promises';

/** Longer than any of our clients waits. */
const LONGEST_MS = 15_000;

/** The result of a question to a service: its answer, its refusal, or silence. */
export type Answer<T> = { readonly told: T } | { readonly refused: string } | { readonly silent: string };

/** A code or a name: the text of an error may quote what was sent. */
function reasonOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  const cause = (error as { readonly cause?: unknown }).cause;
  if (typeof code === 'string' && code !== '') return code;
  if (cause instanceof Error && code === undefined) return reasonOf(cause);
  return typeof name === 'string' ? name : 'no answer';
}

/**
 * Asks, and waits at most fifteen seconds. Never rejects. @param refusalOf returns why the service refused, if the
 * error is an answer; undefined means that it is unavailable.
 */
export async function ask<T>(
  question: () => Promise<T>,
  refusalOf: (error: unknown) => string | undefined,
): Promise<Answer<T>> {
  try {
    const silence = delay(LONGEST_MS, undefined, { ref: false }).then(() => {
      throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
    });
    return { told: await Promise.race([Promise.resolve().then(question), silence]) };
  } catch (error) {
    const refused = refusalOf(error);
    return refused === undefined ? { silent: reasonOf(error) } : { refused };
  }
}
