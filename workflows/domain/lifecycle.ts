/** What a customer's instance lets them do. */
export type StandingMode = 'active' | 'read_only' | 'suspended';

/** What an instance should be. */
export interface InstanceGoal {
  readonly standing: StandingMode;
  readonly licensedUntil: string;
  /** The sentence that the timeline shows as the cause. */
  readonly rule: string;
}

export const PHASES = ['onboarding', 'trial', 'subscription', 'cancellation', 'ended'] as const;
/** The part of life a customer is in. */
export type Phase = (typeof PHASES)[number];

/** Whether there is an end that a cancellation can wait for: of the trial, or of what is paid. */
export const hasPeriod = ({ phase, standing }: { readonly phase: string; readonly standing: string }): boolean =>
  phase === 'subscription' || (phase === 'trial' && standing === 'active');
