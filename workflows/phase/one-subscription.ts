import { freshKey } from '../activity-calls/fresh-key.ts';
import { billing, support } from '../activity-calls/proxies.ts';
import type { BillingState } from '../domain/billing-state.ts';
import type { BillingAccount } from './billing-account.ts';
import type { CustomerRun } from './customer-run.ts';

/**
 * Two Checkouts may have been completed before we knew of the first. Support is told what was paid twice.
 * @returns what Stripe says afterwards
 */
export async function keepOneSubscription(
  { customerId }: CustomerRun,
  account: BillingAccount,
  state: BillingState,
): Promise<BillingState> {
  const takenBack = await billing.keepOneSubscription({
    customerId,
    key: freshKey(customerId, 'keepOneSubscription'),
  });
  if (takenBack === 0) return state;
  const key = `${customerId}:subscribedTwice:${state.subscription?.id ?? ''}`;
  await support.raiseAlert({
    customerId,
    kind: 'subscribed twice',
    step: 'checkout',
    errorType: 'SubscribedTwice',
    key,
  });
  return account.read();
}
