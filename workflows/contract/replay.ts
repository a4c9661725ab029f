import type { Correctable, Step } from '../domain/steps.ts';
import type { ReplayFrom } from './commands.ts';

export const REPLAY_PLAN = 'replayPlan';

export interface ReplayQuestion {
  readonly from: ReplayFrom;
  /** Details that would be corrected: steps that use one of them run too. */
  readonly corrected?: readonly Correctable[];
}

export interface ReplayPlan {
  readonly willRun: readonly string[];
  readonly willSkip: readonly string[];
  /** What is actually undone, in this order: not steps that never happened, nor steps without an undo. */
  readonly willUndo: readonly string[];
}

/** Input and result of the workflow `stackPreview`. `replace`: undone first, then created again. */
export interface PreviewInput {
  readonly customerId: string;
  readonly operation: 'update' | 'replace';
  readonly trialBeginsAnew: boolean;
  /** A correction that was stored for this preview only. */
  readonly correctionId?: string;
}

export interface StackChanges {
  readonly changes: {
    readonly create: number;
    readonly update: number;
    readonly delete: number;
    readonly same: number;
  };
  /** One change each, in words. */
  readonly lines: readonly string[];
}

/** Input and result of the workflow `billingPreview`. */
export interface BillingPreviewInput extends Pick<ReplayPlan, 'willRun' | 'willUndo'> {
  readonly customerId: string;
  readonly correctionId?: string;
}

export interface BillingChanges {
  /** One change each, in words, with Stripe's ids; none when nothing would change. */
  readonly lines: readonly string[];
}

/** Type of the failure of a preview that returns anything but texts. */
export const WRONG_PREVIEW = 'WrongPreview';

/** Input of the workflow `stepPreview`, about one of a product's own steps. */
export interface OwnStepPreviewInput extends OwnStepLook {
  readonly step: string;
  readonly queue: NonNullable<Step['queue']>;
  readonly activity: string;
}

/** Input of the activity of a step's preview. */
export interface OwnStepLook {
  readonly customerId: string;
  readonly trialBeginsAnew: boolean;
  readonly correctionId?: string;
}

export interface OwnStepChanges {
  /** One change each, in the product's words; none when nothing would change. */
  readonly lines: readonly string[];
}
