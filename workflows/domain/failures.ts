import { failedSteps } from './onboarding-plan.ts';

/** What support and the customer are told about a failure of each type. */
export interface Diagnosis {
  readonly cause: string;
  readonly suggestedFix: string;
  /** Whether a replay without a correction can succeed. */
  readonly replayMayHelp: boolean;
}

const DIAGNOSES: Readonly<Record<string, Diagnosis>> = {
  InvalidSpec: {
    cause: 'The stack was described in a way its target cannot build, most often by its name.',
    suggestedFix: 'Correct the slug (or the plan) and replay the failed step.',
    replayMayHelp: false,
  },
  QuotaExceeded: {
    cause: 'The target has no room for another stack.',
    suggestedFix: 'Raise the quota or free a stack, then replay.',
    replayMayHelp: true,
  },
  ProviderAuth: {
    cause: 'The provider refused our credentials.',
    suggestedFix: 'Renew the credentials of the provisioning worker, restart it, then replay.',
    replayMayHelp: true,
  },
  StackLocked: {
    cause: 'Another live process holds the lock of the stack.',
    suggestedFix: 'Wait until that operation has ended, then replay.',
    replayMayHelp: true,
  },
  ProvisioningTimedOut: {
    cause: 'The stack operation did not end in time; what it made is kept and will be adopted.',
    suggestedFix: 'Look at the progress of the stack, then replay.',
    replayMayHelp: true,
  },
  ProvisioningFailed: {
    cause: 'The stack operation failed.',
    suggestedFix: "Read the stack's log on the provisioning worker, mend the cause, then replay.",
    replayMayHelp: true,
  },
  StackDrift: {
    cause: 'Something of the stack was changed or removed behind its back and could not be healed.',
    suggestedFix: "Read the stack's log for what differs, mend it by hand, then replay.",
    replayMayHelp: true,
  },
  StackNotEmpty: {
    cause: 'The stack was destroyed, but the inventory still finds something of it.',
    suggestedFix: 'Remove what the message names, or wait for the next try.',
    replayMayHelp: true,
  },
  StaleGeneration: {
    cause: 'A newer operation has taken over the stack; this one rightly did nothing.',
    suggestedFix: 'Nothing to do here: look at the newer operation.',
    replayMayHelp: true,
  },
  InstanceUnhealthy: {
    cause: 'The instance was made but does not answer as it should.',
    suggestedFix: "Read the instance's log, then replay from the step stack.",
    replayMayHelp: true,
  },
  StripeCardDeclined: {
    cause: 'Stripe declined the payment.',
    suggestedFix: 'Ask the customer for another payment method.',
    replayMayHelp: false,
  },
  StripeUnavailable: {
    cause: 'Stripe did not answer, or answered with an error of its own.',
    suggestedFix: 'Replay when Stripe is well again; what exists there is adopted.',
    replayMayHelp: true,
  },
  StripeRefused: {
    cause: 'Stripe refused the request.',
    suggestedFix: "Look the request up in Stripe's log, correct what it names (prices, plan, address), then replay.",
    replayMayHelp: false,
  },
  StripeAuth: {
    cause: 'Stripe refused our key.',
    suggestedFix: 'Set a valid STRIPE_SECRET_KEY, restart the workers, then replay.',
    replayMayHelp: true,
  },
  MailNotSent: {
    cause: 'The mail service did not take the mail.',
    suggestedFix: 'Correct the address if the service refused it, or wait until the service is well; then replay.',
    replayMayHelp: true,
  },
  MailAnswerLost: {
    cause: 'The mail service never answered: the mail may have gone out or not.',
    suggestedFix: 'Ask the customer whether it came; a replay sends it once more.',
    replayMayHelp: true,
  },
  TimedOut: {
    cause: 'The step did not answer in time; whether it took effect is not known.',
    suggestedFix: 'Replay: the provider is read back first, and what exists is adopted.',
    replayMayHelp: true,
  },
};

const UNKNOWN: Diagnosis = {
  cause: 'The step failed for a reason we have no name for yet.',
  suggestedFix: 'Open the run in the Temporal Web UI, find the cause, then replay.',
  replayMayHelp: true,
};

/** Never fails: an unknown type gets an honest general answer. */
export const diagnose = (errorType: string): Diagnosis => DIAGNOSES[errorType] ?? UNKNOWN;

/** One paragraph for each step that failed, for operators in the Web UI. */
export const failuresInWords = (steps: Parameters<typeof failedSteps>[0]): string[] =>
  failedSteps(steps).map((step) => {
    const type = steps[step].errorType ?? 'Unknown';
    const { cause, suggestedFix } = diagnose(type);
    return `**${step} failed** (${type}): ${cause} ${suggestedFix}`;
  });
