import type { ChargeWhen } from '../domain/billing-state.ts';
import type { Cycle } from '../domain/profiles/index.ts';
import type { SoldPlan } from '../domain/terms.ts';

/**
 * Who asked and why. What the person typed is in `audit_events` already, under `auditId`;
 * the actor is `customer`, `system`, or the id of a staff session.
 */
export interface CommandOrigin {
  readonly actor: string;
  readonly auditId: number;
}

export type CancelWhen = 'now' | 'period_end';

/** Where a replay begins: at what `failed`, at the `start`, or at the step of this name, with all that depends on it. */
export type ReplayFrom = string;

/** Commands are Temporal updates: somebody asks and gets the outcome. Each argument is one object. */
export interface Commands {
  resumeOnboarding: {
    argument: CommandOrigin & { readonly from: ReplayFrom; readonly correctionId?: string };
    result: {
      readonly willRun: readonly string[];
      readonly nothingToDo: boolean;
      /** The onboarding's generation from the replay on: distinguishes its outcome from the failure before it. */
      readonly generation: number;
    };
  };
  abandonOnboarding: { argument: CommandOrigin; result: { readonly accepted: true } };
  extendTrial: { argument: CommandOrigin & { readonly days: number }; result: { readonly trialEndsAt: string } };
  /** Opens a Stripe Checkout in setup mode; the URL goes to the customer's browser. */
  convertTrial: {
    argument: CommandOrigin & { readonly chargeWhen: ChargeWhen };
    result: { readonly checkoutUrl: string };
  };
  /** Opens a Stripe Checkout for a plan that costs something; the URL goes to the customer's browser. */
  subscribe: {
    argument: CommandOrigin & { readonly plan: string; readonly cycle?: Cycle };
    result: { readonly checkoutUrl: string };
  };
  /** To another plan, or to another billing cycle. Paid for from now on, or from where what is paid ends. */
  changePlan: {
    argument: CommandOrigin & { readonly to: SoldPlan };
    /** Null: from now on. */
    result: { readonly beginsAt: string | null };
  };
  /** Nothing is charged, and the instance is read-only, from where what is paid ends. Instants are ISO strings. */
  pause: {
    argument: CommandOrigin & { readonly months: number };
    result: { readonly from: string; readonly until: string };
  };
  /** Ends the pause now; a period that is not paid begins with its payment. */
  resume: { argument: CommandOrigin; result: { readonly resumed: true } };
  cancel: {
    argument: CommandOrigin & { readonly when: CancelWhen };
    /** Null when the customer is ended immediately. */
    result: { readonly endsAt: string | null };
  };
  undoCancellation: { argument: CommandOrigin; result: { readonly undone: true } };
  /** Cancels now and keeps nothing but the legal ledger. */
  eraseAccount: { argument: CommandOrigin; result: { readonly accepted: true } };
  /**
   * Moves the customer's clock, and Stripe's test clock, forward; every date on the way is met in order. Stops at a
   * change of phase: call again, with a new update id, until `now` has reached `to`. Instants are ISO strings.
   */
  advanceClock: { argument: { readonly to: string }; result: { readonly now: string; readonly reached: boolean } };
}

export type CommandName = keyof Commands;

/** Failure types of a refused command: the message is a sentence for the person who asked. */
export const REFUSED = 'CommandRefused';

/** The customer is moving to another phase, and the command was not accepted; ask again. */
export const MOVING_ON = 'MovingOn';

/** Accepted by a phase that ended before the command's turn came: the next phase carries it out. Ask again for the outcome. */
export const CARRIED_ON = 'CarriedOn';
