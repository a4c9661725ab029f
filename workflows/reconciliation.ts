import { setCurrentDetails } from '@temporalio/workflow';
import { records } from './activity-calls/proxies.ts';
import type { Mended, ReconciliationRequest } from './contract/reconciliation.ts';
import { freshKey } from './activity-calls/fresh-key.ts';

/**
 * Resolves differences between Postgres, Temporal and Stripe about one customer. Its id is the mutex: one at a time.
 */
export async function reconciliation(request: ReconciliationRequest): Promise<Mended> {
  setCurrentDetails(`mending the records of ${request.customerId}`);
  return records.mendRecords({ ...request, key: freshKey(request.customerId, 'mend') });
}
