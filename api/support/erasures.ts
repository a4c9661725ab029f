import type { CommandOrigin } from '../../workflows/contract/commands.ts';
import { closeAccount } from '../../infra/db/repositories/access.ts';
import { findCustomer, findFormer } from '../../infra/db/repositories/customers.ts';
import { startErasure } from '../../infra/temporal/start-erasure.ts';
import { signOutOfInstance } from '../accounts/sign-out.ts';
import { sendCommand, unknownOutcome } from './commands.ts';
import { recordCommand, type CommandRequest } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, invalid, notFound } from '../http/errors.ts';
import { UnderWay } from './under-way.ts';

async function eraseWhoLeft(
  { temporal }: AppDeps,
  { customerId, commandId }: CommandRequest,
  who: CommandOrigin,
): Promise<void> {
  try {
    await startErasure(temporal, { ...who, customerId });
  } catch (error) {
    throw unknownOutcome(commandId, error);
  }
}

/**
 * Erases the customer: billing, instance, data and person, with nothing kept but the legal ledger. Their own workflow
 * does it; a customer who has left has none, and is erased by a separate workflow. All their sessions end with the
 * request. Who had left and come back is erased as both customers.
 * @throws ApiError 404 for an unknown customer, 504 when it is not known whether the request was accepted
 */
export async function eraseAccount(deps: AppDeps, command: CommandRequest, reason?: string): Promise<void> {
  const customer = await findCustomer(deps.database, command.customerId);
  if (!customer) throw notFound('customer');
  // First, so that they can be found again when this does not get to its end.
  for (const customerId of customer.subject === null ? [] : await findFormer(deps.database, customer))
    await eraseAccount(deps, { ...command, customerId }, reason);
  const who = await recordCommand(deps, command, 'eraseAccount', { reason });
  // Not before the workflow has accepted it: a customer who is signed out could not repeat a lost request. Not only
  // when it is answered: its turn may take a while.
  const close = () => deps.database.transaction().execute((db) => closeAccount(db, command.customerId));
  try {
    await sendCommand(deps, command.customerId, 'eraseAccount', who, { ...command, whenTaken: close });
  } catch (error) {
    if (error instanceof ApiError && error.body.code === 'customer_ended') await eraseWhoLeft(deps, command, who);
    // Accepted is enough here: the erasure takes longer than anybody waits.
    else if (!(error instanceof UnderWay)) throw error;
  }
  await close();
  await signOutOfInstance(deps, command.customerId);
}

/**
 * An erasure by staff: the customer's id or the name of their instance is typed once more, so that a slip does not
 * erase somebody else. @throws ApiError 422 when it does not match
 */
export async function eraseForStaff(
  deps: AppDeps,
  command: CommandRequest,
  { confirm, reason }: { readonly confirm: string; readonly reason: string },
): Promise<void> {
  const customer = await findCustomer(deps.database, command.customerId);
  if (!customer) throw notFound('customer');
  const fits = [customer.customerId, customer.slug].includes(confirm.trim());
  if (!fits) {
    const message = "Type the customer's id, or the name of their instance, to confirm the erasure.";
    throw invalid('Not confirmed', [{ field: 'confirm', message }], 422);
  }
  await eraseAccount(deps, command, reason);
}
