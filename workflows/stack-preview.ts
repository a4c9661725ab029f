import { setCurrentDetails } from '@temporalio/workflow';
import { provisioning } from './activity-proxies.ts';
import type { PreviewInput, StackChanges } from './contract.ts';

/** What an operation would change in a stack, by the engine itself. Changes nothing, and ends soon or not at all. */
export async function stackPreview({ customerId, operation }: PreviewInput): Promise<StackChanges> {
  setCurrentDetails(`preview of ${operation} · ${customerId}`);
  // Somebody is looking at a screen: one try, and whoever asked sets the time limit of the whole.
  const options = { retry: { maximumAttempts: 1 }, startToCloseTimeout: '1m' } as const;
  return provisioning.previewStack.executeWithOptions(options, [{ customerId, operation, generation: 0, epoch: 0 }]);
}
