import { setCurrentDetails } from '@temporalio/workflow';
import { billing, support } from './activity-proxies.ts';
import { REFUSED, type RefundOrder, type Refunded } from './contract.ts';
import { failureType } from './failure-type.ts';

const ALERT = 'refund';
/** Some minutes of Stripe being away; whoever asked gets the outcome under the same key. */
const RETRY = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 15 } as const;

/** Pays money back once. What fails for good is alerted: nobody may be looking any more. */
export async function refund(order: RefundOrder): Promise<Refunded> {
  const { customerId, invoiceId, key } = order;
  setCurrentDetails(
    `refund of ${order.amount === undefined ? 'all that is left' : String(order.amount)} · ${invoiceId}`,
  );
  try {
    const refunded = await billing.refundInvoice.executeWithOptions({ retry: RETRY }, [order]);
    await support.resolveAlert({ customerId, kind: ALERT });
    return refunded;
  } catch (error) {
    const errorType = failureType(error);
    if (errorType !== REFUSED)
      await support.raiseAlert({ customerId, kind: ALERT, step: ALERT, errorType, key: `${key}:alert` });
    throw error;
  }
}
