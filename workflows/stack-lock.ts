import { inspection } from './activity-calls/proxies.ts';
import type { LockHolder } from './contract/stack.ts';

/**
 * Who holds the lock of a customer's stack: only the provisioning worker can see that. One attempt, because somebody is
 * waiting.
 */
export async function stackLock({ customerId }: { readonly customerId: string }): Promise<LockHolder> {
  return inspection.inspectLock.executeWithOptions({ retry: { maximumAttempts: 1 } }, [{ customerId }]);
}
