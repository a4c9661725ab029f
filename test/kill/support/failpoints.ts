import type { CoreStepName } from '../../../workflows/domain/core-steps.ts';

/**
 * The points at which a worker dies in an attempt at a step, in the order in which an attempt reaches them:
 * `before the call`: claimed in Postgres where the step does that, and nothing done outside;
 * `after the call`: done outside, and Postgres knows nothing of it;
 * `after the commit`: Postgres knows; the step ledger and Temporal do not.
 */
export const POINTS = ['before the call', 'after the call', 'after the commit'] as const;
export type Point = (typeof POINTS)[number];

/** The kind of outside call that a step's activity makes; a new step without a line here does not compile. */
type Call = 'stripe' | 'mail' | 'stack' | 'nothing that lasts';
interface StepActivity {
  readonly activity: string;
  readonly calls: Call;
}

export const RUNS: Record<CoreStepName, StepActivity> = {
  welcomeMail: { activity: 'sendWelcomeMail', calls: 'mail' },
  stripeCustomer: { activity: 'ensureStripeCustomer', calls: 'stripe' },
  trialSubscription: { activity: 'ensureTrialSubscription', calls: 'stripe' },
  stack: { activity: 'applyStack', calls: 'stack' },
  instanceHealth: { activity: 'checkInstance', calls: 'nothing that lasts' },
  readyMail: { activity: 'sendReadyMail', calls: 'mail' },
};
export const UNDOS = {
  stripeCustomer: { activity: 'deleteStripeCustomer', calls: 'stripe' },
  trialSubscription: { activity: 'cancelSubscription', calls: 'stripe' },
  stack: { activity: 'destroyStack', calls: 'stack' },
} as const satisfies Partial<Record<CoreStepName, StepActivity>>;

/** `die`: SIGKILL at the point, once. `fail`: the activity fails for good, for as long as this is armed. */
export type Order = { readonly customerId: string; readonly activity: string } & (
  { readonly does: 'die'; readonly at: Point } | { readonly does: 'fail' }
);
