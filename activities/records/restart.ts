import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { resolveAlerts } from '../../infra/db/repositories/alerts.ts';
import { followAlerts, recordStripeCustomer } from '../../infra/db/repositories/customers.ts';
import { readKept } from '../../infra/db/repositories/kept-customer.ts';
import { customerStart } from '../../infra/temporal/start-onboarding.ts';
import { WORKFLOW_TYPE } from '../../workflows/contract/customer.ts';
import type { MendOutcome } from '../../workflows/contract/reconciliation.ts';
import { restartOf, type Restart } from '../../workflows/domain/restart.ts';
import { lackingIn } from '../../workflows/domain/terms.ts';
import { done, left, type Findings, type RecordDeps } from './deps.ts';

const WOULD_END =
  'A new run would end this customer: that was ordered. Nothing was done; mend with --end if they should leave.';

async function start({ temporal }: RecordDeps, { phase, state }: Restart): Promise<boolean> {
  try {
    // After a terminated run there may be another; while one is open there is no second.
    const options = { ...customerStart(state), workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const };
    await temporal.workflow.start(WORKFLOW_TYPE[phase], options);
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}

/** Gives a customer who has not left a run again, in the phase that Postgres and Stripe show. Idempotent. */
export async function restart(deps: RecordDeps, { customer, stripe, request }: Findings): Promise<MendOutcome> {
  if (!customer) return left('There is no such customer.');
  const { database } = deps;
  const { customerId, stripeCustomerId, stripeTestClockId, terms } = customer;
  const lacking = lackingIn({ ...terms });
  if (lacking.length > 0)
    return left(
      `Its row does not say what was sold: customers.terms lacks ${lacking.join(', ')}. Write them in Postgres, as another customer of this plan has them, and mend again.`,
    );
  const found = restartOf(await readKept(database, customer), stripe);
  if (found.endsCustomer && !request.end) return left(WOULD_END);
  if (stripeCustomerId === null && stripe.stripeCustomerId !== null)
    await recordStripeCustomer(database, customerId, { stripeCustomerId: stripe.stripeCustomerId, stripeTestClockId });
  const isNew = await start(deps, found);
  await database.transaction().execute(async (tx) => {
    await resolveAlerts(tx, customerId, 'workflow');
    await followAlerts(tx, customerId);
  });
  return done(isNew ? `A new run continues in ${found.phase}.` : 'A run is open again.');
}
