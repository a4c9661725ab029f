import { ApplicationFailure } from '@temporalio/workflow';
import { REFUSED, type CommandName } from '../contract/commands.ts';

/** A sentence for the person who asked. */
export const refusal = (sentence: string): ApplicationFailure => ApplicationFailure.nonRetryable(sentence, REFUSED);

/** For every command, why a phase that does not support it refuses it. */
export const NOT_NOW: Record<CommandName, (phase: string) => string> = {
  resumeOnboarding: () => 'The onboarding is done; there is nothing to replay.',
  abandonOnboarding: () => 'The onboarding is done; cancel the customer instead.',
  extendTrial: (phase) => `Only a trial can be extended; this customer is in ${phase}.`,
  convertTrial: (phase) => `Only a trial can be converted; this customer is in ${phase}.`,
  subscribe: (phase) => `Only a customer on the free plan can subscribe; this one is in ${phase}.`,
  changePlan: (phase) =>
    phase === 'onboarding'
      ? 'The account is still being set up. Try again in a minute.'
      : `Only a plan that is paid for can be changed; this customer is in ${phase}.`,
  pause: () => 'Only a plan that is paid for can be paused.',
  resume: () => 'There is no pause that could be ended.',
  cancel: () => 'This customer is already being cancelled.',
  undoCancellation: () => 'There is no cancellation that can be undone.',
  eraseAccount: () => 'This account is already being erased.',
  advanceClock: () => 'The clock cannot be moved now.',
};
