import { SEEN_KINDS, type DifferenceKind } from './differences.ts';

/** What support reads first. */
function differenceTitle(kind: DifferenceKind): string {
  const words = kind.replaceAll('_', ' ');
  const isSeen = SEEN_KINDS.some((seen) => seen === kind);
  return isSeen ? `${words.charAt(0).toUpperCase()}${words.slice(1)}` : `Records differ: ${words}`;
}

interface Meaning {
  readonly cause: string;
  readonly suggestedFix: string;
}

/** What support is told about a kind of difference and its cause, which may be empty. */
export function adviceOn({ kind, cause }: { readonly kind: DifferenceKind; readonly cause: string }) {
  const { cause: general, suggestedFix } = DIFFERENCE_MEANINGS[kind];
  return { title: differenceTitle(kind), cause: cause === '' ? general : `${general} Cause: ${cause}`, suggestedFix };
}

/** When the records in these places were last compared, with the instant already formatted for the reader. */
export const comparedText = (places: string, since: string | null): string =>
  since === null ? `${places}: not everything has been compared yet.` : `${places}: last compared after ${since}.`;

const MEND = "Mend it on the customer's page in the console, or with `tenure reconcile --mend --reason …`.";

/** What support is told about each kind. */
export const DIFFERENCE_MEANINGS: Readonly<Record<DifferenceKind, Meaning>> = {
  no_run: {
    cause: 'Customers are active in Postgres but have no running workflow, so nothing happens for them any more.',
    suggestedFix: `${MEND} If a new run would end the customer, it says so and needs --end.`,
  },
  has_left: {
    cause: 'Customers are active in Postgres but their workflow has completed: they have left since.',
    suggestedFix: MEND,
  },
  no_customer: {
    cause: 'Workflows are running for customers that are not in Postgres.',
    suggestedFix: 'Restore a newer Postgres backup if there is one; otherwise end them with `tenure reconcile --mend`.',
  },
  phase_differs: { cause: 'Postgres and the workflow disagree on the phase.', suggestedFix: MEND },
  dates_differ: {
    cause: 'Postgres, Temporal and Stripe disagree on when a trial or a paid period ends.',
    suggestedFix: MEND,
  },
  entitlement_differs: {
    cause: 'Our record of what a customer is entitled to differs from Stripe.',
    suggestedFix: MEND,
  },
  workflow_task_failing: {
    cause: "Workflows are stuck: the workers' code does not match their history, or it throws.",
    suggestedFix: 'Deploy code that matches, or roll back: docs/runbooks/safe-deploys.md. Changing data does not help.',
  },
  subscription_without_customer: {
    cause:
      'Stripe has subscriptions with our ids that belong to no customer here, or to one who has left; they may still be charging.',
    suggestedFix:
      'Restore a newer Postgres backup if there is one; otherwise cancel them with `tenure reconcile <customer> --mend --end`.',
  },
  unmanaged_subscription: {
    cause: 'In Stripe, customers have subscriptions besides the one we manage; they may be charged twice.',
    suggestedFix:
      'Look at the customer in Stripe. Cancel the subscription that should not be there and refund what it charged; if it is meant to be there, set its metadata `tenure` to `ignore`.',
  },
  charge_differs: {
    cause:
      'Stripe charges customers something else than was agreed: somebody set or removed a discount there, changed the quantity, or added a second item. They are shown what is charged.',
    suggestedFix:
      'Look at the subscription in Stripe. If it is meant, set its metadata `agreed_amount` to what a period costs, in cents; if not, put it back.',
  },
  strange_stripe_customer: {
    cause: 'Our rows name customers in Stripe that do not carry our id: they may be somebody else.',
    suggestedFix:
      'Look at the customer in Stripe. If it is theirs, set its metadata `customer_id` to our id; if not, correct customers.stripe_customer_id in Postgres. Until then an erasure deletes nobody in Stripe.',
  },
  erasure_owed: {
    cause: 'We accepted the erasure of customers who have left, but no workflow is carrying it out.',
    suggestedFix:
      "Order it again on the customer's page in the console, or with `tenure reconcile <customer> --mend --end --reason …`.",
  },
  refund_owed: {
    cause:
      'We accepted refunds that no workflow is carrying out; Postgres does not say whether the money was paid back.',
    suggestedFix: `${MEND} Each order continues under its own key: a refund that Stripe has already made is not made twice.`,
  },
  mail_in_doubt: {
    cause: 'The mail service never responded to some mails: each of them may or may not have been sent.',
    suggestedFix:
      'If SES events are configured, do nothing: the events settle it within minutes. Otherwise find the mails in SES or ask the customers; then `tenure dismiss-alert`, or `tenure resend-mail` for those that did not arrive.',
  },
  work_failing: {
    cause: 'Work keeps failing for a reason that no outage explains; it is retried indefinitely.',
    suggestedFix:
      "Read the error in the worker's log or in the Temporal Web UI, then deploy a fix or correct what it names; the work continues automatically.",
  },
  instance_down: {
    cause: "Customers' instances are not running, or stop again soon after each start.",
    suggestedFix:
      "Check the instance's log and its host. Damaged files are rebuilt by the next stack update, for example by `tenure adopt-stack <customer> --reason …`: docs/runbooks/instance-down.md.",
  },
  identity_refused: {
    cause: 'People signed up with an identity elsewhere and could not become customers here.',
    suggestedFix:
      'Find the identity by its subject at the issuer. Correct its address there, or erase the customer who has it here; then send its sign-up event again, or ask the person to sign in.',
  },
};
