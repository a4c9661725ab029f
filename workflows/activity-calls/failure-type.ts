import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

/** The type under which a failure is recorded, explained and searched for. */
export function failureType(error: unknown): string {
  const cause = rootCause(error);
  if (cause instanceof ApplicationFailure) return cause.type ?? 'Unknown';
  if (cause instanceof TimeoutFailure) return 'TimedOut';
  if (cause instanceof CancelledFailure) return 'Cancelled';
  return 'Unknown';
}

function rootCause(error: unknown): unknown {
  return (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && error.cause
    ? rootCause(error.cause)
    : error;
}
