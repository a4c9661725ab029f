import { ApplicationFailure } from '@temporalio/common';
import type { OwnStepInput, Step } from '../../workflows/domain/steps.ts';

/** Whom a step is for, as they are when it is carried out. What people typed is null once it is erased. */
export interface StepCustomer {
  readonly id: string;
  readonly companyName: string | null;
  readonly email: string | null;
  /** The first label of their instance's host. */
  readonly slug: string | null;
  readonly plan: string;
  /** What their plan includes. There is no limit to what is not named. */
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly region: string;
  readonly instanceUrl: string | null;
}

/** What a step works with: the customer, the key of this try, and the customer's own time. */
export interface StepContext extends Omit<OwnStepInput, 'customerId'> {
  readonly customer: StepCustomer;
  /** The variables that begin with `PRODUCT_`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Aborts when this try has run out of time or is called off. Give it to `fetch`: nobody waits for an answer then. */
  readonly signal: AbortSignal;
}

/** May be carried out again after its answer was lost: make what it does safe to repeat, by `key` or by looking first. */
export type StepAction = (context: StepContext) => Promise<void>;

/** What a step looks at before a replay: the customer as corrected. */
export type PreviewContext = Omit<StepContext, 'key'>;

/** A step of a product's own that does something. */
export interface OwnActionStep extends Omit<Step, 'run' | 'undo' | 'preview' | 'mail'> {
  readonly mail?: never;
  readonly run: StepAction;
  /** Takes it back. It must be safe where the step never happened. */
  readonly undo?: StepAction;
  /**
   * Says what `run` would change, one sentence each, without personal data: support reads it before a replay. None when
   * it would change nothing. It changes nothing itself, and has 30 seconds.
   */
  readonly preview?: (context: PreviewContext) => Promise<readonly string[]>;
}

/**
 * A step of a product's own that sends a mail of the product, once. A replay of the step sends it again, and so does a
 * correction of what it takes; of the address only when that is another one.
 */
export interface OwnMailStep extends Pick<Step, 'name' | 'title' | 'part' | 'needs'>, Partial<Pick<Step, 'takes'>> {
  /** Its name among `mails` of the product. */
  readonly mail: string;
  readonly run?: never;
}

export type OwnStep = OwnActionStep | OwnMailStep;

/** A step of a product's own, for the list of `defineProduct`. Checked with the product. */
export const defineStep = <Own extends OwnStep>(step: Own): Own => step;

/**
 * What a step throws when trying again would not help: the onboarding stops, and support sees both words. Anything else
 * that it throws is tried again, and only its class is kept, because its text may name a person.
 * @param type the kind of failure, in one word such as `DomainTaken`
 * @param message without personal data
 */
export const refuse = (type: string, message: string): Error => ApplicationFailure.nonRetryable(message, type);
