import { ApplicationFailure } from '@temporalio/common';

const LONGEST_MESSAGE = 500;
const IS_TYPE = /^\w{1,60}$/;

/** Postgres accepts no NUL, and a history should not hold megabytes. */
const cleanMessage = (text: string): string => text.replaceAll('\0', '').slice(0, LONGEST_MESSAGE);

/** What a product's own step threw, in a form that history, ledger and log can hold. */
export function failureOfStep(error: unknown): unknown {
  if (error instanceof ApplicationFailure) {
    const { message, type, nonRetryable } = error;
    return ApplicationFailure.create({
      message: cleanMessage(message),
      type: type && IS_TYPE.test(type) ? type : 'StepRefused',
      nonRetryable: nonRetryable ?? false,
    });
  }
  return error instanceof Error ? error : new Error('The step threw something that is not an Error.');
}
