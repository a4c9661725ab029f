import type { CustomerStatus } from '../../workflows/contract/customer.ts';
import { listApiKeys } from '../../infra/db/repositories/api-keys.ts';
import {
  viewAlerts,
  viewAttempts,
  viewAudit,
  viewEmails,
  viewInvoices,
  viewStack,
  viewSteps,
  type AttemptView,
  type StepView,
} from '../../infra/db/repositories/console.ts';
import { stepsOf } from '../../workflows/domain/core-steps.ts';
import { namesOf } from '../../workflows/domain/steps.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import { listDifferences, type Difference } from '../../infra/db/repositories/differences.ts';
import { findCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { askStatus, workflowUrl } from './customer-status.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';

type Rows<F extends (...parameters: never[]) => unknown> = Awaited<ReturnType<F>>;

/** Everything that support sees about one customer. */
export interface CustomerDetail {
  readonly customer: Customer;
  /** Null when no worker answered. */
  readonly status: CustomerStatus | null;
  readonly steps: Rows<typeof viewSteps>;
  readonly attempts: Rows<typeof viewAttempts>;
  readonly alerts: Rows<typeof viewAlerts>;
  readonly stack: Rows<typeof viewStack>;
  readonly emails: Rows<typeof viewEmails>;
  readonly invoices: Rows<typeof viewInvoices>;
  readonly audit: Rows<typeof viewAudit>;
  readonly keys: Rows<typeof listApiKeys>;
  /** Where Postgres, Temporal and Stripe disagree about them. */
  readonly differences: readonly Difference[];
  readonly workflowUrl: string | null;
}

/** Attempts of this epoch of the step. */
export const attemptsAt = ({ step, epoch }: StepView, attempts: readonly AttemptView[]): readonly AttemptView[] =>
  attempts.filter((attempt) => attempt.step === step && attempt.epoch === epoch);

/** In the order of the onboarding, the newest epoch of each step first. */
function inOrder(steps: readonly StepView[], terms: Terms): readonly StepView[] {
  const order = namesOf(stepsOf(terms));
  const placeOf = ({ step }: StepView): number => order.indexOf(step);
  return steps.toSorted((one, other) => placeOf(one) - placeOf(other) || other.epoch - one.epoch);
}

/** @throws ApiError 404 */
export async function customerDetail(deps: AppDeps, customerId: string): Promise<CustomerDetail> {
  const { database } = deps;
  const customer = await findCustomer(database, customerId);
  if (!customer) throw notFound('customer');
  const [status, steps, attempts, alerts, stack, emails, invoices, audit, keys, differences] = await Promise.all([
    customer.phase === 'ended' ? null : askStatus(deps, customerId),
    viewSteps(database, customerId),
    viewAttempts(database, customerId),
    viewAlerts(database, customerId),
    viewStack(database, customerId),
    viewEmails(database, customerId),
    viewInvoices(database, customerId),
    viewAudit(database, customerId),
    listApiKeys(database, customerId),
    listDifferences(database, { customerId, limit: 10 }),
  ]);
  const url = workflowUrl(deps, customerId);
  return {
    customer,
    status,
    steps: inOrder(steps, customer.terms),
    attempts,
    alerts,
    stack,
    emails,
    invoices,
    audit,
    keys,
    differences,
    workflowUrl: url,
  };
}
