import { findCustomer } from '../../infra/db/repositories/customers.ts';
import type { AppDeps } from '../http/deps.ts';
import { refused } from '../support/commands.ts';

interface Form {
  readonly customerId: string;
  /** What the customer was in when the form was made; absent from those that do not say. */
  readonly phase: string | undefined;
}

/**
 * What a form said when it was made may not be so any more: the same button would do something else now.
 * @throws ApiError 409 with that sentence
 */
export async function refuseIfMovedOn(
  { database }: AppDeps,
  { customerId, phase }: Form,
  sentence: string,
): Promise<void> {
  if (!phase || (await findCustomer(database, customerId))?.phase === phase) return;
  throw refused(sentence);
}
