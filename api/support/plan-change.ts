import { randomUUID } from 'node:crypto';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import {
  PLAN_PREVIEW,
  planPreviewWorkflowId,
  type PlanPreview,
  type PlanPreviewInput,
} from '../../workflows/contract/plan-preview.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import { changesWhen, type ChangesWhen } from '../../workflows/domain/plan-change.ts';
import { findPrice, findProfile, isFree, type Cycle, type Price } from '../../workflows/domain/profiles/index.ts';
import { isSoldAs, ofPlan, type SoldPlan } from '../../workflows/domain/terms.ts';
import { priceProblems } from '../accounts/price-rules.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, invalid } from '../http/errors.ts';
import { agreedPrice } from './agreed-price.ts';
import { applicationFailure, refused, sendCommand } from './commands.ts';
import { livingCustomer, recordCommand, type CommandRequest } from './customer-commands.ts';

/** The plan, and how it is paid: as now, unless another cycle is named. */
export interface PlanWish {
  readonly plan: string;
  readonly cycle?: Cycle | undefined;
}

interface Wanted {
  readonly to: SoldPlan;
  readonly price: Price;
}

/** @throws ApiError 422 for what is not sold in the currency in which they pay */
function planWanted({ profile: name, terms }: Customer, wish: PlanWish): Wanted {
  const profile = findProfile(name);
  const sold = profile.plans.filter((plan) => !isFree(plan));
  const plan = sold.find(({ id }) => id === wish.plan);
  if (!plan) {
    const message = `plan must be one of: ${sold.map(({ id }) => id).join(', ')}.`;
    throw invalid('The request is not valid', [{ field: 'plan', message }], 422);
  }
  const agreed = agreedPrice(terms);
  const choice = { cycle: wish.cycle ?? agreed?.cycle, currency: agreed?.currency };
  const price = findPrice(profile, plan, choice);
  if (!price) throw invalid('The request is not valid', priceProblems(profile, plan, choice), 422);
  // Of the plan that they have, they keep the price that was agreed.
  const isTheirs = plan.id === terms.plan && price.cycle === agreed?.cycle;
  return isTheirs ? { to: ofPlan(plan, agreed), price: agreed } : { to: ofPlan(plan, price), price };
}

const PAID = ['trial', 'subscription'];
const NOT_PAID: Readonly<Record<string, string>> = {
  onboarding: 'Your account is still being set up. Try again in a minute.',
  free: 'You pay for no plan yet. Subscribe to one first.',
  cancellation: 'This account is being closed.',
};

async function planPayer(deps: AppDeps, customerId: string): Promise<Customer> {
  const customer = await livingCustomer(deps, customerId);
  if (!PAID.includes(customer.phase)) throw refused(NOT_PAID[customer.phase] ?? 'The plan cannot be changed now.');
  return customer;
}

/** Changes the plan. @returns null as the date of a change that has taken effect */
export async function changePlan(
  deps: AppDeps,
  command: CommandRequest,
  { reason, ...wish }: PlanWish & { readonly reason?: string | undefined },
): Promise<{ readonly plan: string; readonly cycle: Cycle; readonly beginsAt: string | null }> {
  const { to, price } = planWanted(await planPayer(deps, command.customerId), wish);
  const { plan } = to;
  const who = await recordCommand(deps, command, 'changePlan', { reason, details: { plan, cycle: price.cycle } });
  const { beginsAt } = await sendCommand(deps, command.customerId, 'changePlan', { ...who, to }, command);
  return { plan, cycle: price.cycle, beginsAt };
}

const PREVIEW_MS = 15_000;
const NO_PREVIEW = 'What it costs cannot be looked up now. Try again in a minute.';

function whyNone(error: unknown): ApiError {
  if (applicationFailure(error)?.type === 'StripeRefused')
    return refused('Stripe cannot change this subscription now.');
  return new ApiError(503, {
    ...{ error: 'Not available', message: NO_PREVIEW, code: 'no_preview', retryAfterSeconds: 30 },
    cause: error,
  });
}

/** What a change of the plan would cost, and when it would begin. */
export interface PlannedChange extends PlanPreview {
  readonly customer: Customer;
  readonly wanted: Wanted;
  readonly when: ChangesWhen;
}

/** Asks Stripe, and changes nothing. @throws ApiError 503 while nobody can say */
export async function previewPlan(deps: AppDeps, customerId: string, wish: PlanWish): Promise<PlannedChange> {
  const customer = await planPayer(deps, customerId);
  const { terms, phase, clockOffsetMs } = customer;
  const wanted = planWanted(customer, wish);
  const { to } = wanted;
  if (isSoldAs(terms, to) && !terms.planAhead) throw refused('This is the plan that you have.');
  const when = phase === 'trial' ? 'now' : changesWhen(terms, to);
  const input: PlanPreviewInput = { customerId, to, when, now: new Date(Date.now() + clockOffsetMs).toISOString() };
  const preview = deps.temporal.withDeadline(Date.now() + PREVIEW_MS, () =>
    deps.temporal.workflow.execute<(input: PlanPreviewInput) => Promise<PlanPreview>>(PLAN_PREVIEW, {
      workflowId: planPreviewWorkflowId(customerId, randomUUID()),
      taskQueue: TASK_QUEUE.lifecycle,
      workflowExecutionTimeout: PREVIEW_MS,
      args: [input],
      staticSummary: 'preview of another plan',
    }),
  );
  const seen = await preview.catch((error: unknown) => {
    throw whyNone(error);
  });
  return { ...seen, customer, wanted, when };
}
