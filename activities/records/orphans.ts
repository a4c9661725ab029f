import { WorkflowNotFoundError } from '@temporalio/client';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import type { MendOutcome } from '../../workflows/contract/reconciliation.ts';
import { cancelOrphan } from '../billing/record.ts';
import { done, left, type Findings, type RecordDeps } from './deps.ts';

/** Ends a run that has no customer. What Stripe has stays: that is a difference of its own. */
export async function endRun({ temporal }: RecordDeps, { request, stripe }: Findings): Promise<MendOutcome> {
  const reason = `no customer in Postgres; audit ${String(request.auditId)}`;
  const ended = temporal.workflow.getHandle(customerWorkflowId(request.customerId)).terminate(reason);
  await ended.catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  const { stripeCustomerId, liveSubscription } = stripe;
  const inStripe = stripeCustomerId === null ? 'Stripe has no customer for it' : `in Stripe it is ${stripeCustomerId}`;
  return done(`The run was terminated; ${inStripe}, subscription ${liveSubscription ?? 'none that is active'}.`);
}

/** Cancels a subscription that has no customer here, if that was requested. */
export async function cancelInStripe(deps: RecordDeps, { request, stripe }: Findings): Promise<MendOutcome> {
  const which = `${stripe.liveSubscription ?? 'none'} of ${stripe.stripeCustomerId ?? 'nobody'}`;
  if (!request.end) return left(`Subscription ${which} continues in Stripe; mend with --end to cancel it.`);
  const cancelled = await cancelOrphan(deps, request);
  return done(`Cancelled in Stripe: ${cancelled.join(', ') || 'nothing was left'}.`);
}
