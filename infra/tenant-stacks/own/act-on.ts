import { ApplicationFailure } from '@temporalio/common';
import { StackFailure } from '../errors.ts';

/** An error of a product may name a person. Except for the stack's log, only the sentence of a `refuse` leaves this process. */
function failed(resource: string, error: unknown): StackFailure {
  if (error instanceof ApplicationFailure && error.nonRetryable === true)
    return new StackFailure('InvalidSpec', error.message, { cause: error });
  const text = `The resource "${resource}" of the product failed. See the stack log.`;
  return new StackFailure('ProvisioningFailed', text, { cause: error });
}

/** Carries out what a resource of the product's own does. @throws StackFailure */
export async function actOn<T>(resource: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw failed(resource, error);
  }
}
