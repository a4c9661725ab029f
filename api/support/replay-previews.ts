import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import {
  WRONG_PREVIEW,
  type BillingChanges,
  type BillingPreviewInput,
  type OwnStepChanges,
  type OwnStepPreviewInput,
  type PreviewInput,
  type ReplayPlan,
  type StackChanges,
} from '../../workflows/contract/replay.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import { trialBeginsAnew } from '../../workflows/domain/core-steps.ts';
import { concerns, type Step } from '../../workflows/domain/steps.ts';
import type { AppDeps } from '../http/deps.ts';

/**
 * What one part of a replay would change; null with a note that says why that is not known, or that nothing changes.
 */
export interface Preview<Changes> {
  readonly changes: Changes | null;
  readonly note: string | null;
}

export interface Previewed {
  readonly customerId: string;
  readonly plan: ReplayPlan;
  /** A correction that was stored for this preview only. */
  readonly correctionId?: string;
}

const PREVIEW_MS = 45_000;

function typedFailure(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  return error instanceof Error ? typedFailure(error.cause) : undefined;
}

function whyNone(error: unknown, worker: string): string {
  const failure = typedFailure(error);
  if (failure?.type == null)
    return `There is no preview: none was ready within ${String(PREVIEW_MS / 1_000)} seconds. The ${worker} may be busy or not running.`;
  if (failure.type === WRONG_PREVIEW) return `There is no preview. ${failure.message}`;
  const { cause, suggestedFix } = diagnose(failure.type);
  return `The preview failed as the step would (${failure.type}): ${failure.message} ${cause} ${suggestedFix}`;
}

interface PreviewCall<Input> {
  readonly type: string;
  readonly workflowId: string;
  readonly worker: string;
  readonly input: Input;
}

/** A workflow, because only workers reach stacks and Stripe; its time limit ends it even if this process dies. */
async function preview<Input, Changes>({ temporal }: AppDeps, call: PreviewCall<Input>): Promise<Preview<Changes>> {
  const options = {
    workflowId: call.workflowId,
    taskQueue: TASK_QUEUE.lifecycle,
    workflowExecutionTimeout: PREVIEW_MS,
    args: [call.input] as [Input],
    staticSummary: 'preview of a replay',
  };
  try {
    const changes = await temporal.withDeadline(Date.now() + PREVIEW_MS, () =>
      temporal.workflow.execute<(input: Input) => Promise<Changes>>(call.type, options),
    );
    return { changes, note: null };
  } catch (error) {
    return { changes: null, note: whyNone(error, call.worker) };
  }
}

/** The changes of the stack, computed by the engine itself with the corrections applied. Takes up to 45 seconds. */
export async function previewStack(deps: AppDeps, { plan, ...asked }: Previewed): Promise<Preview<StackChanges>> {
  if (!plan.willRun.includes('stack')) return { changes: null, note: 'The replay does not touch the stack.' };
  return preview<PreviewInput, StackChanges>(deps, {
    type: 'stackPreview',
    workflowId: `stack-preview/${asked.customerId}/${randomUUID()}`,
    worker: 'provisioning worker',
    input: {
      ...asked,
      operation: plan.willUndo.includes('stack') ? 'replace' : 'update',
      trialBeginsAnew: trialBeginsAnew(plan.willRun),
    },
  });
}

/** The changes in Stripe, from what is there, decided by the steps' own functions. Takes up to 45 seconds. */
export async function previewBilling(
  deps: AppDeps,
  { plan, ...asked }: Previewed,
  steps: readonly Step[],
): Promise<Preview<BillingChanges>> {
  const { willRun, willUndo } = plan;
  if (!concerns(steps, 'billing', willRun)) return { changes: null, note: 'The replay does not touch Stripe.' };
  return preview<BillingPreviewInput, BillingChanges>(deps, {
    type: 'billingPreview',
    workflowId: `billing-preview/${asked.customerId}/${randomUUID()}`,
    worker: 'lifecycle worker',
    input: { ...asked, willRun, willUndo },
  });
}

/** What one of a product's own steps would change. */
export interface StepPreview extends Preview<OwnStepChanges> {
  readonly step: string;
}

const OWN_WORKER = { lifecycle: 'lifecycle worker', provisioning: 'provisioning worker' } as const;

async function previewOwn(
  deps: AppDeps,
  { plan, ...asked }: Previewed,
  { name: step, preview: activity, queue = 'lifecycle' }: Step,
): Promise<StepPreview> {
  if (activity === undefined) return { step, changes: null, note: 'This step has no preview.' };
  const look = await preview<OwnStepPreviewInput, OwnStepChanges>(deps, {
    type: 'stepPreview',
    workflowId: `step-preview/${asked.customerId}/${randomUUID()}`,
    worker: OWN_WORKER[queue],
    input: { ...asked, step, activity, queue, trialBeginsAnew: trialBeginsAnew(plan.willRun) },
  });
  return { step, ...look };
}

/** The changes of each of the product's own steps that would run, by its own preview. Takes up to 45 seconds. */
export const previewOwnSteps = (deps: AppDeps, asked: Previewed, steps: readonly Step[]): Promise<StepPreview[]> =>
  Promise.all(
    steps
      .filter(({ name, run }) => run !== undefined && asked.plan.willRun.includes(name))
      .map((step) => previewOwn(deps, asked, step)),
  );
