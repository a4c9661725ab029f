import { findCustomer, type Customer } from '../infra/db/repositories/customers.ts';
import { newestRule } from '../infra/db/repositories/timeline.ts';
import type { CustomerStatus } from '../workflows/contract.ts';
import { diagnose, type Diagnosis } from '../workflows/domain/failures.ts';
import { DAY_MS, iso } from '../workflows/domain/time.ts';
import { trialAgenda, type TrialDuty } from '../workflows/domain/trial.ts';
import { failedSteps } from '../infra/db/repositories/steps.ts';
import { askStatus } from './customer-status.ts';
import type { AppDeps } from './deps.ts';
import { notFound } from './errors.ts';

export interface Explanation {
  readonly phase: string;
  readonly standing: string;
  /** The rule that led here. */
  readonly because: string;
  /** What the workflow says it waits for; null when no worker answered in time. */
  readonly waiting_for: string | null;
  readonly next: readonly { readonly at: string; readonly what: string }[];
  readonly failures: readonly ({ readonly step: string; readonly error_type: string } & Diagnosis)[];
}

const BECAUSE: Readonly<Record<string, string>> = {
  onboarding: 'signed up; the steps of the onboarding are being carried out',
  trial: 'the onboarding is done; the trial runs',
  subscription: 'Stripe says the subscription is paid or being collected',
  cancellation: 'the customer is leaving',
  ended: 'the customer has left',
};

function whatHappens(duty: TrialDuty, { terms }: Customer): string {
  if (duty === 'expire') return `trial ends; without a payment method: read-only for ${String(terms.graceDays)} days`;
  if (duty === 'suspend') return `still unpaid: suspended, data kept for ${String(terms.retentionDays)} days`;
  if (duty === 'leave') return 'still unpaid: backup taken, stack destroyed';
  return `reminder by mail, ${duty.slice('remind:'.length)} days before the end`;
}

function nextInTrial(customer: Customer): Explanation['next'] {
  if (customer.phase !== 'trial' || customer.trialEndsAt === null) return [];
  const now = Date.now() + customer.clockOffsetMs;
  return trialAgenda(customer.terms, customer.trialEndsAt.toISOString())
    .filter(({ at }) => at > now)
    .map(({ duty, at }) => ({ at: iso(at), what: whatHappens(duty, customer) }));
}

function nextWhenParked(customer: Customer): Explanation['next'] {
  if (customer.phase !== 'onboarding' || customer.attention === null) return [];
  const { alertEveryHours, parkedDays } = customer.terms.onboarding;
  return [
    { at: iso(customer.updatedAt.getTime() + alertEveryHours * 3_600_000), what: 'support is alerted again' },
    {
      at: iso(customer.updatedAt.getTime() + parkedDays * DAY_MS),
      what: 'everything is taken back, the address is freed',
    },
  ];
}

const nextOf = (status: CustomerStatus | null): Explanation['next'] =>
  status?.nextAt ? [{ at: status.nextAt, what: status.waitingFor }] : [];

/** Why a customer is in the state they are in, and what happens next, when. @throws ApiError 404 */
export async function explain(deps: AppDeps, customerId: string): Promise<Explanation> {
  const customer = await findCustomer(deps.database, customerId);
  if (!customer) throw notFound('customer');
  const [rule, status, failed] = await Promise.all([
    newestRule(deps.database, customerId),
    customer.phase === 'ended' ? null : askStatus(deps, customerId),
    customer.attention === null ? [] : failedSteps(deps.database, customerId),
  ]);
  const planned = [...nextInTrial(customer), ...nextWhenParked(customer)];
  return {
    phase: customer.phase,
    standing: customer.standing,
    because: rule ?? BECAUSE[customer.phase] ?? '',
    waiting_for: status?.waitingFor ?? null,
    next: planned.length > 0 ? planned : nextOf(status),
    failures: failed.map(({ step, errorType }) => ({ step, error_type: errorType, ...diagnose(errorType) })),
  };
}
