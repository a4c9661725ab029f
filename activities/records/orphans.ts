import { WorkflowNotFoundError } from '@temporalio/client';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import type { MendOutcome } from '../../workflows/contract/reconciliation.ts';
import { cancelOrphan } from '../billing/record.ts';
import { done, left, type Look, type RecordDeps } from './deps.ts';

/** Ends a run that has no customer. What it has in Stripe stays: that is a difference of its own. */
export async function endRun({ temporal }: RecordDeps, { order, stripe }: Look): Promise<MendOutcome> {
  const reason = `no customer in Postgres; audit ${String(order.auditId)}`;
  const ended = temporal.workflow.getHandle(customerWorkflowId(order.customerId)).terminate(reason);
  await ended.catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  const { stripeCustomerId, liveSubscription } = stripe;
  const inStripe = stripeCustomerId === null ? 'Stripe has nothing of it' : `in Stripe it is ${stripeCustomerId}`;
  return done(`The run is terminated; ${inStripe}, subscription ${liveSubscription ?? 'none that goes on'}.`);
}

/** Cancels what Stripe would go on charging for nobody, when that was ordered. */
export async function cancelInStripe(deps: RecordDeps, { order, stripe }: Look): Promise<MendOutcome> {
  const which = `${stripe.liveSubscription ?? 'none'} of ${stripe.stripeCustomerId ?? 'nobody'}`;
  if (!order.end) return left(`Subscription ${which} goes on in Stripe; mend with --end to cancel it.`);
  const cancelled = await cancelOrphan(deps, order);
  return done(`Cancelled in Stripe: ${cancelled.join(', ') || 'nothing was left'}.`);
}
