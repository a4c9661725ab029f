import type { Phase } from './lifecycle.ts';
import { money } from './money.ts';

/** Instants are ISO 8601. */
export interface EntitlementRecord {
  readonly status: string;
  readonly plan: string | null;
  readonly currentPeriodEnd: string | null;
  readonly trialExpiresAt: string | null;
}

/** A refund that was ordered, and of which Postgres knows no outcome. */
export interface RequestedRefund {
  /** Of the order, and who gave it. */
  readonly auditId: number;
  readonly actor: string;
  readonly commandId: string;
  readonly at: string;
  readonly invoiceId: string;
  /** Cents; null: all that was left. */
  readonly amount: number | null;
  readonly currency: string;
}

/** What Postgres says of a customer. */
export interface CustomerRecord {
  readonly phase: Phase;
  /** Whether their workflow was seen to start; if not, a sweeper starts it. */
  readonly started: boolean;
  readonly trialEndsAt: string | null;
  readonly entitlement: EntitlementRecord | null;
  /** Steps of which nobody knows whether their mail went out. */
  readonly mailsInDoubt: readonly string[];
  /** When an erasure was ordered that has not finished yet. */
  readonly erasureOrderedAt: string | null;
  readonly openRefunds: readonly RequestedRefund[];
}

/** What Temporal says of the newest run under a customer's id. */
export interface RunRecord {
  /** `ended`: completed normally, at the end of a customer's life. `stopped`: from outside, or failed. */
  readonly status: 'none' | 'running' | 'ended' | 'stopped';
  readonly phase: Exclude<Phase, 'ended'> | null;
  readonly trialEndsAt: string | null;
  /** Why its workflow task fails again and again; null when it does not, undefined when that was not checked. */
  readonly failing?: string | null;
  /** For a closed run: whether a workflow erases the customer; undefined when that was not checked. */
  readonly isErased?: boolean;
}

/** What Stripe says of a customer. */
export interface StripeRecord {
  /** The subscription that we manage, if it is not over; otherwise null. */
  readonly liveSubscription: string | null;
  /** Others of the same customer in Stripe that are not over, whether or not they carry our id. */
  readonly otherSubscriptions: readonly string[];
  /** The customer in Stripe that our row names, when it does not carry our id. */
  readonly strangeCustomer: string | null;
  /** Of a subscription in its trial. */
  readonly trialEndsAt: string | null;
  readonly entitlement: EntitlementRecord;
  /** What is charged next in place of what was agreed, in words; null where it is the same, or somebody agreed to it. */
  readonly otherCharge: string | null;
}

/** Null: nothing is known there. Undefined: it was not asked. */
export interface Records {
  readonly customer: CustomerRecord | null;
  readonly run?: RunRecord | undefined;
  readonly stripe?: StripeRecord | undefined;
  /** Those of the open refunds that no workflow carries out. */
  readonly lostRefunds?: readonly RequestedRefund[] | undefined;
}

/** What differs, in words; null when nothing does, undefined when these records do not show it. */
type Verdict = string | null | undefined;
type Rule = (records: Records) => Verdict;

const lives = (customer: CustomerRecord | null): customer is CustomerRecord =>
  customer !== null && customer.phase !== 'ended' && customer.started;

/** For a customer who has an open run; where one of the two is missing, nothing can differ. */
const ofBoth =
  (rule: (customer: CustomerRecord, run: RunRecord & { readonly phase: NonNullable<RunRecord['phase']> }) => Verdict) =>
  ({ customer, run }: Records): Verdict => {
    if (run === undefined) return undefined;
    const { status, phase } = run;
    return customer === null || status !== 'running' || phase === null ? null : rule(customer, { ...run, phase });
  };

/** Stripe knows whole seconds. */
const secondOf = (at: string | null): number | null => (at === null ? null : Math.floor(Date.parse(at) / 1_000));

const dates = (name: string, ours: string | null, theirs: readonly [string, string | null]): Verdict =>
  secondOf(ours) === secondOf(theirs[1])
    ? null
    : `${name}: ${ours ?? 'none'} in Postgres, ${theirs[1] ?? 'none'} in ${theirs[0]}.`;

/** Before the trial the row has what the signup wrote, and Stripe has nothing yet. */
const IN_STRIPE: ReadonlySet<Phase> = new Set(['trial', 'subscription']);

const datesInTemporal = ofBoth(({ phase, trialEndsAt }, run) =>
  phase === 'trial' && run.phase === 'trial'
    ? dates('end of the trial', trialEndsAt, ['Temporal', run.trialEndsAt])
    : null,
);

/** Then the phase itself asks support, and takes nothing away. */
const isMissing = ({ entitlement: { status, plan } }: StripeRecord): boolean => status === 'none' && plan === null;

function datesInStripe({ customer, stripe }: Records): Verdict {
  if (customer === null || !IN_STRIPE.has(customer.phase)) return null;
  if (stripe === undefined) return undefined;
  if (isMissing(stripe)) return null;
  const { entitlement, trialEndsAt } = stripe;
  const trial = trialInStripe(customer, trialEndsAt);
  // Until when it is paid, the invoices say.
  if (entitlement.status === 'past_due') return trial;
  const paid = customer.entitlement?.currentPeriodEnd ?? null;
  return trial ?? dates('end of the period', paid, ['Stripe', entitlement.currentPeriodEnd]);
}

const trialInStripe = ({ phase, trialEndsAt }: CustomerRecord, inStripe: string | null): Verdict =>
  phase === 'trial' && inStripe !== null ? dates('end of the trial', trialEndsAt, ['Stripe', inStripe]) : null;

function entitlements({ customer, stripe }: Records): Verdict {
  if (customer === null || !IN_STRIPE.has(customer.phase)) return null;
  if (stripe === undefined) return undefined;
  if (isMissing(stripe)) return null;
  const said = ({ status, plan }: EntitlementRecord): string => `${status}, ${plan ?? 'no price'}`;
  const ours = customer.entitlement === null ? 'nothing' : said(customer.entitlement);
  const theirs = said(stripe.entitlement);
  return ours === theirs ? null : `${ours} in Postgres; ${theirs} in Stripe.`;
}

const isLiving = (run: RunRecord | undefined): boolean => run?.status === 'running' && run.phase !== 'cancellation';

const RUN_WORDS = { none: 'Temporal has no run', stopped: 'the run was stopped or has failed' } as const;

const refundInWords = ({ amount, currency, invoiceId, at }: RequestedRefund): string =>
  `${amount === null ? 'all that is left' : money(amount, currency)} of ${invoiceId}, ordered at ${at}`;

/** Every kind of difference, and how it is recognised. */
const RULES = {
  no_run: ({ customer, run }) => {
    if (run === undefined) return undefined;
    if (!lives(customer) || run.status === 'running' || run.status === 'ended') return null;
    return `${customer.phase} in Postgres; ${RUN_WORDS[run.status]}.`;
  },
  has_left: ({ customer, run }) => {
    if (run === undefined) return undefined;
    return lives(customer) && run.status === 'ended' ? `${customer.phase} in Postgres; the workflow has ended.` : null;
  },
  no_customer: ({ customer, run }) => {
    if (run === undefined) return undefined;
    return customer === null && run.status === 'running'
      ? `${run.phase ?? 'a run'} in Temporal; no row in Postgres.`
      : null;
  },
  // While a backup is kept the customer has left already, and the run goes on.
  phase_differs: ofBoth(({ phase }, run) =>
    phase === run.phase || (phase === 'ended' && run.phase === 'cancellation')
      ? null
      : `${phase} in Postgres; ${run.phase} in Temporal.`,
  ),
  dates_differ: (records) => datesInTemporal(records) ?? datesInStripe(records),
  entitlement_differs: entitlements,
  workflow_task_failing: ({ run }) => (run && run.status !== 'running' ? null : run?.failing),
  subscription_without_customer: ({ customer, run, stripe }) => {
    // The difference is then that the run continues as if the customer had not left.
    if (customer !== null && (customer.phase !== 'ended' || isLiving(run))) return null;
    if (stripe === undefined) return undefined;
    const why = customer === null ? 'no row in Postgres' : 'the customer has left';
    return stripe.liveSubscription === null ? null : `${stripe.liveSubscription} in Stripe; ${why}.`;
  },
  // During an onboarding, Stripe may have leftovers of an earlier attempt, which the onboarding itself resolves.
  unmanaged_subscription: ({ customer, stripe }) => {
    if (customer === null || customer.phase === 'onboarding') return null;
    if (stripe === undefined) return undefined;
    const { liveSubscription, otherSubscriptions: others } = stripe;
    const beside = liveSubscription === null ? '' : ` beside ${liveSubscription}`;
    return others.length === 0 ? null : `${others.join(', ')} in Stripe${beside}.`;
  },
  charge_differs: ({ customer, stripe }) =>
    customer !== null && IN_STRIPE.has(customer.phase) ? stripe?.otherCharge : null,
  strange_stripe_customer: ({ customer, stripe }) => {
    if (customer === null) return null;
    if (stripe === undefined) return undefined;
    return stripe.strangeCustomer === null ? null : `${stripe.strangeCustomer} in Stripe does not carry our id.`;
  },
  // Before they have left their own workflow does it, and its loss is a difference of its own.
  erasure_owed: ({ customer, run }) => {
    if (customer === null || customer.phase !== 'ended' || customer.erasureOrderedAt === null) return null;
    if (run?.status === 'running') return null;
    if (run?.isErased === undefined) return undefined;
    return run.isErased ? null : `ordered at ${customer.erasureOrderedAt}; no workflow carries it out.`;
  },
  refund_owed: ({ customer, lostRefunds: lost }) => {
    if (customer === null || customer.openRefunds.length === 0) return null;
    if (lost === undefined) return undefined;
    return lost.length === 0 ? null : `${lost.map(refundInWords).join('; ')}; no workflow carries it out.`;
  },
  mail_in_doubt: ({ customer }) =>
    customer === null || customer.mailsInDoubt.length === 0 ? null : customer.mailsInDoubt.join(', '),
} as const satisfies Record<string, Rule>;

/** Kinds that show in what the records say. */
export type ComparedKind = keyof typeof RULES;
export const COMPARED_KINDS = Object.keys(RULES) as readonly ComparedKind[];

/** Kinds that show in workflows, instances and signups themselves, grouped by cause. Only a person can resolve them. */
export const SEEN_KINDS = ['work_failing', 'instance_down', 'identity_refused'] as const;
export type SeenKind = (typeof SEEN_KINDS)[number];

/** Kinds that only a person can mend. */
const FOR_PEOPLE = [
  'charge_differs',
  'unmanaged_subscription',
  'strange_stripe_customer',
  'workflow_task_failing',
  'mail_in_doubt',
  ...SEEN_KINDS,
] as const satisfies readonly DifferenceKind[];
export type MendableKind = Exclude<DifferenceKind, (typeof FOR_PEOPLE)[number]>;

/** Whether `mendRecords` can end it. */
export const isMendable = (kind: DifferenceKind): kind is MendableKind => !FOR_PEOPLE.some((one) => one === kind);

export type DifferenceKind = ComparedKind | SeenKind;
export const DIFFERENCE_KINDS: readonly DifferenceKind[] = [...COMPARED_KINDS, ...SEEN_KINDS];

/** Kinds that only Stripe can clear up. */
export const STRIPE_KINDS: readonly ComparedKind[] = [
  'dates_differ',
  'entitlement_differs',
  'subscription_without_customer',
  'unmanaged_subscription',
  'charge_differs',
  'strange_stripe_customer',
];

/** The result for each kind: `differs` in words, or not; kinds that could not be judged are left out. */
export type Comparison = ReadonlyMap<ComparedKind, string | null>;

/** Compares what the three systems say about one customer. Nothing is assumed about a system that was not asked. */
export function compareRecords(records: Records): Comparison {
  const verdicts = COMPARED_KINDS.map((kind) => [kind, RULES[kind](records)] as const);
  return new Map(verdicts.filter((verdict): verdict is [ComparedKind, string | null] => verdict[1] !== undefined));
}
