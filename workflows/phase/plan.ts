import { patched, upsertSearchAttributes } from '@temporalio/workflow';
import { accounts } from '../activity-calls/proxies.ts';
import { SEARCH_ATTRIBUTES } from '../contract/customer.ts';
import { isOver, type BillingState } from '../domain/billing-state.ts';
import { withPlan } from '../domain/free-plan.ts';
import { soldInstead, type SoldPlan } from '../domain/terms.ts';
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
  const instead = soldInstead(customer.state.terms, sold);
  if (!instead || !patched('a plan that was changed in Stripe is followed')) return;
  await changePlan(customer, instead, `changed to ${instead.plan} in Stripe`);
  upsertSearchAttributes({ [SEARCH_ATTRIBUTES.plan]: [instead.plan] });
}

async function alertOnce(customer: CustomerRun): Promise<void> {
  if (isOpen(customer, UNKNOWN_PRICE) || !patched('a price of no plan is asked about')) return;
  await openAlert(customer, { kind: UNKNOWN_PRICE, step: 'subscription', errorType: 'UnknownPrice' });
}
