import type { Customer } from '../../infra/db/repositories/customers.ts';
import { endOrdered } from '../../infra/db/repositories/kept-customer.ts';
import type { AppDeps } from '../http/deps.ts';
import { askStatus } from './customer-status.ts';

/**
 * Whether the end of a customer who is still being set up is being carried out: Postgres has no phase for it. An order
 * may have been refused, or never have reached the workflow, which has the last word; while it does not answer, the
 * order counts.
 */
export async function isClosing(deps: Pick<AppDeps, 'database' | 'temporal'>, customer: Customer): Promise<boolean> {
  if (customer.phase !== 'onboarding' || (await endOrdered(deps.database, customer)) === null) return false;
  return (await askStatus(deps, customer.customerId))?.leavesNow ?? true;
}
