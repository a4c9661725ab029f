import { failedSteps } from './onboarding-plan.ts';

/** What Tenure depends on, in words that customers and support understand. */
export type Dependency =
  'Stripe' | 'the mail service' | 'the database' | 'Temporal' | 'provisioning' | 'a worker' | 'the clock';

/** What support and the customer are told about a failure of each type. */
export interface Diagnosis {
  readonly cause: string;
  readonly suggestedFix: string;
  /** Whether a replay without a correction can succeed. */
  readonly replayMayHelp: boolean;
  /**
   * What has to work again. Such a failure says nothing about the customer, so it is retried for as long as it lasts
   * and uses up no try of a step; support is alerted once for the cause, with the customers it holds up.
   */
  readonly waitsFor?: Dependency;
  /** It befalls many customers at once: support is told of it as a difference of records, once for all of them. */
  readonly toldTogether?: true;
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
    suggestedFix: 'Nothing to do, unless it lasts: then see who holds the lock with `tenure unlock`.',
    replayMayHelp: true,
    waitsFor: 'provisioning',
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
  StateMissing: {
    cause:
      'The state of the stack is missing where Pulumi keeps it. Nothing was changed; an instance that served goes on serving.',
    suggestedFix:
      'Restore the state, or adopt what exists with `tenure adopt-stack <customer> --reason …`: the device key and the passwords stay as they are.',
    replayMayHelp: false,
  },
  WrongBackend: {
    cause: 'PULUMI_BACKEND_URL leads to another backend than the one the stacks are in, or to an empty one.',
    suggestedFix: 'Point PULUMI_BACKEND_URL back, or restore the backend, then replay.',
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
  TrialGoesOnInStripe: {
    cause: 'Trials ended an hour ago by our clock but continue in Stripe: one of the two clocks is wrong.',
    suggestedFix:
      'Correct the clock of the Temporal server. Nobody loses their trial meanwhile: it ends when Stripe says so.',
    replayMayHelp: false,
    waitsFor: 'the clock',
  },
  StripeCardDeclined: {
    cause: 'Stripe declined the payment.',
    suggestedFix: 'Ask the customer for another payment method.',
    replayMayHelp: false,
  },
  StripeUnavailable: {
    cause: 'Stripe did not answer, or answered with an error of its own.',
    suggestedFix: 'Nothing to do for the customer: the work goes on when Stripe answers again.',
    replayMayHelp: true,
    waitsFor: 'Stripe',
  },
  StripeRefused: {
    cause: 'Stripe refused the request.',
    suggestedFix:
      "Look the request up in Stripe's log, correct what it names (prices, plan, address), then replay the onboarding or repeat the order.",
    replayMayHelp: false,
  },
  StripeAuth: {
    cause: 'Stripe refused our key.',
    suggestedFix: 'Set a valid STRIPE_SECRET_KEY and restart the workers; the work goes on by itself.',
    replayMayHelp: true,
    waitsFor: 'Stripe',
  },
  MailNotSent: {
    cause: 'The mail service refused the mail.',
    suggestedFix: 'Correct the email if that is what it refused, then replay the step or `tenure resend-mail`.',
    replayMayHelp: true,
  },
  MailServiceUnavailable: {
    cause: 'The mail service did not answer, or is taking no mail at the moment.',
    suggestedFix: 'Nothing to do for the customer: the mail goes out when the service works again.',
    replayMayHelp: true,
    waitsFor: 'the mail service',
  },
  DatabaseUnavailable: {
    cause: 'Postgres was away or took no work.',
    suggestedFix: 'Bring Postgres back; the work goes on by itself.',
    replayMayHelp: true,
    waitsFor: 'the database',
  },
  UnknownCustomer: {
    cause: 'Postgres does not know this customer: it was restored to a moment before their signup.',
    suggestedFix: 'Restore a newer Postgres, or end the run with `tenure reconcile --mend`.',
    replayMayHelp: false,
    waitsFor: 'the database',
  },
  TemporalUnavailable: {
    cause: 'The Temporal server did not answer.',
    suggestedFix: 'Bring Temporal back; the work goes on by itself.',
    replayMayHelp: true,
    waitsFor: 'Temporal',
  },
  GatewayUnavailable: {
    cause: 'The tenant gateway did not answer.',
    suggestedFix: 'Start the gateway again; the work goes on by itself.',
    replayMayHelp: true,
    waitsFor: 'provisioning',
  },
  TenantDatabaseUnavailable: {
    cause: "The tenants' Postgres server was away or took no work.",
    suggestedFix: 'Bring that server back; the work goes on by itself.',
    replayMayHelp: true,
    waitsFor: 'the database',
  },
  InstanceTooSlow: {
    cause: 'The instance did not start in time: its host is overloaded, or the instance hangs.',
    suggestedFix: "Look at the load of the host and at the instance's log; the work goes on by itself.",
    replayMayHelp: true,
    waitsFor: 'provisioning',
  },
  ProvisioningInterrupted: {
    cause: 'The operation was cut off: its worker was stopped or ended.',
    suggestedFix: 'Nothing to do: another worker takes it up.',
    replayMayHelp: true,
    waitsFor: 'provisioning',
  },
  MailAnswerLost: {
    cause: 'The mail service never answered: the mail may have gone out or not.',
    suggestedFix:
      'If SES events are configured, wait a minute: they may settle it. Otherwise ask the customer whether it arrived; a replay sends the mail of a failed step again, `tenure resend-mail` any other mail.',
    replayMayHelp: true,
    toldTogether: true,
  },
  MailBounced: {
    cause: 'The address does not accept mail: a mail to it bounced permanently.',
    suggestedFix:
      'Ask the customer for the right address, then correct it with `tenure replay <customer> --correct email=<address> --reason …`; the welcome mail is then sent there.',
    replayMayHelp: false,
  },
  MailComplaint: {
    cause: 'The customer marked a mail as spam; SES may hold back further mails to that address.',
    suggestedFix: 'Ask the customer whether they want the mails, and at which address.',
    replayMayHelp: false,
  },
  WorkerShutdown: {
    cause: 'The worker was stopped in the middle of the work.',
    suggestedFix: 'Nothing to do: another worker takes it up.',
    replayMayHelp: true,
    waitsFor: 'a worker',
  },
  NoWorker: {
    cause: 'Work is due and no worker picks it up: none is running, or all are busy.',
    suggestedFix: 'Start a worker of the missing kind, or more of them; the work continues by itself.',
    replayMayHelp: true,
    waitsFor: 'a worker',
  },
  TimedOut: {
    cause: 'The work did not end in time; whether it took effect is not known.',
    suggestedFix: 'Nothing to do: the provider is read back first, and what exists is adopted.',
    replayMayHelp: true,
    waitsFor: 'a worker',
  },
};

const UNKNOWN: Diagnosis = {
  cause: 'The step failed for a reason we have no name for yet.',
  suggestedFix: 'Open the run in the Temporal Web UI, find the cause, then replay the onboarding or repeat the order.',
  replayMayHelp: true,
};

/** Types of failures that wait for something Tenure depends on. */
export const TRANSIENT_TYPES = Object.keys(DIAGNOSES).filter((type) => DIAGNOSES[type]?.waitsFor !== undefined);

/** Whether a failure of this type is waited out rather than counted. */
export const isTransient = (errorType: string): boolean => diagnose(errorType).waitsFor !== undefined;

/** Never fails: an unknown type gets an honest general answer. */
export const diagnose = (errorType: string): Diagnosis => DIAGNOSES[errorType] ?? UNKNOWN;

/** One paragraph for each step that failed, for operators in the Web UI. */
export const failuresInWords = (steps: Parameters<typeof failedSteps>[0]): string[] =>
  failedSteps(steps).map((step) => {
    const type = steps[step].errorType ?? 'Unknown';
    const { cause, suggestedFix } = diagnose(type);
    return `**${step} failed** (${type}): ${cause} ${suggestedFix}`;
  });
