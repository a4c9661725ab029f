import { patched, upsertSearchAttributes } from '@temporalio/workflow';
import { accounts } from '../activity-calls/proxies.ts';
import { SEARCH_ATTRIBUTES } from '../contract/customer.ts';
import { isOver, type BillingState } from '../domain/billing-state.ts';
import { withPlan } from '../domain/free-plan.ts';
import { isWaitedFor } from '../domain/plan-change.ts';
import { isSoldAs, soldInstead, type PlanAhead, type SoldPlan, type Terms } from '../domain/terms.ts';
import { iso } from '../domain/time.ts';
import type { CustomerRun } from './customer-run.ts';
import { endAlert, isOpen, openAlert } from './open-alert.ts';

const UNKNOWN_PRICE = 'unknown price';

/** Changes the plan from now on; the licence of the previous plan ends. */
export async function changePlan(customer: CustomerRun, plan: SoldPlan, rule: string): Promise<void> {
  const { customerId } = customer;
  const terms = withPlan(customer.state.terms, plan);
  await accounts.recordPlan({ customerId, terms, rule });
  customer.update({ terms, licensedUntil: iso(customer.clock.now()) });
}

/**
 * The newest choice counts, wherever it was made: a customer whom somebody gave another plan or price in Stripe has that
 * one. A price that is of no plan changes nothing, and support is asked.
 */
export async function followPlan(customer: CustomerRun, { subscription }: BillingState): Promise<void> {
  // Absent from older histories.
  if (subscription?.sold === undefined || isOver(subscription.status)) return;
  const { sold } = subscription;
  if (sold === null) return alertOnce(customer);
  await endAlert(customer, UNKNOWN_PRICE);
  const { planAhead } = customer.state.terms;
  if (isWaitedFor(planAhead, sold, customer.clock.now())) return;
  if (planAhead) await endWait(customer, planAhead, sold);
  const instead = soldInstead(customer.state.terms, sold);
  if (!instead || !patched('a plan that was changed in Stripe is followed')) return;
  await beginPlan(customer, instead, `changed to ${instead.plan} in Stripe`);
}

/** Its day has come, or somebody has changed the price in Stripe again. */
async function endWait(customer: CustomerRun, { plan }: PlanAhead, sold: SoldPlan): Promise<void> {
  if (isSoldAs(plan, sold)) return beginPlan(customer, plan, 'the plan that was chosen before begins');
  await planAheadIs(customer, undefined, 'another price in Stripe: the plan that was chosen does not begin');
}

/** Notes what plan begins later, if any. */
export async function planAheadIs(customer: CustomerRun, planAhead: Terms['planAhead'], rule: string): Promise<void> {
  const { customerId } = customer;
  const terms = { ...customer.state.terms, planAhead };
  await accounts.recordPlan({ customerId, terms, rule });
  customer.update({ terms });
}

export async function beginPlan(customer: CustomerRun, plan: SoldPlan, rule: string): Promise<void> {
  await changePlan(customer, plan, rule);
  upsertSearchAttributes({ [SEARCH_ATTRIBUTES.plan]: [plan.plan] });
}

async function alertOnce(customer: CustomerRun): Promise<void> {
  if (isOpen(customer, UNKNOWN_PRICE) || !patched('a price of no plan is asked about')) return;
  await openAlert(customer, { kind: UNKNOWN_PRICE, step: 'subscription', errorType: 'UnknownPrice' });
}
