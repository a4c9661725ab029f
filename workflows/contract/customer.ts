import type { CollectionPause, NextCharge } from '../domain/billing-state.ts';
import type { Phase } from '../domain/lifecycle.ts';
import type { StepStates } from '../domain/steps.ts';

/** The workflow type of each phase; a customer moves on by continue-as-new into the next. */
export const WORKFLOW_TYPE = {
  onboarding: 'onboarding',
  trial: 'trialCountdown',
  free: 'freePlan',
  subscription: 'subscription',
  cancellation: 'cancellation',
} as const satisfies Record<Exclude<Phase, 'ended'>, string>;

export const customerWorkflowId = (customerId: string): string => `customer/${customerId}`;

// A prospect is not a customer yet.
const OF_CUSTOMER = /^(?!prospect\/)[a-z-]+\/(cust_[0-9a-f-]+)(?:[/:]|$)/;

/**
 * The customer that a workflow of any type is about, by the workflow's id; undefined when it is about no customer or
 * about many.
 */
export const customerOfWorkflow = (workflowId: string): string | undefined => OF_CUSTOMER.exec(workflowId)?.[1];

export const SEARCH_ATTRIBUTES = {
  plan: 'TenurePlan',
  profile: 'TenureProfile',
  attention: 'TenureAttention',
  trialEndsAt: 'TenureTrialEndsAt',
} as const;

/** A fact: Stripe changed something of this customer. The payload is a hint only. */
export const BILLING_CHANGED = 'billingChanged';

export interface BillingChanged {
  readonly eventId: string;
  readonly kind: string;
}

/** What the pages may query from a running customer; with a deadline, because a query needs a worker. */
export const CUSTOMER_STATUS = 'customerStatus';

/** Something that happens by itself unless the customer pays. */
export interface Ahead {
  /** ISO 8601. */
  readonly at: string;
  readonly what: 'read_only' | 'suspend' | 'leave' | 'free_plan';
}

/** What is ahead of a trial or a subscription. */
export interface Outlook {
  /** When their subscription ends in Stripe, whoever chose that. ISO 8601. */
  readonly endsAt: string | null;
  /** When they are charged for another period. ISO 8601. */
  readonly renewsAt: string | null;
  /** What happens by itself unless they pay, in order. */
  readonly ahead: readonly Ahead[];
  /** Set while somebody pauses the collection of payments in Stripe. */
  readonly pause: CollectionPause | null;
  /** Set where it may be something else than the price of the plan. */
  readonly nextCharge: NextCharge | null;
  /** Why the end of the trial needs no payment method. */
  readonly withoutCard: 'invoice' | 'nothing_due' | null;
}

/** Older workers do not send the outlook. */
export interface CustomerStatus extends Partial<Outlook> {
  readonly phase: Exclude<Phase, 'ended'>;
  readonly waitingFor: string;
  /** The customer's own time. */
  readonly now: string;
  readonly nextAt: string | null;
  /** Null for a customer without a trial. */
  readonly trialEndsAt: string | null;
  /** Whether the plan ends with the trial or with what is paid; undone by `undoCancellation`. */
  readonly leavesAtEnd: boolean;
  /** Whether Stripe will charge them when their trial ends. Older workers do not send it. */
  readonly paysAtEnd?: boolean;
  /** The end that was ordered here. Older workers do not send it. ISO 8601. */
  readonly leavesOn?: string | null;
  /** Whether their end was ordered and is being carried out. Older workers do not send it. */
  readonly leavesNow?: boolean;
  readonly steps: StepStates;
}
