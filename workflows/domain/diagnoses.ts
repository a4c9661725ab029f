import { STRIPE_DIAGNOSES } from './stripe-diagnoses.ts';

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
   * and does not use up attempts of a step; support is alerted once for the cause, with the customers it holds up.
   */
  readonly waitsFor?: Dependency;
  /**
   * It affects many customers at the same time: support is told of it as a difference of records, once for all of them.
   */
  readonly toldTogether?: true;
}

/** By type. */
export const DIAGNOSES: Readonly<Record<string, Diagnosis>> = {
  ...STRIPE_DIAGNOSES,
  PaidTwice: {
    cause:
      'Somebody completed a Checkout with the address of this customer. Their new subscription was cancelled and paid back.',
    suggestedFix: 'Nothing to do, unless the customer wanted a second account: that needs another address.',
    replayMayHelp: false,
  },
  IdentityNotDeleted: {
    cause: 'The user pool that has the identity of the customer did not delete it.',
    suggestedFix:
      'Check COGNITO_USER_POOL_ID of the lifecycle worker, and that its role may call cognito-idp:AdminDeleteUser. The deletion is retried automatically.',
    replayMayHelp: false,
  },
  InvalidSpec: {
    cause: 'The target cannot build the stack as described; the name is the usual reason.',
    suggestedFix: 'Correct the slug (or the plan) and replay the failed step.',
    replayMayHelp: false,
  },
  QuotaExceeded: {
    cause: 'The target has no capacity for another stack.',
    suggestedFix: 'Raise the quota or remove a stack, then replay.',
    replayMayHelp: true,
  },
  ProviderAuth: {
    cause: 'The provider refused our credentials.',
    suggestedFix: 'Renew the credentials of the provisioning worker, restart it, then replay.',
    replayMayHelp: true,
  },
  Cancelled: {
    cause: 'The step was stopped because the customer is leaving. Nothing failed.',
    suggestedFix: 'Nothing is to be done: what it had made is removed with everything else.',
    replayMayHelp: false,
  },
  NotFoundError: {
    cause: 'No worker knows the step, or the step itself failed with a NotFoundError.',
    suggestedFix:
      "Check that the workers run the product that has this step, under the name of its activity; otherwise the worker's log says what was not found. Then replay.",
    replayMayHelp: true,
  },
  StepTimedOut: {
    cause: 'The step did not finish in time in any of its attempts.',
    suggestedFix: 'Check what it waits for, then replay.',
    replayMayHelp: true,
  },
  StepEndsWorkers: {
    cause: 'The worker died during every attempt of this step.',
    suggestedFix:
      "The worker's log says why it died: for example an error event without a listener, or a call to process.exit. Fix the step, then replay.",
    replayMayHelp: true,
  },
  StackLocked: {
    cause: 'Another live process holds the lock of the stack.',
    suggestedFix: 'Nothing to do unless it persists: then run `tenure unlock` to see what holds the lock.',
    replayMayHelp: true,
    waitsFor: 'provisioning',
  },
  ProvisioningTimedOut: {
    cause: 'The stack operation timed out. What it created is kept and will be reused.',
    suggestedFix: 'Check the progress of the stack, then replay.',
    replayMayHelp: true,
  },
  ProvisioningFailed: {
    cause: 'The stack operation failed.',
    suggestedFix: "Read the stack's log on the provisioning worker, fix the cause, then replay.",
    replayMayHelp: true,
  },
  StateMissing: {
    cause:
      "The stack's state is missing from the Pulumi backend. Nothing was changed, and a running instance keeps running.",
    suggestedFix:
      'Restore the state, or adopt what exists with `tenure adopt-stack <customer> --reason …`: the device key and the passwords stay as they are.',
    replayMayHelp: false,
  },
  BackupElsewhere: {
    cause: 'A backup is outside the folder of this installation, so it may belong to another one.',
    suggestedFix:
      'If this is a copy of another installation, do nothing: the backup is the original’s. If TENURE_HOME has changed, move `backups` there, or delete the folder by hand: it is retried automatically.',
    replayMayHelp: true,
  },
  BackupTooLarge: {
    cause: "The tenant's data exceeds the limit for a backup, or the disk for backups is nearly full.",
    suggestedFix:
      'Raise TENANT_BACKUP_MAX_MB of the provisioning worker or make room: the backup is retried automatically, and nothing is removed before it succeeds. If the customer does not want a backup, erase them instead.',
    replayMayHelp: true,
  },
  WrongBackend: {
    cause: 'PULUMI_BACKEND_URL points to a different backend from the one that holds the stacks, or to an empty one.',
    suggestedFix: 'Point PULUMI_BACKEND_URL back, or restore the backend, then replay.',
    replayMayHelp: true,
  },
  StackDrift: {
    cause: 'Part of the stack was changed or removed outside Pulumi and could not be repaired.',
    suggestedFix: "The stack's log names the difference. Fix it by hand, then replay.",
    replayMayHelp: true,
  },
  StackNotEmpty: {
    cause: 'The stack was destroyed, but the inventory still finds parts of it.',
    suggestedFix: 'Remove what the message names, or wait for the next attempt.',
    replayMayHelp: true,
  },
  StaleGeneration: {
    cause: 'A newer operation has taken over the stack, so this one did nothing.',
    suggestedFix: 'Nothing to do here: check the newer operation.',
    replayMayHelp: true,
  },
  InstanceUnhealthy: {
    cause: 'The instance was created but does not respond as it should.',
    suggestedFix: "Read the instance's log, then replay from the step stack.",
    replayMayHelp: true,
  },
  MailNotSent: {
    cause: 'The mail service refused the mail.',
    suggestedFix: 'Correct the email if that is what it refused, then replay the step or `tenure resend-mail`.',
    replayMayHelp: true,
  },
  MailServiceUnavailable: {
    cause: 'The mail service did not respond, or is not accepting mail at the moment.',
    suggestedFix: 'Nothing to do: the mail goes out when the service works again.',
    replayMayHelp: true,
    waitsFor: 'the mail service',
  },
  DatabaseUnavailable: {
    cause: 'Postgres was down or refused connections.',
    suggestedFix: 'Bring Postgres back; the work then continues automatically.',
    replayMayHelp: true,
    waitsFor: 'the database',
  },
  UnknownCustomer: {
    cause: 'This customer is not in Postgres, which was restored to a time before their signup.',
    suggestedFix: 'Restore a newer Postgres, or end the run with `tenure reconcile --mend`.',
    replayMayHelp: false,
    waitsFor: 'the database',
  },
  TemporalUnavailable: {
    cause: 'The Temporal server did not respond.',
    suggestedFix: 'Bring Temporal back; the work then continues automatically.',
    replayMayHelp: true,
    waitsFor: 'Temporal',
  },
  GatewayUnavailable: {
    cause: 'The tenant gateway did not respond.',
    suggestedFix: 'Restart the gateway; the work then continues automatically.',
    replayMayHelp: true,
    waitsFor: 'provisioning',
  },
  TenantDatabaseUnavailable: {
    cause: "The tenants' Postgres server was down or refused connections.",
    suggestedFix: 'Bring that server back; the work then continues automatically.',
    replayMayHelp: true,
    waitsFor: 'the database',
  },
  InstanceTooSlow: {
    cause: 'The instance did not start in time: its host is overloaded, or the instance hangs.',
    suggestedFix: "Check the load of the host and the instance's log; the work continues by itself.",
    replayMayHelp: true,
    waitsFor: 'provisioning',
  },
  ProvisioningInterrupted: {
    cause: 'The operation was interrupted: its worker was stopped or died.',
    suggestedFix: 'Nothing to do: another worker picks it up.',
    replayMayHelp: true,
    waitsFor: 'provisioning',
  },
  MailAnswerLost: {
    cause: 'The mail service never responded: the mail may or may not have been sent.',
    suggestedFix:
      'If SES events are configured, wait a minute: they may settle it. Otherwise ask the customer whether it arrived; a replay sends the mail of a failed step again, `tenure resend-mail` any other mail.',
    replayMayHelp: true,
    toldTogether: true,
  },
  MailNotRendered: {
    cause: "A mail has no text: the product's code for it throws, or returns nothing.",
    suggestedFix:
      "Correct the mail in the product's folder (the worker's log has the error) and restart the workers; then replay the step, or send the mail again from the console.",
    replayMayHelp: true,
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
    suggestedFix: 'Nothing to do: another worker picks it up.',
    replayMayHelp: true,
    waitsFor: 'a worker',
  },
  NoWorker: {
    cause: 'Work is due and no worker picks it up: none is running, or all are busy.',
    suggestedFix: 'Start a worker of the missing kind, or more of them; the work continues automatically.',
    replayMayHelp: true,
    waitsFor: 'a worker',
  },
  TimedOut: {
    cause: 'The work timed out; whether it took effect is not known.',
    suggestedFix: 'Nothing to do: the next attempt first checks with the provider and reuses what exists.',
    replayMayHelp: true,
    waitsFor: 'a worker',
  },
};
