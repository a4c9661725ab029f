import { html } from 'ghtml';
import type { ApiKeyView } from '../../../infra/db/repositories/api-keys.ts';
import type { EntitlementsView } from '../../../infra/db/repositories/console.ts';
import type { Card, Standing } from '../../../infra/db/repositories/customers.ts';
import { isOver, isOwing, isUpgradeDeclined } from '../../../workflows/domain/billing-state.ts';
import { hasInstance } from '../../../workflows/domain/core-steps.ts';
import type { Phase } from '../../../workflows/domain/lifecycle.ts';
import { planName, type Profile } from '../../../workflows/domain/profiles/index.ts';
import { couponAhead, priceAgreed } from '../../../workflows/domain/terms.ts';
import { daysUntil } from '../../../workflows/domain/time.ts';
import { trialAgenda, type TrialDuty } from '../../../workflows/domain/trial.ts';
import type { CustomerDetail } from '../../support/customer-detail.ts';
import { badge, counted, day, facts, money, priceText } from './words.ts';

export interface AccountView extends Pick<CustomerDetail, 'customer' | 'status' | 'invoices'> {
  readonly entitlements: EntitlementsView | undefined;
  readonly keys: readonly ApiKeyView[];
  /** Whether there is a password: a customer created by staff sets it by a link. */
  readonly mayUsePassword: boolean;
  /** Whether their end was ordered and is being carried out. */
  readonly closing: boolean;
  readonly profile: Profile;
  readonly csrf: string;
  /** On their own clock. */
  readonly now: Date;
  readonly done?: string | undefined;
  readonly error?: { readonly error: string; readonly message: string };
}

type Badge = readonly [word: string, kind: 'good' | 'busy' | 'bad' | 'calm'];

const BEING_CLOSED: Badge = ['being closed', 'calm'];
const PAYMENT_FAILED: Badge = ['payment failed', 'bad'];
const AT_REST: Badge = ['paused', 'calm'];
const SUBSCRIPTION_ENDED: Badge = ['subscription ended', 'bad'];

const PHASES: Readonly<Record<Phase, Badge>> = {
  onboarding: ['being set up', 'busy'],
  trial: ['trial', 'good'],
  free: ['free plan', 'good'],
  subscription: ['active', 'good'],
  cancellation: BEING_CLOSED,
  ended: ['closed', 'calm'],
};
/** When the instance does not allow everything, the standing says more than the phase. */
const STANDINGS: Readonly<Partial<Record<Standing, Badge>>> = {
  read_only: ['read-only', 'bad'],
  suspended: ['suspended', 'bad'],
  failed: ['set-up failed', 'bad'],
};

export const clockOf = ({ status, now }: AccountView): Date => (status ? new Date(status.now) : now);

export const isLiving = ({ closing, customer: { phase } }: AccountView): boolean =>
  !closing && phase !== 'cancellation' && phase !== 'ended';

function planText(view: AccountView): string {
  const { customer, profile } = view;
  const name = planName(profile, customer.plan);
  const price = priceAgreed(customer.terms, profile);
  if (!price || price.cents === 0) return name;
  return `${name}, ${priceText(price, couponAhead(customer, clockOf(view)))}${otherwise(view)}`;
}

/** What is charged next, where somebody changed that in Stripe. */
function otherwise({ status }: AccountView): string {
  const next = status?.nextCharge;
  if (next?.agreed === undefined) return '';
  const charged = next.cents === 0 ? 'nothing is' : `${money(next.cents, next.currency)} is`;
  return `; ${charged} charged on ${day(new Date(next.at))}`;
}

function instance({ customer: { instanceUrl, terms }, closing }: AccountView): string {
  if (!hasInstance(terms)) return 'no instance';
  if (closing) return 'being removed';
  if (instanceUrl === null) return html`<a href="/onboarding">not ready yet</a>`;
  return html`${instanceUrl} · <a href="/account/instance">Open my instance</a>`;
}

function trialText(view: AccountView): string | null {
  const { phase, trialEndsAt: end } = view.customer;
  if (phase !== 'trial' || end === null) return null;
  const left = daysUntil(end.getTime(), clockOf(view).getTime());
  if (left === 0) return `ended on ${day(end)}`;
  return `${counted(left, 'day')} left, until ${day(end)}`;
}

/** What comes next after the end of an unpaid trial. */
const UNPAID: Readonly<Partial<Record<Standing, { readonly duty: TrialDuty; readonly text: string }>>> = {
  read_only: { duty: 'suspend', text: 'suspended on' },
  suspended: { duty: 'leave', text: 'removed on' },
};

function withoutUpgrade({ customer: { phase, standing, terms, trialEndsAt } }: AccountView): string | null {
  const next = UNPAID[standing];
  if (phase !== 'trial' || trialEndsAt === null || next === undefined) return null;
  const due = trialAgenda(terms, trialEndsAt.toISOString()).find(({ duty }) => duty === next.duty);
  return due
    ? `your ${hasInstance(terms) ? 'instance' : 'account'} will be ${next.text} ${day(new Date(due.at))}`
    : null;
}

/** A payment failed, and is still to be made. */
export const owes = ({ customer: { phase, subscriptionStatus } }: AccountView): boolean =>
  phase === 'subscription' && isOwing(subscriptionStatus);

/** The subscription has ended, and nobody ordered that here. */
export const hasLapsed = ({ customer: { phase, subscriptionStatus } }: AccountView): boolean =>
  phase === 'subscription' && isOver(subscriptionStatus);

const AHEAD = {
  read_only: 'read-only from',
  suspend: 'suspended on',
  leave: 'removed on',
  free_plan: 'on the free plan from',
} as const;
const LIST = new Intl.ListFormat('en', { type: 'conjunction' });
/** Stripe may give up before the last day. */
const EARLIER = '; earlier if the last try to charge your card fails before then';

/** What is taken away from a subscriber who does not pay, with its dates. */
function unlessPaid({ status, customer }: AccountView): string | null {
  const ahead = (status?.ahead ?? []).map(({ at, what }) => `${AHEAD[what]} ${day(new Date(at))}`);
  return ahead.length === 0
    ? null
    : `your ${hasInstance(customer.terms) ? 'instance' : 'account'} will be ${LIST.format(ahead)}${customer.standing === 'active' ? EARLIER : ''}`;
}

export const upgradeDeclined = ({
  customer: { phase, subscriptionStatus },
  invoices: [latest],
}: AccountView): boolean => phase === 'trial' && isUpgradeDeclined(subscriptionStatus, latest);

function badgeOf(view: AccountView): Badge {
  if (view.closing) return BEING_CLOSED;
  if (owes(view)) return PAYMENT_FAILED;
  return hasLapsed(view) ? (STANDINGS[view.customer.standing] ?? SUBSCRIPTION_ENDED) : usual(view);
}

/** The customer has chosen it, so nothing is wrong. */
const isAtRest = ({ status, customer: { standing } }: AccountView): boolean =>
  standing === 'read_only' && status?.pause?.byCustomerFrom !== undefined;

const usual = (view: AccountView): Badge =>
  isAtRest(view) ? AT_REST : (STANDINGS[view.customer.standing] ?? PHASES[view.customer.phase]);

function pauseText({ status, customer: { phase } }: AccountView): string | null {
  if (phase !== 'subscription' || !status?.pause) return null;
  const { resumesAt, byCustomerFrom: from } = status.pause;
  const until = resumesAt === null ? '' : ` until ${day(new Date(resumesAt))}`;
  if (from !== undefined) return `paused from ${day(new Date(from))}${until}; nothing is charged meanwhile`;
  return `paused by us${until}; nothing is charged meanwhile`;
}

/** For about an hour, a charge waits at Stripe before it is made. */
function beingTaken({ customer: { phase, subscriptionStatus: status }, invoices }: AccountView): string | null {
  const draft = invoices.find(({ status, amountDue }) => status === 'draft' && amountDue > 0);
  // Then Stripe makes drafts that it does not charge.
  if (phase !== 'subscription' || status === 'unpaid' || draft === undefined) return null;
  return `${money(draft.amountDue, draft.currency)} is being charged to your card, within about an hour`;
}

/** Until when it is paid; of one who does not pay, or need not, other things are said. */
function paidUntil(view: AccountView): Date | null | undefined {
  const { customer, invoices, entitlements } = view;
  const newest = invoices.find(({ amountDue }) => amountDue > 0);
  const isPaid = customer.subscriptionStatus === 'active' && (newest === undefined || newest.status === 'paid');
  return customer.phase === 'subscription' && isPaid && pauseText(view) === null
    ? entitlements?.currentPeriodEnd
    : null;
}

/** An account that is being closed shows no dates that will not come. */
function dates(view: AccountView): readonly { readonly name: string; readonly text: string }[] {
  if (!isLiving(view)) return [];
  const paid = paidUntil(view);
  const said: readonly (readonly [name: string, text: string | null])[] = [
    ['Trial', trialText(view)],
    ['Without an upgrade', withoutUpgrade(view)],
    ['Without a payment', unlessPaid(view)],
    ['Payments', pauseText(view) ?? beingTaken(view)],
    ['Paid until', paid ? day(paid) : null],
  ];
  return said.flatMap(([name, text]) => (text === null ? [] : [{ name, text }]));
}

/** `Visa ending in 4242, valid until 12/2030` */
const cardText = ({ brand, last4, expMonth, expYear }: Card): string =>
  `${brand.charAt(0).toUpperCase()}${brand.slice(1)} ending in ${last4}, valid until ${String(expMonth).padStart(2, '0')}/${String(expYear)}`;

/** The customer's status, and what they have. */
export function overview(view: AccountView): string {
  const { customer } = view;
  const [word, kind] = badgeOf(view);
  return facts([
    {
      name: 'Status',
      markup: html`!${badge(word, kind)}!${customer.phase === 'onboarding' ? ' <a href="/onboarding">See the steps</a>' : ''}`,
    },
    { name: 'Plan', text: planText(view) },
    ...dates(view),
    ...(customer.card && isLiving(view) ? [{ name: 'Card', text: cardText(customer.card) }] : []),
    { name: 'Instance', markup: instance(view) },
    { name: 'Email', text: customer.email },
  ]);
}
