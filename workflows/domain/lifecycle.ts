/** What a customer's instance lets them do. */
export type StandingMode = 'active' | 'read_only' | 'suspended';

export const PHASES = ['onboarding', 'trial', 'subscription', 'cancellation', 'ended'] as const;
/** The part of life a customer is in. */
export type Phase = (typeof PHASES)[number];
