import type { ChargeWhen } from './domain/billing-state.ts';
import type { Phase } from './domain/lifecycle.ts';
import type { BatchProgress } from './domain/replay-batch.ts';
import type { Correctable, OnboardingStepName, StepState } from './domain/onboarding-plan.ts';

/** Names and shapes shared by whoever starts, messages, runs or reads a workflow. Carries ids, never personal data. */
export const TASK_QUEUE = { lifecycle: 'lifecycle', provisioning: 'provisioning' } as const;

/** The workflow type of each phase; a customer moves on by continue-as-new into the next. */
export const WORKFLOW_TYPE = {
  onboarding: 'onboarding',
  trial: 'trialCountdown',
  subscription: 'subscription',
  cancellation: 'cancellation',
} as const satisfies Record<Exclude<Phase, 'ended'>, string>;

export const customerWorkflowId = (customerId: string): string => `customer/${customerId}`;
/** The id is the mutex of a stack: one open operation per customer. */
export const stackWorkflowId = (customerId: string): string => `stack/${customerId}`;

const OF_CUSTOMER = /^[a-z-]+\/(cust_[0-9a-f-]+)(?:[/:]|$)/;
/** The customer a workflow of any type is about, by its id; undefined for those that are about none or many. */
export const customerOfWorkflow = (workflowId: string): string | undefined => OF_CUSTOMER.exec(workflowId)?.[1];

export const SEARCH_ATTRIBUTES = {
  plan: 'TenurePlan',
  profile: 'TenureProfile',
  attention: 'TenureAttention',
  trialEndsAt: 'TenureTrialEndsAt',
} as const;

/** What the provisioning workflow and its activities are told. Everything else about the tenant is read from Postgres. */
export interface StackOperation {
  readonly customerId: string;
  /** `adopt`: an update that takes over what exists when the engine's state of it is missing. */
  readonly operation: 'create' | 'update' | 'adopt' | 'destroy';
  /** Fences writes of an operation that was overtaken. */
  readonly generation: number;
  /**
   * Of the onboarding's step, raised by a replay: part of the activity's id, so that the step ledger can tell one try
   * from another. Absent when the operation is no step of an onboarding.
   */
  readonly epoch?: number;
}

/** The workflow of one operation on one stack. */
export const STACK_OPERATION = 'provisioning';

/** References only: where the instance answers has the customer's own words in it, and stands in Postgres. */
export interface StackResult {
  readonly namespace: string;
  readonly version: number;
}

/**
 * Who asked and why. What the person typed is in `audit_events` already, under `auditId`;
 * the actor is `customer`, `system`, or the id of a staff session.
 */
export interface Asked {
  readonly actor: string;
  readonly auditId: number;
}

export type CancelWhen = 'now' | 'period_end';
/** Where a replay begins: at what failed, at a step (with all that depends on it), or at the start. */
export type ReplayFrom = 'failed' | 'start' | OnboardingStepName;

/** Commands are Temporal updates: somebody asks and gets the outcome. Each argument is one object. */
export interface Commands {
  resumeOnboarding: {
    argument: Asked & { readonly from: ReplayFrom; readonly correctionId?: string };
    result: {
      readonly willRun: readonly OnboardingStepName[];
      readonly nothingToDo: boolean;
      /** The onboarding's generation from the replay on: tells its outcome from the failure before it. */
      readonly generation: number;
    };
  };
  abandonOnboarding: { argument: Asked; result: { readonly accepted: true } };
  extendTrial: { argument: Asked & { readonly days: number }; result: { readonly trialEndsAt: string } };
  /** Opens a Stripe Checkout in setup mode; the URL goes to the customer's browser. */
  convertTrial: { argument: Asked & { readonly chargeWhen: ChargeWhen }; result: { readonly checkoutUrl: string } };
  cancel: {
    argument: Asked & { readonly when: CancelWhen };
    /** Null while the end is being carried out. */
    result: { readonly endsAt: string | null };
  };
  undoCancellation: { argument: Asked; result: { readonly undone: true } };
  /** Cancels now and keeps nothing but the legal ledger (S2-6). */
  eraseAccount: { argument: Asked; result: { readonly accepted: true } };
  /**
   * Moves the customer's clock, and Stripe's test clock, forward; every date on the way is met in order. Stops at a
   * change of phase: call again, with a new update id, until `now` has reached `to`. Instants are ISO strings.
   */
  advanceClock: { argument: { readonly to: string }; result: { readonly now: string; readonly reached: boolean } };
}
export type CommandName = keyof Commands;

/** A fact: Stripe changed something of this customer. The payload is a hint only. */
export const BILLING_CHANGED = 'billingChanged';
export interface BillingChanged {
  readonly eventId: string;
  readonly kind: string;
}

/** What the pages may ask of a running customer; under a deadline, because a query needs a worker. */
export const CUSTOMER_STATUS = 'customerStatus';
export interface CustomerStatus {
  readonly phase: Exclude<Phase, 'ended'>;
  readonly waitingFor: string;
  /** The customer's own time. */
  readonly now: string;
  readonly nextAt: string | null;
  readonly trialEndsAt: string;
  /** Whether the customer leaves at the end of the trial or of what is paid; undone by `undoCancellation`. */
  readonly leavesAtEnd: boolean;
  readonly steps: Readonly<Record<string, StepState>>;
}

export const REPLAY_PLAN = 'replayPlan';
export interface ReplayQuestion {
  readonly from: ReplayFrom;
  /** Particulars that would be corrected: the steps that take one run too. */
  readonly corrected?: readonly Correctable[];
}
export interface ReplayPlan {
  readonly willRun: readonly OnboardingStepName[];
  readonly willSkip: readonly OnboardingStepName[];
  /** What is really taken back, in this order: not what never happened, nor what has no undo. */
  readonly willUndo: readonly OnboardingStepName[];
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

/** Pays money of a paid invoice back, by a workflow of its own: a customer who has left can be refunded too. */
export const REFUND = 'refund';
export interface RefundOrder extends Asked {
  readonly customerId: string;
  readonly invoiceId: string;
  /** Cents; absent: all that was not paid back yet. */
  readonly amount?: number;
  /** Makes it one refund, however often it is ordered. */
  readonly key: string;
}
export interface Refunded {
  readonly refundId: string;
  readonly invoiceId: string;
  /** Cents, as are all amounts. */
  readonly amount: number;
  readonly currency: string;
  readonly refundedInAll: number;
  readonly paid: number;
}
export const refundWorkflowId = (customerId: string, commandId: string): string => `refund/${customerId}/${commandId}`;

/** Erases one who has left, by a workflow of its own: the customer's has ended. */
export const ERASURE = 'erasure';
export interface ErasureOrder extends Asked {
  readonly customerId: string;
}
export const erasureWorkflowId = (customerId: string): string => `erasure/${customerId}`;

/** Looks who holds the lock of a customer's stack; breaks nothing. */
export const STACK_LOCK = 'stackLock';
/** `dead`: proven so, and the next operation takes over. `elsewhere`: another host, whose processes nobody here can see. */
export type LockHolder = 'nobody' | 'alive' | 'dead' | 'elsewhere';

/** Has a customer's instance end its sessions that were made before the account's were ended. */
export const INSTANCE_SIGN_OUT = 'instanceSignOut';
export const instanceSignOutWorkflowId = (customerId: string): string => `instance-sign-out/${customerId}`;

/** A mail about a customer's sign-in, sent at any time of their life by the workflow `accountMail`. */
export const ACCOUNT_MAIL = 'accountMail';
export interface AccountMail {
  readonly customerId: string;
  readonly mail: 'passwordLink' | 'passwordChanged' | 'apiKeyLink';
  /** One mail per key, for ever. */
  readonly key: string;
}
export const accountMailWorkflowId = (key: string): string => `account-mail/${key}`;

/** A mail that the mail service did not take at its time, sent by the workflow `owedMail`. */
export const OWED_MAIL = 'owedMail';
export interface OwedMail {
  readonly customerId: string;
  readonly emailId: string;
}
export const owedMailWorkflowId = (customerId: string, emailId: string): string => `mail/${customerId}/${emailId}`;

/** What the workflow `billingPreview` is asked, and what it answers. */
export interface BillingPreviewInput extends Pick<ReplayPlan, 'willRun' | 'willUndo'> {
  readonly customerId: string;
  readonly correctionId?: string;
}
export interface BillingChanges {
  /** One change each, in words, with Stripe's ids; none when nothing would change. */
  readonly lines: readonly string[];
}

/** Failure types of a refused command: the message is a sentence for the person who asked. */
export const REFUSED = 'CommandRefused';
/** The customer is moving to another phase, and the command was not accepted; ask again. */
export const MOVING_ON = 'MovingOn';
/** Accepted by a phase that ended before the command's turn came: the next phase carries it out. Ask again for the outcome. */
export const CARRIED_ON = 'CarriedOn';

export const replayBatchWorkflowId = (batchId: string): string => `replay-batch/${batchId}`;
/** Signals of a running batch. */
export const PAUSE_BATCH = 'pauseBatch';
export const RESUME_BATCH = 'resumeBatch';
export const CANCEL_BATCH = 'cancelBatch';
export const BATCH_STATUS = 'batchStatus';

export interface BatchInput {
  readonly batchId: string;
  /** How many customers are replayed at the same time. */
  readonly concurrency: number;
  /** From 0 to 1: the batch stops when more than this part of its customers fails. */
  readonly maxFailureRate: number;
  readonly progress: BatchProgress;
  readonly paused: boolean;
}

export interface BatchStatus extends BatchProgress {
  readonly order: 'run' | 'pause' | 'cancel';
}
