import { firstLicenceUntil, newCustomerState, type CancellationRequest, type CustomerState } from './customer-state.ts';
import type { Phase, StandingMode } from './lifecycle.ts';
import { stepsOf } from './core-steps.ts';
import { stateOf, type Step, type StepState, type StepStates } from './steps.ts';
import type { Terms } from './terms.ts';
import { SECOND_MS } from './time.ts';

/** What Postgres kept of a customer whose workflow is gone. Instants are ISO 8601. */
export interface Kept {
  readonly customerId: string;
  readonly phase: Exclude<Phase, 'ended'>;
  readonly terms: Terms;
  readonly trialEndsAt: string | null;
  readonly signedUpAt: string;
  readonly clockOffsetMs: number;
  readonly standing: string;
  readonly generation: number;
  /** The newest epoch of each step that the ledger knows. */
  readonly steps: Readonly<Partial<Record<string, LedgerStep>>>;
  readonly stackGeneration: number;
  readonly extensionsOrdered: number;
  /** Under which ids the newest commands were sent, the oldest first. */
  readonly commandsOrdered: readonly string[];
  /** Of the newest licence that is good. */
  readonly licensedUntil: string | null;
  /** An end that was ordered, and of which it is not known whether it was carried out. */
  readonly endOrdered: CancellationRequest | null;
}

export interface LedgerStep {
  readonly state: string;
  readonly epoch: number;
  readonly errorType: string | null;
}

/** What Stripe has of them. */
interface InStripe {
  readonly wasSubscribed: boolean;
}

export interface Restart {
  readonly phase: Kept['phase'];
  readonly state: CustomerState;
  /** The restart itself would be the end of one who lives. */
  readonly endsCustomer: boolean;
}

type Life = Pick<Kept, 'phase' | 'endOrdered'>;

const KEPT_AS_IT_IS: readonly string[] = ['done', 'skipped', 'waiting'];

/**
 * A step as a new run begins with it. What was under way or failed runs again, under a key of its own; a mail keeps
 * its key, under which it goes out once at most.
 */
function restarted(step: Step, kept: LedgerStep | undefined, fallback: StepState): StepState {
  if (!kept) return fallback;
  const { state, epoch, errorType } = kept;
  if (KEPT_AS_IT_IS.includes(state)) return { state: state as StepState['state'], epoch };
  if (step.whenItFails === 'policy') return { state: 'waiting', epoch: epoch + 1 };
  return state === 'failed' ? { state, epoch, errorType: errorType ?? 'Unknown' } : { state: 'waiting', epoch };
}

/** Stripe may know more than a Postgres that was restored: whoever had a subscription there had been welcomed. */
function statesOf({ steps, phase, terms }: Kept, { wasSubscribed }: InStripe, fresh: CustomerState): StepStates {
  const known = stepsOf(terms).map((step): [string, StepState] => [
    step.name,
    restarted(step, steps[step.name], stateOf(fresh.onboarding.steps, step.name)),
  ]);
  const isPast = (step: string): boolean => phase !== 'onboarding' || (wasSubscribed && step === 'welcomeMail');
  return Object.fromEntries(known.map(([step, state]) => [step, isPast(step) ? afterOnboarding(state) : state]));
}

/** After the onboarding only a mail can be open, and that only when it failed. */
const afterOnboarding = (state: StepState): StepState =>
  state.state === 'waiting' ? { state: 'done', epoch: state.epoch } : state;

const PAST_DUTIES: Readonly<Record<StandingMode, readonly string[]>> = {
  active: [],
  read_only: ['expire'],
  suspended: ['expire', 'suspend'],
};

const standingOf = (standing: string): StandingMode =>
  standing === 'read_only' || standing === 'suspended' ? standing : 'active';

/** A licence carries whole seconds; the date it was made of is the one that a phase compares with. */
function licensedUntil({ licensedUntil: newest, terms, trialEndsAt, signedUpAt }: Kept): string {
  const ofTrial = firstLicenceUntil({ terms, trialEndsAt, signedUpAt });
  if (newest === null) return ofTrial;
  const isOfTrial = Math.floor(Date.parse(ofTrial) / SECOND_MS) === Math.floor(Date.parse(newest) / SECOND_MS);
  return isOfTrial ? ofTrial : newest;
}

/** What Stripe says of the subscription, the run itself reads and judges. */
const endOf = ({ phase, endOrdered }: Life): CancellationRequest | null =>
  endOrdered ?? (phase === 'cancellation' ? { reason: 'customer_asked', erase: false } : null);

/** Whether a new run would be the end of one who lives. */
export const wouldEnd = ({ phase, endOrdered }: Life): boolean => phase !== 'cancellation' && endOrdered !== null;

const ORDERED_BEFORE =
  'This was already ordered, from a workflow run that no longer exists. The timeline shows whether it took effect; if not, order it again with a new key.';

/** What the run that is gone answered is lost, and whether it did it. Asked again, nothing takes a second effect. */
const answeredBefore = ({ commandsOrdered }: Kept): CustomerState['answered'] =>
  commandsOrdered.map((commandId) => ({ commandId, result: null, refusal: ORDERED_BEFORE }));

/** The run that takes up a customer's life where Postgres and Stripe say it is; one who is leaving goes on leaving. */
export function restartOf(kept: Kept, inStripe: InStripe): Restart {
  const { customerId, terms, trialEndsAt, signedUpAt, clockOffsetMs, generation, stackGeneration } = kept;
  const fresh = newCustomerState({ customerId, terms, trialEndsAt, signedUpAt });
  const standing = standingOf(kept.standing);
  const cancellation = endOf(kept);
  const past = PAST_DUTIES[standing];
  const reminders = past.length > 0 ? terms.reminderDaysBeforeEnd.map((days) => `remind:${String(days)}`) : [];
  return {
    phase: cancellation === null ? kept.phase : 'cancellation',
    endsCustomer: wouldEnd(kept),
    state: {
      ...fresh,
      ...{ clockOffsetMs, standing, cancellation, stackGeneration },
      extensionsUsed: Math.min(kept.extensionsOrdered, terms.maxTrialExtensions),
      onboarding: { generation, steps: statesOf(kept, inStripe, fresh) },
      trialDutiesDone: [...reminders, ...past],
      licensedUntil: licensedUntil(kept),
      answered: answeredBefore(kept),
    },
  };
}
