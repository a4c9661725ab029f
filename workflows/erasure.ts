import { patched, setCurrentDetails, sleep } from '@temporalio/workflow';
import { accounts, billing, identities, provisioning, sendErasedMail, support } from './activity-calls/proxies.ts';
import type { ErasureRequest } from './contract/erasure.ts';
import { retryAfterMs } from './domain/retries.ts';
import { failureType } from './activity-calls/failure-type.ts';
import { freshKey } from './activity-calls/fresh-key.ts';

/** Erases one who has left already, and whose own workflow has ended: mail, Stripe, backups, person. */
export async function erasure({ customerId }: ErasureRequest): Promise<void> {
  const retryUntilDone = retryUntilDoneFor(customerId);
  await retryUntilDone('tell', () => sendErasedMail({ customerId, key: `${customerId}:erased` }), 1);
  await retryUntilDone('erase in Stripe', () =>
    billing.deleteStripeCustomer({ customerId, key: freshKey(customerId, 'erasure:stripeCustomer') }),
  );
  await retryUntilDone('delete backups', () => provisioning.deleteBackups({ customerId }));
  if (patched('an erasure deletes the identity'))
    await retryUntilDone('delete the identity', () => identities.deleteIdentity({ customerId }));
  await retryUntilDone('erase', () => accounts.eraseCustomer({ customerId }));
}

/**
 * An accepted erasure has no way back: a duty that fails is alerted and tried again until it holds, or as often as it
 * may be at most.
 */
const retryUntilDoneFor =
  (customerId: string) =>
  async (duty: string, work: () => Promise<unknown>, rounds = Infinity): Promise<void> => {
    const kind = `erasure: ${duty}`;
    setCurrentDetails(kind);
    for (let round = 1; round <= rounds; round += 1) {
      try {
        await work();
        if (round > 1) await support.resolveAlert({ customerId, kind });
        return;
      } catch (error) {
        const key = `${customerId}:${kind}:${String(round)}`;
        const errorType = failureType(error);
        await support.raiseAlert({ customerId, kind, step: duty, errorType, key });
        if (round < rounds) await sleep(retryAfterMs(round, errorType), { summary: `another try to ${duty}` });
      }
    }
  };
