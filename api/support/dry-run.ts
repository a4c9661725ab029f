import { ApplicationFailure } from '@temporalio/common';
import { hasBouncedMail } from '../../infra/db/repositories/alerts.ts';
import { correctedValues } from '../../infra/customers/corrected.ts';
import {
  deletePreviewedCorrection,
  storeCorrection,
  type CorrectionPatch,
} from '../../infra/db/repositories/corrections.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { emailIsTaken } from '../../infra/db/repositories/signups.ts';
import { SLUG_TAKEN, takenSlugs } from '../../infra/db/repositories/slugs.ts';
import { normaliseEmail } from '../../infra/input/email-address.ts';
import type { ReplayFrom } from '../../workflows/contract/commands.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import {
  REPLAY_PLAN,
  type BillingChanges,
  type ReplayPlan,
  type ReplayQuestion,
  type StackChanges,
} from '../../workflows/contract/replay.ts';
import { stepsOf } from '../../workflows/domain/core-steps.ts';
import { CORRECTABLE_LATER, NOTHING_BOUNCED, onlyToCorrect, onlyToReplay } from '../../workflows/domain/late-replay.ts';
import { namesOf, type Correctable } from '../../workflows/domain/steps.ts';
import { refused } from './commands.ts';
import { livingCustomer, refuseUnknownStep, type CommandRequest } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, invalid, type Problem } from '../http/errors.ts';
import { awaitsReplay } from './explain.ts';
import { previewBilling, previewOwnSteps, previewStack, type Preview, type StepPreview } from './replay-previews.ts';

export interface DryRun extends ReplayPlan {
  readonly stack: Preview<StackChanges>;
  readonly stripe: Preview<BillingChanges>;
  /** Of the product's own steps, in their order. */
  readonly own: readonly StepPreview[];
}

const PLAN_MS = 3_000;

/** After the onboarding the address of a mail that bounced may be corrected, too. */
async function refuseUnlessFailed(
  { database }: AppDeps,
  customer: Customer,
  corrected: readonly Correctable[],
): Promise<void> {
  if (awaitsReplay(customer)) return;
  if (customer.phase !== 'onboarding' && corrected.length > 0) {
    if (await hasBouncedMail(database, customer.customerId)) return;
    throw refused(NOTHING_BOUNCED);
  }
  const message =
    customer.phase === 'onboarding'
      ? 'The onboarding is still running; there is nothing to replay unless it fails.'
      : 'The onboarding is done; there is nothing to replay.';
  throw new ApiError(409, { error: 'Not possible now', message, code: 'command_refused' });
}

/** Once the onboarding is done, little of it can be replayed and corrected. */
function refuseTooLate(
  { phase, attention, terms }: Customer,
  from: ReplayFrom,
  corrected: readonly Correctable[],
): void {
  if (phase === 'onboarding') return;
  const needing = attention?.split(',') ?? [];
  const failed = namesOf(stepsOf(terms)).filter((step) => needing.includes(step));
  if (from !== 'failed' && !failed.includes(from)) throw refused(onlyToReplay(failed));
  if (!corrected.every((field) => CORRECTABLE_LATER.includes(field))) throw refused(onlyToCorrect(CORRECTABLE_LATER));
}

/** In the words of the refusal: a plan may be known and still not be one that this customer can have. */
function refuseImpossible(customer: Customer, patch: CorrectionPatch): void {
  try {
    correctedValues(customer, patch);
  } catch (error) {
    throw error instanceof ApplicationFailure ? refused(error.message) : error;
  }
}

/** Checks that otherwise only the replay itself would make. */
async function refuseTaken({ database }: AppDeps, customer: Customer, { slug, email }: CorrectionPatch): Promise<void> {
  const address = email === undefined ? undefined : normaliseEmail(email);
  const ownAddress = customer.email === null ? undefined : normaliseEmail(customer.email);
  const problems: Problem[] = [];
  if (slug !== undefined && slug !== customer.slug && (await takenSlugs(database, [slug])).has(slug))
    problems.push({ field: 'corrections.slug', message: SLUG_TAKEN });
  if (address !== undefined && address !== ownAddress && (await emailIsTaken(database, address)))
    problems.push({ field: 'corrections.email', message: 'Another customer has that address.' });
  if (problems.length > 0) throw invalid('The correction is not valid', problems, 422);
}

async function askPlan({ temporal }: AppDeps, customerId: string, question: ReplayQuestion): Promise<ReplayPlan> {
  const handle = temporal.workflow.getHandle(customerWorkflowId(customerId));
  try {
    return await temporal.withDeadline(Date.now() + PLAN_MS, () =>
      handle.query<ReplayPlan, [ReplayQuestion]>(REPLAY_PLAN, question),
    );
  } catch (cause) {
    const message = 'No worker answered in time. Try again in a few seconds.';
    throw new ApiError(503, { error: 'Status unknown', message, code: 'no_worker', cause });
  }
}

/** What people typed stays out of Temporal: it is a row during the preview, and only the row's id is sent. */
async function withCorrectionStored<T>(
  { database }: AppDeps,
  { customerId, patch }: { readonly customerId: string; readonly patch: CorrectionPatch },
  look: (stored: { readonly correctionId?: string }) => Promise<T>,
): Promise<T> {
  if (Object.keys(patch).length === 0) return look({});
  const correctionId = await storeCorrection(database, { customerId, patch, actor: 'dry run', preview: true });
  try {
    return await look({ correctionId });
  } finally {
    await deletePreviewedCorrection(database, correctionId);
  }
}

/**
 * What a replay with these corrections would run, skip, undo and change in the stack and in Stripe. Changes nothing,
 * and is recorded in the audit trail with the names of the corrected fields but not their values; takes up to 48
 * seconds.
 * @throws ApiError 404, 409 in the replay's own words when it would be refused, 422 for a correction that is not possible, 503 without a worker
 */
export async function dryRunReplay(
  deps: AppDeps,
  { customerId, actor }: Pick<CommandRequest, 'customerId' | 'actor'>,
  { from, corrections: patch }: { readonly from: ReplayFrom; readonly corrections: CorrectionPatch },
): Promise<DryRun> {
  const customer = await livingCustomer(deps, customerId);
  refuseUnknownStep(customer, from);
  const corrected = Object.keys(patch) as Correctable[];
  await refuseUnlessFailed(deps, customer, corrected);
  refuseTooLate(customer, from, corrected);
  refuseImpossible(customer, patch);
  await refuseTaken(deps, customer, patch);
  const plan = await askPlan(deps, customerId, { from, corrected });
  await appendAudit(deps.database, { customerId, actor, action: 'replay.previewed', details: { from, corrected } });
  return withCorrectionStored(deps, { customerId, patch }, async (stored) => {
    const previewed = { customerId, plan, ...stored };
    const steps = stepsOf(customer.terms);
    const [stack, stripe, own] = await Promise.all([
      previewStack(deps, previewed),
      previewBilling(deps, previewed, steps),
      previewOwnSteps(deps, previewed, steps),
    ]);
    return { ...plan, stack, stripe, own };
  });
}
