import { BILLING_CHANGED, type BillingChanged } from '../../workflows/contract/customer.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import type { AppDeps } from '../http/deps.ts';

const DEADLINE_MS = 1_000;
/** A page that waits reloads; each look asks Stripe some four times. */
const LOOKS = { limit: 30, windowSeconds: 3_600 };

/**
 * Has a workflow read Stripe now, as an event of Stripe would, which may be lost. What cannot be asked is left to the
 * event.
 * @param workflowId - of the customer, or of somebody who may become one
 */
export async function lookAtStripe(
  { temporal, database, logger }: Pick<AppDeps, 'temporal' | 'database' | 'logger'>,
  workflowId: string,
  checkoutId: string,
): Promise<void> {
  const { allowed } = await takeFromBucket(database, { key: `look:${workflowId}`, ...LOOKS });
  if (!allowed) return;
  const fact: BillingChanged = { eventId: checkoutId, kind: 'checkout.returned' };
  const handle = temporal.workflow.getHandle(workflowId);
  try {
    await temporal.withDeadline(Date.now() + DEADLINE_MS, () => handle.signal(BILLING_CHANGED, fact));
  } catch (error) {
    logger.info({ err: error, workflowId }, 'Stripe is not read at once after a Checkout');
  }
}
