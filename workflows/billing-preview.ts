import { setCurrentDetails } from '@temporalio/workflow';
import { billing } from './activity-calls/proxies.ts';
import type { BillingChanges, BillingPreviewInput } from './contract/replay.ts';

/** What a replay would change in Stripe, decided by the steps themselves. Changes nothing, and gives up quickly. */
export async function billingPreview(input: BillingPreviewInput): Promise<BillingChanges> {
  setCurrentDetails(`preview of Stripe · ${input.customerId}`);
  return billing.previewBilling.executeWithOptions({ retry: { maximumAttempts: 1 } }, [input]);
}
