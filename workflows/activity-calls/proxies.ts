import {
  ActivityCancellationType,
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
  type UntypedActivities,
} from '@temporalio/workflow';
import type { AccountActivities } from '../../activities/accounts/index.ts';
import type { BillingActivities } from '../../activities/billing/index.ts';
import type { EmailActivities } from '../../activities/email/index.ts';
import type { IdentityActivities } from '../../activities/identities/index.ts';
import type { LicenceActivities } from '../../activities/licences/index.ts';
import type { ProvisioningActivities } from '../../activities/provisioning/index.ts';
import type { ProspectActivities } from '../../activities/prospects/index.ts';
import type { RecordActivities } from '../../activities/records/index.ts';
import type { ReplayActivities } from '../../activities/replays/index.ts';
import type { SupportActivities } from '../../activities/support/index.ts';
import type { OwnStepChanges, OwnStepLook } from '../contract/replay.ts';
import { TASK_QUEUE } from '../contract/task-queue.ts';
import type { OwnStepInput } from '../domain/steps.ts';
import type { Terms } from '../domain/terms.ts';

/**
 * Every worker sends heartbeats at fixed intervals: this limits how long a dead worker can hold a customer up, however
 * long the work itself may take.
 */
const HEARTBEAT = { heartbeatTimeout: '5s' } as const satisfies ActivityOptions;

/** Short work: a query or one call. */
const SHORT: ActivityOptions = {
  ...HEARTBEAT,
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
};
const STRIPE: ActivityOptions = {
  ...HEARTBEAT,
  startToCloseTimeout: '25s',
  // A call in progress must have ended before its step is undone; otherwise it could take effect after the undo.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '1m' },
};
const LONG: ActivityOptions = {
  taskQueue: TASK_QUEUE.provisioning,
  ...HEARTBEAT,
  startToCloseTimeout: '15m',
  // The engine must be gone before anything else is done to the stack.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 3 },
};

/** Proxies whose calls each show their purpose in the Web UI. */
function withSummaries<Activities extends object>(
  options: ActivityOptions,
  summaries: Readonly<Record<keyof Activities & string, string>>,
): ActivityInterfaceFor<Activities> {
  const each = Object.entries<string>(summaries).map(([name, summary]) => [
    name,
    proxyActivities<Record<string, UntypedActivities[string]>>({ ...options, summary })[name],
  ]);
  return Object.fromEntries(each) as ActivityInterfaceFor<Activities>;
}

export const accounts = withSummaries<AccountActivities>(SHORT, {
  enterPhase: 'Note the phase',
  setStanding: 'Note what the customer may do',
  recordTrialEnd: 'Note when the trial ends',
  recordPlan: 'Note the plan they have from now on',
  applyCorrection: "Apply support's correction",
  endCustomer: 'Note the end; free the address and the host name',
  eraseCustomer: 'Forget the person',
});
export const prospects = withSummaries<ProspectActivities>(SHORT, {
  createCustomer: 'Make them a customer, and start their onboarding',
  endProspect: 'Note the end; forget what they typed',
});
export const identities = withSummaries<IdentityActivities>(STRIPE, {
  deleteIdentity: 'Delete the identity at its issuer',
});
export const licences = withSummaries<LicenceActivities>(SHORT, {
  renewLicence: 'Issue a new licence',
  revokeAccess: 'Revoke licence, API keys and links',
});
export const support = withSummaries<SupportActivities>(SHORT, {
  raiseAlert: 'Alert support',
  resolveAlert: 'Resolve the alert',
  recordOnboarding: 'Bring the step ledger in line',
});
export const billing = withSummaries<BillingActivities>(STRIPE, {
  ensureStripeCustomer: 'Create or adopt the customer in Stripe',
  deleteStripeCustomer: 'Delete the customer in Stripe',
  ensureTrialSubscription: 'Create or adopt the trial subscription in Stripe',
  cancelSubscription: 'Cancel the subscription in Stripe',
  moveTrialEnd: 'Move the end of the trial in Stripe',
  continueWithoutCard: 'Let the trial in Stripe end without a payment method',
  setCancelAtPeriodEnd: 'Let the subscription end with its period, or take that back',
  openConversionCheckout: 'Open a Stripe Checkout in setup mode',
  openSubscriptionCheckout: 'Open a Stripe Checkout for a plan',
  closeCheckouts: 'Close the open Checkouts',
  changePrice: 'Give the subscription the price of another plan',
  pauseCollection: 'Leave out the next payments',
  resumeCollection: 'Charge again',
  previewPrice: 'Look what another plan would cost',
  keepOneSubscription: 'Pay back what was subscribed to twice; close what is open',
  applyPaymentMethod: 'Make the collected payment method the one that pays',
  chargeHeldInvoices: 'Charge, or void, what Stripe drafted while nothing was paid',
  openProspectCheckout: 'Open the Checkout in which they pay first',
  lookAtProspect: 'Look whether they have paid, or are known',
  closeProspectCheckout: 'Close the Checkout',
  takeBackProspect: 'Cancel and pay back what they have in Stripe',
  readBillingState: 'Read what Stripe says now',
  previewBilling: 'Look what a replay would change in Stripe',
  refundInvoice: 'Pay money back',
  advanceTestClock: "Move the customer's Stripe test clock",
});
/** `sendTrialReminderMail` as `Mail: trial reminder`. */
const mailSummary = (activity: string): string =>
  activity.replace(/^send(.*)Mail$/, '$1').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Each mail is an activity of its own; the table in infra/mails lists them. */
export const email = new Proxy({} as ActivityInterfaceFor<EmailActivities>, {
  get: (_, name: string) =>
    proxyActivities<Record<string, UntypedActivities[string]>>({ ...STRIPE, summary: `Mail:${mailSummary(name)}` })[
      name
    ],
});
/**
 * The last mail to a customer who is about to be erased cannot be sent later: the workflow waits for it, but not for
 * ever.
 */
const LAST_MAIL = { scheduleToCloseTimeout: '1 day' } as const satisfies ActivityOptions;
export const sendErasedMail = (input: Parameters<EmailActivities['sendErasedMail']>[0]): Promise<void> =>
  email.sendErasedMail.executeWithOptions(LAST_MAIL, [input]);
export const replays = withSummaries<ReplayActivities>(
  { ...HEARTBEAT, startToCloseTimeout: '15m', retry: { initialInterval: '1s', maximumInterval: '30s' } },
  { replayNext: 'Replay the next customer', endBatch: 'Note the end of the batch' },
);
export const records = withSummaries<RecordActivities>(
  { ...STRIPE, startToCloseTimeout: '1m' },
  { mendRecords: 'Compare the records anew, and mend what differs' },
);
const STACK_SUMMARIES = {
  applyStack: 'Bring the stack to what Postgres says, with Pulumi',
  destroyStack: 'Destroy the stack with Pulumi',
  previewStack: 'Preview the stack with Pulumi',
  verifyStackGone: 'Take inventory: nothing of the stack may be left',
  checkInstance: 'Ask the instance whether it is well',
  inspectLock: 'Look who holds the lock of the stack',
  signOutInstance: 'Have the instance end its sessions',
  backupTenant: "Back up the tenant's data",
  deleteBackups: 'Delete the backups',
} as const;
export const provisioning = withSummaries<ProvisioningActivities>(LONG, STACK_SUMMARIES);
/** Looks at what is there and changes nothing. */
export const inspection = withSummaries<
  Pick<ProvisioningActivities, 'checkInstance' | 'inspectLock' | 'verifyStackGone'>
>({ ...SHORT, taskQueue: TASK_QUEUE.provisioning, startToCloseTimeout: '30s' }, STACK_SUMMARIES);

export const instances = withSummaries<Pick<ProvisioningActivities, 'signOutInstance'>>(
  { ...SHORT, taskQueue: TASK_QUEUE.provisioning, startToCloseTimeout: '30s', scheduleToCloseTimeout: '1h' },
  STACK_SUMMARIES,
);

/**
 * Options of an activity that is a step: its id names step and epoch, for history and the step ledger. The worker
 * counts its own failures against the ledger; an outage of something it depends on is waited out.
 */
export function asStep(activityId: string, summary: string, { retry }: Pick<Terms, 'retry'>): ActivityOptions {
  return {
    activityId,
    summary,
    retry: {
      ...{ initialInterval: retry.initialMs, backoffCoefficient: retry.backoff, maximumInterval: '1m' },
      // Explicit, because a missing option would keep the proxy's value.
      maximumAttempts: Number.POSITIVE_INFINITY,
    },
  };
}

/**
 * The failure of a worker that does not know the activity: these attempts are not counted, and retrying does not help.
 */
const NOT_REGISTERED = 'NotFoundError';

const OWN_STEP = { lifecycle: STRIPE, provisioning: LONG } as const;

/** An activity that a product has registered with the workers of this queue. */
export function ownStep(
  queue: keyof typeof OWN_STEP,
  activity: string,
  options: ActivityOptions,
): (input: OwnStepInput | OwnStepLook) => Promise<unknown> {
  const proxies = proxyActivities<Record<string, (input: OwnStepInput | OwnStepLook) => Promise<unknown>>>({
    ...OWN_STEP[queue],
    ...options,
    retry: { ...options.retry, nonRetryableErrorTypes: [NOT_REGISTERED] },
  });
  return (input) => proxies[activity]?.(input) ?? Promise.reject(new Error(`There is no activity ${activity}.`));
}

/** Somebody is waiting at a screen: one attempt, and the caller sets the overall time limit. */
const ONE_LOOK: ActivityOptions = {
  ...{ retry: { maximumAttempts: 1 }, startToCloseTimeout: '30s' },
  summary: 'Look what a replay would change',
};

export const previewOwnStep = async (
  queue: keyof typeof OWN_STEP,
  activity: string,
  look: OwnStepLook,
): Promise<OwnStepChanges> => (await ownStep(queue, activity, ONE_LOOK)(look)) as OwnStepChanges;
