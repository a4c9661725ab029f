import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../infra/db/database.ts';
import { findProductOf } from '../infra/db/repositories/customers.ts';
import { ALL_PRODUCTS, count, type CounterName } from '../infra/metrics.ts';

const OF_STRIPE = /^Stripe(Unavailable|Auth|Refused)$/;
const IN_ID = /cust_[0-9a-f-]{36}/;

/** The counter of a failed try; undefined for what is nobody's fault, or a customer's. */
function counterOf(failure: unknown, isForeseen: boolean): CounterName | undefined {
  const type = failure instanceof ApplicationFailure ? (failure.type ?? '') : '';
  if (OF_STRIPE.test(type)) return 'StripeErrors';
  if (type === 'DatabaseUnavailable') return 'DatabaseErrors';
  return isForeseen ? undefined : 'FunctionErrors';
}

interface Failed {
  readonly failure: unknown;
  /** Typed by us or by Temporal. */
  readonly isForeseen: boolean;
  readonly workflowId: string;
}

/** Counts a failed try of an activity. Which product it is of is not worth another failure. */
export async function countFailure(database: Database, { failure, isForeseen, workflowId }: Failed): Promise<void> {
  const name = counterOf(failure, isForeseen);
  if (name === undefined) return;
  const [customerId] = IN_ID.exec(workflowId) ?? [];
  const known = name !== 'DatabaseErrors' && customerId !== undefined;
  const product = known ? await findProductOf(database, customerId).catch(() => undefined) : undefined;
  count(name, product ?? ALL_PRODUCTS);
}
