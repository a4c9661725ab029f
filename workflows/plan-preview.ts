import { setCurrentDetails } from '@temporalio/workflow';
import { billing } from './activity-calls/proxies.ts';
import type { PlanPreview, PlanPreviewInput } from './contract/plan-preview.ts';

/** What another plan would cost, as Stripe reckons it. Changes nothing, and gives up quickly. */
export async function planPreview(input: PlanPreviewInput): Promise<PlanPreview> {
  setCurrentDetails(`preview of another plan · ${input.customerId}`);
  return billing.previewPrice.executeWithOptions({ retry: { maximumAttempts: 3 } }, [input]);
}
