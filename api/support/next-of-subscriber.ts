import type { Customer } from '../../infra/db/repositories/customers.ts';
import type { CustomerStatus } from '../../workflows/contract/customer.ts';
import type { CollectionPause } from '../../workflows/domain/billing-state.ts';
import type { Explanation } from './explain.ts';

/** What follows the end of a plan that was chosen here, or in Stripe. */
export function endOfPlan({ terms }: Customer, { leavesOn }: CustomerStatus): string {
  if (terms.freePlan) return 'the free plan begins';
  return leavesOn ? 'the customer leaves' : 'the subscription ends in Stripe, which nobody ordered here: read-only';
}

/** Of a pause that the customer chose: what is past needs no mention. */
function pauseAhead({ byCustomerFrom: from, resumesAt }: CollectionPause): Explanation['next'] {
  const ends = { at: resumesAt ?? '', what: 'the pause ends; within two hours Stripe charges again' };
  return [{ at: from ?? '', what: 'the pause begins: read-only' }, ends].filter(({ at }) => at !== '');
}

/** What comes next for one who pays. */
export function nextOfSubscriber(customer: Customer, status: CustomerStatus | null): Explanation['next'] {
  if (customer.phase !== 'subscription' || !status) return [];
  const { endsAt, renewsAt, pause } = status;
  if (endsAt) return [{ at: endsAt, what: endOfPlan(customer, status) }];
  if (pause?.byCustomerFrom) return pauseAhead(pause);
  const { planAhead } = customer.terms;
  const begins = planAhead ? [{ at: planAhead.from, what: `the plan ${planAhead.plan.plan} begins` }] : [];
  return renewsAt
    ? [...begins, { at: renewsAt, what: 'the renewal, for which Stripe charges within about an hour' }]
    : [];
}
