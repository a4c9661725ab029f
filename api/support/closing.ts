import type { Customer } from '../../infra/db/repositories/customers.ts';
import { endOrdered } from '../../infra/db/repositories/kept-customer.ts';
import type { CustomerStatus } from '../../workflows/contract/customer.ts';
import type { AppDeps } from '../http/deps.ts';
import { askStatus } from './customer-status.ts';

/**
 * Whether a customer's end is being carried out. During the onboarding Postgres has no phase for it: a request may have
 * been refused, or may never have reached the workflow, which has the last word; while it does not answer, the request
 * counts. @param status what the workflow said, if it was already asked
 */
export async function isClosing(
  deps: Pick<AppDeps, 'database' | 'temporal'>,
  customer: Customer,
  status?: CustomerStatus | null,
): Promise<boolean> {
  if (status?.leavesNow !== undefined) return status.leavesNow;
  if (customer.phase !== 'onboarding' || (await endOrdered(deps.database, customer)) === null) return false;
  return (await askStatus(deps, customer.customerId))?.leavesNow ?? true;
}
