import { ApplicationFailure } from '@temporalio/common';
import { STACK_FAILURES, StackFailure } from '../../infra/tenant-stacks/errors.ts';

/** How Temporal should record it: typed, short, without personal data and without the engine's own words. */
export function asApplicationFailure(error: unknown): unknown {
  if (!(error instanceof StackFailure)) return error;
  const { type, text: message } = error;
  return ApplicationFailure.create({ type, message, nonRetryable: !STACK_FAILURES[type].retryable });
}

/** A newer operation has the stack; this one must neither continue nor be retried. */
export const overtaken = (): ApplicationFailure =>
  ApplicationFailure.nonRetryable('A newer operation has taken over this stack.', 'StaleGeneration');
