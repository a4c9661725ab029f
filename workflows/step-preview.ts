import { setCurrentDetails } from '@temporalio/workflow';
import { previewOwnStep } from './activity-calls/proxies.ts';
import type { OwnStepChanges, OwnStepPreviewInput } from './contract/replay.ts';

/** What a replay would change by a step of the product's own, according to the step itself. Gives up quickly. */
export async function stepPreview({ step, queue, activity, ...asked }: OwnStepPreviewInput): Promise<OwnStepChanges> {
  setCurrentDetails(`preview of ${step} · ${asked.customerId}`);
  return previewOwnStep(queue, activity, asked);
}
