import { ApplicationFailure } from '@temporalio/common';
import { StackFailure } from '../errors.ts';

/** What a product throws may name a person: only what it says by `refuse` leaves this process, but for the stack's log. */
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
