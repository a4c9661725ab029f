import { WorkflowNotFoundError } from '@temporalio/client';
import { revokeAccess } from '../../infra/db/repositories/access.ts';
import { resolveAlerts } from '../../infra/db/repositories/alerts.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { setDeployment } from '../../infra/db/repositories/stacks.ts';
import { BILLING_CHANGED, customerWorkflowId, type BillingChanged } from '../../workflows/contract/customer.ts';
import type { MendOutcome } from '../../workflows/contract/reconciliation.ts';
import { PHASES } from '../../workflows/domain/lifecycle.ts';
import { iso, SECOND_MS } from '../../workflows/domain/time.ts';
import { endCustomer, eraseCustomer } from '../accounts/ending.ts';
import { enterPhase } from '../accounts/progress.ts';
import { done, left, type Findings, type RecordDeps } from './deps.ts';

/** Makes the run read Stripe again: it follows what Stripe says, and writes it to Postgres. The result shows later. */
export async function wake({ temporal }: RecordDeps, { request }: Findings): Promise<null> {
  const fact: BillingChanged = { eventId: 'mend', kind: 'mend' };
  const signalled = temporal.workflow.getHandle(customerWorkflowId(request.customerId)).signal(BILLING_CHANGED, fact);
  await signalled.catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  return null;
}

const near = (one: string, other: string): boolean => Math.abs(Date.parse(one) - Date.parse(other)) < SECOND_MS;
const place = (phase: string): number => PHASES.findIndex((known) => known === phase);

/** A row that is ahead of it is wrong. */
const isInTrial = ({ run, stripe }: Pick<Findings, 'run' | 'stripe'>): boolean =>
  run.phase === 'trial' && stripe.trialEndsAt !== null;

/**
 * A row that says `ended` but keeps the address was changed by hand. A customer who still has a subscription has not
 * left.
 */
const isEndedByHand = ({ phase, emailNorm }: Customer, { stripe }: Findings): boolean =>
  phase === 'ended' && emailNorm !== null && stripe.liveSubscription !== null;

/**
 * Whether the row is behind, as in a restored Postgres. A run that is behind follows Stripe once it is woken, and must
 * not set the row back.
 */
function rowLags(customer: Customer, found: Findings): boolean {
  const { phase, trialEndsAt } = customer;
  const { run, stripe } = found;
  if (run.status !== 'running' || run.phase === null) return false;
  if (phase === 'ended') return isEndedByHand(customer, found);
  if (run.trialEndsAt === null) return false;
  if (run.phase !== phase) return place(run.phase) > place(phase) || isInTrial(found);
  const differs = trialEndsAt === null || Date.parse(run.trialEndsAt) !== trialEndsAt.getTime();
  return differs && (stripe.trialEndsAt === null || near(run.trialEndsAt, stripe.trialEndsAt));
}

/** Updates a row that is behind with what the run knows. If the customer is leaving, all access is revoked. */
export async function bringRow({ database }: RecordDeps, found: Findings): Promise<void> {
  const { customer, run } = found;
  if (!customer || run.phase === null || !rowLags(customer, found)) return;
  const { customerId } = customer;
  // After the trial, a run says nothing about it.
  const trialEndsAt = run.trialEndsAt ?? customer.trialEndsAt?.toISOString() ?? iso(Date.now());
  await enterPhase(database, { customerId, phase: run.phase, trialEndsAt });
  if (run.phase === 'cancellation') await database.transaction().execute((tx) => revokeAccess(tx, customerId));
}

/**
 * Records the end of a customer whose workflow has completed. A customer whose cancellation deleted them in Stripe was
 * erased, and is erased again.
 */
export async function noteEnd({ database }: RecordDeps, { customer, run, stripe }: Findings): Promise<MendOutcome> {
  if (!customer) return left('There is no such customer.');
  const { customerId } = customer;
  const erased = run.phase === 'cancellation' && stripe.stripeCustomerId === null;
  await database.transaction().execute(async (tx) => {
    await revokeAccess(tx, customerId);
    await setDeployment(tx, customerId, { status: 'deleted', instanceUrl: null });
    await resolveAlerts(tx, customerId, '');
  });
  await endCustomer(database, { customerId, reason: 'ended_before' });
  if (erased) await eraseCustomer(database, { customerId });
  return done(
    erased ? 'The customer is recorded as ended, and was erased again.' : 'The customer is recorded as ended.',
  );
}
