import type { StandingMode } from './lifecycle.ts';
import { stepsOf } from './core-steps.ts';
import type { DisputeStand } from './disputes.ts';
import type { Dunning } from './dunning.ts';
import { namesOf, type StepState, type StepStates } from './steps.ts';
import type { Terms } from './terms.ts';
import { FREE_LICENCE_DAYS } from './free-plan.ts';
import { daysAfter } from './time.ts';

/**
 * All that one phase hands to the next: plain JSON, ids only. Kept small, because it is written to history at every
 * change of phase.
 */
export interface CustomerState {
  readonly customerId: string;
  readonly terms: Terms;
  /** Null for a customer without a trial. */
  readonly trialEndsAt: string | null;
  readonly clockOffsetMs: number;
  readonly extensionsUsed: number;
  readonly standing: StandingMode;
  readonly onboarding: OnboardingRecord;
  /** Dated duties of the trial that were carried out or are past. */
  readonly trialDutiesDone: readonly string[];
  /** Until when the newest licence is valid; another date means a new licence. Signup issues the first. */
  readonly licensedUntil: string;
  readonly cancellation: CancellationRequest | null;
  /**
   * Results of the newest commands by update id, so that a click repeated after a change of phase has no second effect.
   */
  readonly answered: readonly AnsweredCommand[];
  /** Commands that were accepted, and whose turn had not come when the phase ended. */
  readonly accepted?: readonly AcceptedCommand[];
  /** Kinds of the alerts that end with the problem they report, in whatever run that is. */
  readonly openAlerts?: readonly string[];
  /** How many subscriptions have ended in the free plan: each one that follows is thanked for. */
  readonly subscriptionsEnded?: number;
  /** When the customer leaves, as they or support have ordered here. ISO 8601. */
  readonly leavesOn?: string | null;
  /** Set while a subscriber does not pay. */
  readonly dunning?: Dunning | null;
  /** What support knows of disputes, by their ids. */
  readonly disputes?: Readonly<Record<string, DisputeStand>>;
  /** Operations on the stack so far; fences an operation that was overtaken. */
  readonly stackGeneration: number;
}

export interface OnboardingRecord {
  /** Increased by every replay; part of the step ledger's key. */
  readonly generation: number;
  readonly steps: StepStates;
}

export type CancellationReason =
  'customer_asked' | 'support_asked' | 'trial_expired' | 'subscription_ended' | 'onboarding_failed' | 'erasure';

/** The reason, by who asked for the cancellation. */
export const cancelledBy = (actor: string): CancellationReason =>
  actor === 'customer' ? 'customer_asked' : 'support_asked';

export interface CancellationRequest {
  readonly reason: CancellationReason;
  readonly erase: boolean;
  /** Ordered in the trial, which costs nothing: what is charged all the same is paid back. */
  readonly inTrial?: true;
}

export interface AnsweredCommand {
  readonly commandId: string;
  readonly result: unknown;
  /** Why it was refused after it had been accepted; there is no result then. */
  readonly refusal?: string;
}

export interface AcceptedCommand {
  readonly commandId: string;
  readonly name: string;
  readonly argument: unknown;
}

const WAITING: StepState = { state: 'waiting', epoch: 1 };
const firstStates = (terms: Terms): StepStates =>
  Object.fromEntries(namesOf(stepsOf(terms)).map((step) => [step, WAITING]));

interface CustomerStart {
  readonly customerId: string;
  readonly terms: Terms;
  readonly trialEndsAt: string | null;
  readonly signedUpAt: string;
}

/** The end of the licence that a signup issues: the end of the trial plus the grace period. */
export const firstLicenceUntil = ({ terms, trialEndsAt, signedUpAt }: Omit<CustomerStart, 'customerId'>): string =>
  trialEndsAt === null ? daysAfter(signedUpAt, FREE_LICENCE_DAYS) : daysAfter(trialEndsAt, terms.graceDays);

/**
 * The state every customer starts with. Takes its fields by name: it goes to Temporal, and other fields of the caller's
 * object (a licence, a name) must not.
 */
export function newCustomerState({ customerId, terms, trialEndsAt, signedUpAt }: CustomerStart): CustomerState {
  return {
    customerId,
    terms,
    trialEndsAt,
    clockOffsetMs: 0,
    extensionsUsed: 0,
    standing: 'active',
    onboarding: { generation: 1, steps: firstStates(terms) },
    trialDutiesDone: [],
    licensedUntil: firstLicenceUntil({ terms, trialEndsAt, signedUpAt }),
    cancellation: null,
    answered: [],
    stackGeneration: 0,
  };
}
