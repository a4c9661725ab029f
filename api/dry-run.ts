import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { CorrectionPatch } from '../infra/db/repositories/corrections.ts';
import type { Customer } from '../infra/db/repositories/customers.ts';
import { emailIsTaken, takenSlugs } from '../infra/db/repositories/signups.ts';
import { normaliseEmail } from '../infra/email-address.ts';
import {
  REPLAY_PLAN,
  TASK_QUEUE,
  customerWorkflowId,
  type PreviewInput,
  type ReplayFrom,
  type ReplayPlan,
  type StackChanges,
} from '../workflows/contract.ts';
import { diagnose } from '../workflows/domain/failures.ts';
import {
  ONBOARDING_PLAN,
  ONBOARDING_STEPS,
  stepsTaking,
  withDependents,
  type Correctable,
} from '../workflows/domain/onboarding-plan.ts';
import { livingCustomer } from './customer-commands.ts';
import type { AppDeps } from './deps.ts';
import { ApiError, invalid, type Problem } from './errors.ts';
import { isParked } from './explain.ts';

export interface DryRun extends ReplayPlan {
  readonly stack: StackChanges | null;
  /** What the preview does not show, or why there is none. */
  readonly stackNote: string | null;
}

const PLAN_MS = 3_000;
const PREVIEW_MS = 45_000;

function refuseUnlessParked(customer: Customer): void {
  if (isParked(customer)) return;
  const message =
    customer.phase === 'onboarding'
      ? 'The onboarding is running now; there is nothing to replay unless it fails.'
      : 'The onboarding is done; there is nothing to replay.';
  throw new ApiError(409, { error: 'Not possible now', message, code: 'command_refused' });
}

/** What only the replay itself would find out otherwise. */
async function refuseTaken({ database }: AppDeps, customer: Customer, { slug, email }: CorrectionPatch): Promise<void> {
  const address = email === undefined ? undefined : normaliseEmail(email);
  const ownAddress = customer.email === null ? undefined : normaliseEmail(customer.email);
  const problems: Problem[] = [];
  if (slug !== undefined && slug !== customer.slug && (await takenSlugs(database, slug)).has(slug))
    problems.push({ field: 'corrections.slug', message: 'Another customer has that slug. Choose another.' });
  if (address !== undefined && address !== ownAddress && (await emailIsTaken(database, address)))
    problems.push({ field: 'corrections.email', message: 'Another customer has that address.' });
  if (problems.length > 0) throw invalid('The correction is not valid', problems, 422);
}

async function askPlan({ temporal }: AppDeps, customerId: string, from: ReplayFrom): Promise<ReplayPlan> {
  const handle = temporal.workflow.getHandle(customerWorkflowId(customerId));
  try {
    return await temporal.withDeadline(Date.now() + PLAN_MS, () =>
      handle.query<ReplayPlan, [{ from: ReplayFrom }]>(REPLAY_PLAN, { from }),
    );
  } catch (cause) {
    const message = 'No worker answered in time what a replay would do. Try again in a few seconds.';
    throw new ApiError(503, { error: 'Not known now', message, code: 'no_worker', cause });
  }
}

/** The query knows no corrections: the steps that take one run too. */
function withCorrections({ willRun, willUndo }: ReplayPlan, fields: readonly Correctable[]): ReplayPlan {
  const all = withDependents(new Set([...willRun, ...stepsTaking(fields)]));
  return { willRun: all, willUndo, willSkip: ONBOARDING_STEPS.filter((step) => !all.includes(step)) };
}

function typedFailure(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  return error instanceof Error ? typedFailure(error.cause) : undefined;
}

function whyNoPreview(error: unknown): string {
  const failure = typedFailure(error);
  if (failure?.type == null)
    return `There is no preview: none was ready within ${String(PREVIEW_MS / 1_000)} seconds. The provisioning worker may be busy or away.`;
  const { cause, suggestedFix } = diagnose(failure.type);
  return `The preview failed as the step would (${failure.type}): ${failure.message} ${cause} ${suggestedFix}`;
}

/** A workflow, because only the provisioning worker can reach stacks; its time limit ends it even when we are gone. */
async function preview({ temporal }: AppDeps, input: PreviewInput): Promise<Pick<DryRun, 'stack' | 'stackNote'>> {
  const options = {
    workflowId: `stack-preview/${input.customerId}/${randomUUID()}`,
    taskQueue: TASK_QUEUE.lifecycle,
    workflowExecutionTimeout: PREVIEW_MS,
    args: [input] as [PreviewInput],
    staticSummary: `preview of ${input.operation}`,
  };
  try {
    const stack = await temporal.withDeadline(Date.now() + PREVIEW_MS, () =>
      temporal.workflow.execute<(asked: PreviewInput) => Promise<StackChanges>>('stackPreview', options),
    );
    return { stack, stackNote: null };
  } catch (error) {
    return { stack: null, stackNote: whyNoPreview(error) };
  }
}

const WORDS = { companyName: 'company name', slug: 'slug', plan: 'plan' } as const;
const DESTROYED_FIRST = 'The replay takes the stack back first, which is what this shows, and then makes it anew.';

async function previewStack(deps: AppDeps, customerId: string, plan: ReplayPlan, fields: readonly Correctable[]) {
  if (!plan.willRun.includes('stack')) return { stack: null, stackNote: 'The replay does not touch the stack.' };
  const takesBack = plan.willUndo.includes('stack');
  const shown = await preview(deps, { customerId, operation: takesBack ? 'destroy' : 'update' });
  const unseen = ONBOARDING_PLAN.stack.takes.filter((field) => fields.includes(field)).map((field) => WORDS[field]);
  const notes = [
    shown.stackNote,
    takesBack ? DESTROYED_FIRST : null,
    unseen.length > 0
      ? `The preview is of the particulars as they are stored now: the correction of ${unseen.join(', ')} is not in it.`
      : null,
  ];
  return { stack: shown.stack, stackNote: notes.filter((note) => note !== null).join(' ') || null };
}

/**
 * What a replay would run, skip, undo and change in the stack. Changes nothing; takes up to 48 seconds.
 * @throws ApiError 404, 409 unless parked, 422 for a correction that cannot be had, 503 without a worker
 */
export async function dryRunReplay(
  deps: AppDeps,
  customerId: string,
  { from, corrections }: { readonly from: ReplayFrom; readonly corrections: CorrectionPatch },
): Promise<DryRun> {
  const customer = await livingCustomer(deps, customerId);
  refuseUnlessParked(customer);
  await refuseTaken(deps, customer, corrections);
  const fields = Object.keys(corrections) as Correctable[];
  const plan = withCorrections(await askPlan(deps, customerId, from), fields);
  return { ...plan, ...(await previewStack(deps, customerId, plan, fields)) };
}
