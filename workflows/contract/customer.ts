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

// A prospect is no customer yet.
const OF_CUSTOMER = /^(?!prospect\/)[a-z-]+\/(cust_[0-9a-f-]+)(?:[/:]|$)/;

/** The customer a workflow of any type is about, by its id; undefined for those that are about none or many. */
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

/** What the pages may ask of a running customer; under a deadline, because a query needs a worker. */
export const CUSTOMER_STATUS = 'customerStatus';

export interface CustomerStatus {
  readonly phase: Exclude<Phase, 'ended'>;
  readonly waitingFor: string;
  /** The customer's own time. */
  readonly now: string;
  readonly nextAt: string | null;
  /** Null for who has no trial. */
  readonly trialEndsAt: string | null;
  /** Whether the customer leaves at the end of the trial or of what is paid; undone by `undoCancellation`. */
  readonly leavesAtEnd: boolean;
  /** Whether Stripe charges them when their trial ends. Absent from what older workers say. */
  readonly paysAtEnd?: boolean;
  /** Whether their end is ordered and being carried out. Absent from what older workers say. */
  readonly leavesNow?: boolean;
  readonly steps: StepStates;
}
