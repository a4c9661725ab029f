import { findCustomer } from '../../infra/db/repositories/customers.ts';
import type { AppDeps } from '../http/deps.ts';
import { refused } from '../support/commands.ts';

interface Form {
  readonly customerId: string;
  /** The customer's phase when the form was made; absent from forms that do not send it. */
  readonly phase: string | undefined;
}

/**
 * A form may be outdated, so that the same button would do something else now.
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
