import type { Correctable, Step } from '../domain/steps.ts';
import type { ReplayFrom } from './commands.ts';

export const REPLAY_PLAN = 'replayPlan';

export interface ReplayQuestion {
  readonly from: ReplayFrom;
  /** Particulars that would be corrected: the steps that take one run too. */
  readonly corrected?: readonly Correctable[];
}

export interface ReplayPlan {
  readonly willRun: readonly string[];
  readonly willSkip: readonly string[];
  /** What is really taken back, in this order: not what never happened, nor what has no undo. */
  readonly willUndo: readonly string[];
}

/** What the workflow `stackPreview` is asked, and what it answers. `replace`: taken back first, then made anew. */
export interface PreviewInput {
  readonly customerId: string;
  readonly operation: 'update' | 'replace';
  readonly trialBeginsAnew: boolean;
  /** A correction stored for this look only. */
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

/** What the workflow `billingPreview` is asked, and what it answers. */
export interface BillingPreviewInput extends Pick<ReplayPlan, 'willRun' | 'willUndo'> {
  readonly customerId: string;
  readonly correctionId?: string;
}

export interface BillingChanges {
  /** One change each, in words, with Stripe's ids; none when nothing would change. */
  readonly lines: readonly string[];
}

/** What the workflow `stepPreview` is asked about one of a product's own steps. */
export interface OwnStepPreviewInput extends OwnStepLook {
  readonly step: string;
  readonly queue: NonNullable<Step['queue']>;
  readonly activity: string;
}

/** What the activity of a step's preview is given. */
export interface OwnStepLook {
  readonly customerId: string;
  readonly trialBeginsAnew: boolean;
  readonly correctionId?: string;
}

export interface OwnStepChanges {
  /** One change each, in the product's words; none when nothing would change. */
  readonly lines: readonly string[];
}
