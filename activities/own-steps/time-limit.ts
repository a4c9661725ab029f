import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { failureOfStep } from './failures.ts';

/** So that it is we who say it, and it counts as a try: what Temporal times out is counted by nobody. */
const BEFORE_TEMPORAL_MS = 1_000;

const tooLong = (ms: number): Error =>
  ApplicationFailure.retryable(
    `The step did not finish within ${String(Math.round(ms / 1_000))} seconds.`,
    'StepTimedOut',
  );

/** Rejects when the signal aborts, as long as somebody listens. */
const whenAborted = (signal: AbortSignal, reason: () => Error): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(reason());
      },
      { once: true },
    );
  });

/**
 * Carries out work of a product's own for as long as its activity has. One that never ends would keep its place in the
 * worker for ever, and with each try another, until nobody is served; it is let go, and told so by the signal.
 */
export async function withinItsTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { info, cancellationSignal, cancelled } = Context.current();
  const ms = Math.max(1, info.startToCloseTimeoutMs - BEFORE_TEMPORAL_MS);
  const timeUp = AbortSignal.timeout(ms);
  const signal = AbortSignal.any([cancellationSignal, timeUp]);
  const carriedOut = (async () => {
    try {
      return await work(signal);
    } catch (error) {
      throw failureOfStep(error);
    }
  })();
  return Promise.race([carriedOut, cancelled, whenAborted(timeUp, () => tooLong(ms))]);
}
