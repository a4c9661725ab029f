import { ApplicationFailure, patched } from '@temporalio/workflow';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { accounts, billing, email } from '../activity-calls/proxies.ts';
import type { BillingState } from '../domain/billing-state.ts';
import { withPlan } from '../domain/free-plan.ts';
import type { Phase } from '../domain/lifecycle.ts';
import type { FreePlan, SoldPlan } from '../domain/terms.ts';
import { iso } from '../domain/time.ts';
import type { Desk } from './desk.ts';
import { tell } from './tell.ts';

/** From now on they have this plan; the licence of the one before ends with it. */
export async function changePlan(desk: Desk, plan: SoldPlan, rule: string): Promise<void> {
  const { customerId } = desk;
  const terms = withPlan(desk.state.terms, plan);
  await accounts.recordPlan({ customerId, terms, rule });
  desk.update({ terms, licensedUntil: iso(desk.clock.now()) });
}

/** Who does not pay any more goes on with what costs nothing. `after` names what has ended: they are told once of each. */
export async function moveToFreePlan(desk: Desk, freePlan: FreePlan, after: string): Promise<'free'> {
  const { customerId } = desk;
  await billing.cancelSubscription({ customerId, key: freshKey(customerId, 'freePlan:subscription') });
  await changePlan(desk, freePlan, 'no longer paid for: the free plan');
  desk.update({ trialEndsAt: null, trialDutiesDone: [] });
  await tell(desk, { name: 'moved to the free plan', key: `${customerId}:movedToFreePlan:${after}` }, (key) =>
    email.sendMovedToFreePlanMail({ customerId, key }),
  );
  return 'free';
}

/**
 * What follows a subscription that is over. That Stripe has none is no end: nothing is taken away until a person looked.
 * @throws ApplicationFailure `SubscriptionMissing`, so that support is alerted and Stripe is read again
 */
export async function afterSubscription(
  desk: Desk,
  next: 'free' | 'trial' | 'cancellation' | 'missing',
  { subscription }: BillingState,
): Promise<Phase> {
  const { freePlan } = desk.state.terms;
  if (next === 'free' && freePlan) return moveToFreePlan(desk, freePlan, `subscription:${subscription?.id ?? ''}`);
  if (next === 'missing' && patched('a subscription that is missing is asked about'))
    throw ApplicationFailure.nonRetryable('Stripe has no subscription of this customer.', 'SubscriptionMissing');
  desk.orderCancellation('subscription_ended');
  return 'cancellation';
}
