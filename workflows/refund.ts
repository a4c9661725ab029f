import { setCurrentDetails } from '@temporalio/workflow';
import { billing, support } from './activity-calls/proxies.ts';
import { REFUSED } from './contract/commands.ts';
import type { RefundOrder, Refunded } from './contract/refund.ts';
import { failureType } from './activity-calls/failure-type.ts';

const STEP = 'refund';

/** Pays money back once, however long Stripe is away. What fails for good is alerted: nobody may be looking any more. */
export async function refund(order: RefundOrder): Promise<Refunded> {
  const { customerId, invoiceId, key } = order;
  const kind = `${STEP}: ${invoiceId}`;
  setCurrentDetails(
    `refund of ${order.amount === undefined ? 'all that is left' : String(order.amount)} · ${invoiceId}`,
  );
  try {
    const refunded = await billing.refundInvoice(order);
    await support.resolveAlert({ customerId, kind });
    return refunded;
  } catch (error) {
    const errorType = failureType(error);
    if (errorType !== REFUSED)
      await support.raiseAlert({ customerId, kind, step: STEP, errorType, key: `${key}:alert` });
    throw error;
  }
}
