import { setCurrentDetails } from '@temporalio/workflow';
import { records } from './activity-calls/proxies.ts';
import type { Mended, ReconciliationOrder } from './contract/reconciliation.ts';
import { freshKey } from './activity-calls/fresh-key.ts';

/** Mends what Postgres, Temporal and Stripe say differently of one customer. Its id is the mutex: one at a time. */
export async function reconciliation(order: ReconciliationOrder): Promise<Mended> {
  setCurrentDetails(`mending the records of ${order.customerId}`);
  return records.mendRecords({ ...order, key: freshKey(order.customerId, 'mend') });
}
