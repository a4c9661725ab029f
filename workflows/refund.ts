import { setCurrentDetails } from '@temporalio/workflow';
import { billing, support } from './activity-calls/proxies.ts';
import { REFUSED } from './contract/commands.ts';
import type { RefundRequest, Refunded } from './contract/refund.ts';
import { failureType } from './activity-calls/failure-type.ts';

const STEP = 'refund';

/**
 * Pays money back once, however long Stripe is away. A permanent failure raises an alert, because the caller may no
 * longer be waiting.
 */
export async function refund(request: RefundRequest): Promise<Refunded> {
  const { customerId, invoiceId, key } = request;
  const kind = `${STEP}: ${invoiceId}`;
  setCurrentDetails(
    `refund of ${request.amount === undefined ? 'all that is left' : String(request.amount)} · ${invoiceId}`,
  );
  try {
    const refunded = await billing.refundInvoice(request);
    await support.resolveAlert({ customerId, kind });
    return refunded;
  } catch (error) {
    const errorType = failureType(error);
    if (errorType !== REFUSED)
      await support.raiseAlert({ customerId, kind, step: STEP, errorType, key: `${key}:alert` });
    throw error;
  }
}
