import type { Correctable } from './steps.ts';

/** What a replay may still correct when the onboarding is done. */
export const CORRECTABLE_LATER: readonly Correctable[] = ['email'];

export const NOTHING_BOUNCED = 'There is nothing to replay, and no mail to this address has bounced.';

export const onlyToCorrect = (allowed: readonly Correctable[]): string =>
  `Now only this can be corrected: ${allowed.join(', ')}.`;

export const onlyToReplay = (failed: readonly string[]): string =>
  `The onboarding is done; only what failed can be replayed: ${failed.join(', ')}.`;
