import { setCurrentDetails, sleep } from '@temporalio/workflow';
import { accounts, billing, email, provisioning, support } from './activity-proxies.ts';
import type { ErasureOrder } from './contract.ts';
import { retryAfterMs } from './domain/time.ts';
import { failureType } from './failure-type.ts';
import { freshKey } from './fresh-key.ts';

/** Erases one who has left already, and whose own workflow has ended: mail, Stripe, backups, person. */
export async function erasure({ customerId }: ErasureOrder): Promise<void> {
  const insist = insistFor(customerId);
  await insist('tell', () => email.sendErasedMail({ customerId, key: `${customerId}:erased` }), 1);
  await insist('erase in Stripe', () =>
    billing.deleteStripeCustomer({ customerId, key: freshKey(customerId, 'erasure:stripeCustomer') }),
  );
  await insist('delete backups', () => provisioning.deleteBackups({ customerId }));
  await insist('erase', () => accounts.eraseCustomer({ customerId }));
}

/**
 * An accepted erasure has no way back: a duty that fails is alerted and tried again until it holds, or as often as it
 * may be at most.
 */
const insistFor =
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
        await support.raiseAlert({ customerId, kind, step: duty, errorType: failureType(error), key });
        if (round < rounds) await sleep(retryAfterMs(round), { summary: `another try to ${duty}` });
      }
    }
  };
