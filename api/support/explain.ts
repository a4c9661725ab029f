import { viewAlerts, viewAudit, viewInvoices } from '../../infra/db/repositories/console.ts';
import { findCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { listDifferences } from '../../infra/db/repositories/differences.ts';
import { endOrdered } from '../../infra/db/repositories/kept-customer.ts';
import { newestRule } from '../../infra/db/repositories/timeline.ts';
import { waitingOf, type WaitingFor } from '../../infra/db/repositories/waiting-work.ts';
import type { Ahead, CustomerStatus } from '../../workflows/contract/customer.ts';
import type { CancellationReason } from '../../workflows/domain/customer-state.ts';
import type { Diagnosis } from '../../workflows/domain/diagnoses.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import { hasInstance, stepsOf } from '../../workflows/domain/core-steps.ts';
import type { Phase } from '../../workflows/domain/lifecycle.ts';
import { isMissingInStripe, isOwing } from '../../workflows/domain/billing-state.ts';
import { isUndecided } from '../../workflows/domain/disputes.ts';
import { money } from '../../workflows/domain/money.ts';
import { wouldEnd, type Kept } from '../../workflows/domain/restart.ts';
import { DAY_MS, HOUR_MS, iso } from '../../workflows/domain/time.ts';
import { trialAgenda, type TrialDuty } from '../../workflows/domain/trial.ts';
import { failedSteps } from '../../infra/db/repositories/steps.ts';
import { askStatus } from './customer-status.ts';
import { endOfPlan, nextOfSubscriber } from './next-of-subscriber.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';

export interface Explanation {
  readonly phase: string;
  readonly standing: string;
  /** The rule that led here. */
  readonly because: string;
  /** What holds the work up, or else what the workflow says it waits for; null when no worker answered in time. */
  readonly waiting_for: string | null;
  readonly next: readonly { readonly at: string; readonly what: string }[];
  readonly failures: readonly ({ readonly step: string; readonly error_type: string } & Diagnosis)[];
}

type Alerts = Awaited<ReturnType<typeof viewAlerts>>;
type Invoices = Awaited<ReturnType<typeof viewInvoices>>;
type Audit = Awaited<ReturnType<typeof viewAudit>>;

/** Waiting for a person, with the failure recorded. */
export const isParked = ({ phase, attention }: Pick<Customer, 'phase' | 'attention'>): boolean =>
  phase === 'onboarding' && attention !== null;

/** Whether a step of the onboarding failed and waits for a replay: a mail may do so in any phase. */
export const awaitsReplay = ({ phase, attention, terms }: Pick<Customer, 'phase' | 'attention' | 'terms'>): boolean =>
  phase !== 'cancellation' &&
  phase !== 'ended' &&
  (attention?.split(',') ?? []).some((one) => stepsOf(terms).some(({ name }) => name === one));

const BECAUSE: Readonly<Record<Phase, string>> = {
  onboarding: 'signed up; the steps of the onboarding are being carried out',
  trial: 'the onboarding is done; the trial runs',
  free: 'nothing is paid for: the free plan',
  subscription: 'Stripe says the subscription is paid or being collected',
  cancellation: 'the customer is leaving',
  ended: 'the customer has left',
};

function whatHappens(duty: TrialDuty, { terms }: Pick<Customer, 'terms'>): string {
  if (duty === 'expire' && terms.freePlan) return 'trial ends; without a payment method: the free plan';
  if (duty === 'expire') return `trial ends; without a payment method: read-only for ${String(terms.graceDays)} days`;
  if (duty === 'suspend') return `still unpaid: suspended, data kept for ${String(terms.retentionDays)} days`;
  if (duty === 'leave')
    return hasInstance(terms) ? 'still unpaid: backup taken, stack destroyed' : 'still unpaid: the customer leaves';
  return `reminder by mail, ${duty.slice('remind:'.length)} days before the end`;
}

const UNPAID: Readonly<Record<Ahead['what'], (terms: Customer['terms']) => string>> = {
  read_only: ({ graceDays }) => `still unpaid: read-only for ${String(graceDays)} days`,
  suspend: ({ retentionDays }) => `still unpaid: suspended, data kept for ${String(retentionDays)} days`,
  leave: (terms) => whatHappens('leave', { terms }),
  free_plan: () => 'still unpaid: the free plan',
};

const nextUnlessPaid = ({ terms }: Customer, status: CustomerStatus | null): Explanation['next'] =>
  (status?.ahead ?? []).map(({ at, what }) => ({ at, what: UNPAID[what](terms) }));

const WITHOUT_CARD = {
  invoice: 'the trial ends, and Stripe sends the customer an invoice',
  nothing_due: 'the trial ends; nothing is to be paid',
} as const;

function paidAtTrialEnd({ paysAtEnd, withoutCard }: CustomerStatus): string | undefined {
  if (paysAtEnd === true) return 'the trial ends, and Stripe charges the customer';
  return withoutCard ? WITHOUT_CARD[withoutCard] : undefined;
}

function nextInTrial(customer: Customer, status: CustomerStatus | null): Explanation['next'] {
  if (customer.phase !== 'trial' || customer.trialEndsAt === null) return [];
  // Nothing follows the end of a trial that Stripe does not know.
  if (isMissingInStripe(customer)) return [];
  const end = iso(customer.trialEndsAt.getTime());
  if (status?.leavesAtEnd === true) return [{ at: status.endsAt ?? end, what: endOfPlan(customer, status) }];
  const paid = status && paidAtTrialEnd(status);
  if (paid) return [{ at: end, what: paid }];
  const now = Date.now() + customer.clockOffsetMs;
  return trialAgenda(customer.terms, customer.trialEndsAt.toISOString())
    .filter(({ at }) => at > now)
    .map(({ duty, at }) => ({ at: iso(at), what: whatHappens(duty, customer) }));
}

/** Counted from the alerts, because a parked customer is alerted the moment they are parked; on the customer's clock. */
function nextWhenParked(customer: Customer, alerts: Alerts, status: CustomerStatus | null): Explanation['next'] {
  if (!isParked(customer)) return [];
  const open = alerts.filter(({ kind, resolvedAt }) => resolvedAt === null && kind.startsWith('onboarding:'));
  if (open.length === 0) return [];
  const { alertEveryHours, parkedDays } = customer.terms.onboarding;
  const lastAlert = Math.max(...open.map(({ lastRaisedAt }) => lastRaisedAt.getTime())) + customer.clockOffsetMs;
  const parkedAt = Math.min(...open.map(({ raisedAt }) => raisedAt.getTime())) + customer.clockOffsetMs;
  return [
    { at: status?.nextAt ?? iso(lastAlert + alertEveryHours * HOUR_MS), what: 'support will be alerted again' },
    { at: iso(parkedAt + parkedDays * DAY_MS), what: 'everything will be removed and the address freed' },
  ];
}

/** What only somebody else brings about has no date: on the workflow's own date it only reads Stripe again. */
const WITHOUT_DATE = /^(the customer to |a payment|the collection )/;

function nextOf(status: CustomerStatus | null): Explanation['next'] {
  if (!status?.nextAt) return [];
  const { nextAt, waitingFor } = status;
  return [{ at: nextAt, what: WITHOUT_DATE.test(waitingFor) ? 'Stripe is read again; nothing is due' : waitingFor }];
}

const nextOfDisputes = (invoices: Invoices): Explanation['next'] =>
  invoices.flatMap(({ disputeId: id, disputeStatus: status, disputeDueAt: due, disputeAmount: amount, currency }) =>
    due !== null && isUndecided(status)
      ? [
          {
            at: iso(due.getTime()),
            what: `evidence in the dispute ${id ?? ''} of ${money(amount ?? 0, currency)} is due in Stripe`,
          },
        ]
      : [],
  );

const heldUp = ({ waitsFor, since }: WaitingFor): string =>
  `${waitsFor} to respond, since ${iso(since.getTime())}; the work continues automatically`;

const WHY_ENDED: Readonly<Record<CancellationReason, string>> = {
  customer_asked: 'they cancelled',
  support_asked: 'support cancelled for them',
  trial_expired: 'the trial ended without a payment method',
  subscription_ended: 'the subscription ended in Stripe',
  onboarding_failed: 'the onboarding failed and was abandoned',
  erasure: 'all their data was deleted, as requested',
};

function whyEnded(audit: Audit): string | undefined {
  const end = audit.find(({ action }) => action === 'phase.ended');
  const reason = (end?.details as { readonly reason?: CancellationReason } | undefined)?.reason;
  return reason === undefined ? undefined : `the customer has left: ${WHY_ENDED[reason]}`;
}

async function because({ database }: AppDeps, customer: Customer, audit: Audit): Promise<string> {
  const { customerId, phase } = customer;
  const general = BECAUSE[phase];
  if (phase === 'ended') return whyEnded(audit) ?? general;
  if (isParked(customer))
    return `the onboarding failed at ${customer.attention?.replaceAll(',', ', ') ?? ''}; what is done is kept, and a person has to correct and replay it`;
  if (phase === 'onboarding') return general;
  return whyUnpaid(customer) ?? (await newestRule(database, customerId)) ?? general;
}

/** The rule that was noted last is of before. */
function whyUnpaid(customer: Customer): string | undefined {
  const { phase, standing, subscriptionStatus: status } = customer;
  if (isMissingInStripe(customer))
    return 'Stripe has no subscription of this customer; nothing is taken away until support has looked';
  const isRetried = phase === 'subscription' && standing === 'active' && isOwing(status);
  return isRetried ? `a payment is overdue (${status} in Stripe)` : undefined;
}

/** Nothing happens for them any more, whatever a query of the ended workflow returns. */
async function isStopped({ database }: AppDeps, { customerId, phase }: Customer, alerts: Alerts): Promise<boolean> {
  if (phase === 'ended') return false;
  if (alerts.some(({ kind, resolvedAt }) => kind === 'workflow' && resolvedAt === null)) return true;
  return (await listDifferences(database, { customerId, kinds: ['no_run'], limit: 1 })).length > 0;
}

const START_AGAIN =
  'support to start the workflow again, with `tenure reconcile <customer> --mend --reason …`; if that would be the end of the customer, it says so and does nothing';
const CARRY_OUT_END =
  'support to start the workflow again, with `tenure reconcile <customer> --mend --end --reason …`: it would be the end of this customer, because that was ordered';

/** What a person has to do. */
async function startedBy({ database }: AppDeps, customer: Customer): Promise<string> {
  const life = { phase: customer.phase as Kept['phase'], endOrdered: await endOrdered(database, customer) };
  return wouldEnd(life) ? CARRY_OUT_END : START_AGAIN;
}

const stopped = async (deps: AppDeps, customer: Customer) =>
  ({
    because: 'the workflow was stopped or is lost: nothing happens for this customer until it is started again',
    waiting_for: await startedBy(deps, customer),
    next: [],
  }) as const satisfies Partial<Explanation>;

/** Why a customer is in the state they are in, and what happens next, when. @throws ApiError 404 */
export async function explain(deps: AppDeps, customerId: string): Promise<Explanation> {
  const customer = await findCustomer(deps.database, customerId);
  if (!customer) throw notFound('customer');
  const { database } = deps;
  const [status, [held], failed, alerts, audit, invoices] = await Promise.all([
    customer.phase === 'ended' ? null : askStatus(deps, customerId),
    waitingOf(database, customerId),
    customer.attention === null ? [] : failedSteps(database, customerId),
    viewAlerts(database, customerId),
    viewAudit(database, customerId),
    viewInvoices(database, customerId),
  ]);
  const planned = [
    ...nextInTrial(customer, status),
    ...nextUnlessPaid(customer, status),
    ...nextOfSubscriber(customer, status),
    ...nextWhenParked(customer, alerts, status),
  ];
  return {
    phase: customer.phase,
    standing: customer.standing,
    because: await because(deps, customer, audit),
    waiting_for: held ? heldUp(held) : (status?.waitingFor ?? null),
    next: [...(planned.length > 0 ? planned : nextOf(status)), ...nextOfDisputes(invoices)],
    failures: failed.map(({ step, errorType, errorMessage }) => ({
      step,
      error_type: errorType,
      ...diagnose(errorType, errorMessage),
    })),
    ...((await isStopped(deps, customer, alerts)) && (await stopped(deps, customer))),
  };
}
