import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { failureOfStep } from './failures.ts';

/**
 * Shorter than Temporal's timeout, so that the failure is ours and counts as an attempt: a timeout of Temporal is not
 * counted.
 */
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
 * Runs a product's own code for at most as long as its activity has. Code that never ends would hold its slot in the
 * worker for ever, and another one with each attempt, until nothing runs; so it is abandoned, and told by the signal.
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
