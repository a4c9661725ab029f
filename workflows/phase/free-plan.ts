import { ApplicationFailure, patched } from '@temporalio/workflow';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { billing, email } from '../activity-calls/proxies.ts';
import type { BillingState } from '../domain/billing-state.ts';
import type { Phase } from '../domain/lifecycle.ts';
import type { FreePlan } from '../domain/terms.ts';
import type { CustomerRun } from './customer-run.ts';
import { changePlan } from './plan.ts';
import { sendOrAlert } from './send-or-alert.ts';

/**
 * Moves a customer who no longer pays to the free plan. `after` names what has ended: they are told once about each.
 */
export async function moveToFreePlan(customer: CustomerRun, freePlan: FreePlan, after: string): Promise<'free'> {
  const { customerId } = customer;
  await billing.cancelSubscription({ customerId, key: freshKey(customerId, 'freePlan:subscription') });
  await changePlan(customer, freePlan, 'no longer paid for: the free plan');
  const subscriptionsEnded = (customer.state.subscriptionsEnded ?? 0) + 1;
  customer.update({ trialEndsAt: null, trialDutiesDone: [], subscriptionsEnded });
  await sendOrAlert(
    customer,
    { name: 'moved to the free plan', key: `${customerId}:movedToFreePlan:${after}` },
    (key) => email.sendMovedToFreePlanMail({ customerId, key }),
  );
  return 'free';
}

/**
 * What follows a subscription that is over. A subscription that is missing in Stripe is not an end: nothing is taken
 * away until a person has looked.
 * @throws ApplicationFailure `SubscriptionMissing`, so that support is alerted and Stripe is read again
 */
export async function afterSubscription(
  customer: CustomerRun,
  next: 'free' | 'trial' | 'cancellation' | 'lapsed' | 'missing',
  { subscription }: BillingState,
): Promise<Phase> {
  const { freePlan } = customer.state.terms;
  if (next === 'free' && freePlan) return moveToFreePlan(customer, freePlan, `subscription:${subscription?.id ?? ''}`);
  if (next === 'missing' && patched('a subscription that is missing is asked about'))
    throw ApplicationFailure.nonRetryable('Stripe has no subscription of this customer.', 'SubscriptionMissing');
  customer.orderCancellation('subscription_ended');
  return 'cancellation';
}
