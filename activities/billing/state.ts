import type Stripe from 'stripe';
import { saveEntitlement, type Entitlement } from '../../infra/db/repositories/entitlements.ts';
import { getCustomer, recordSubscription, type Card, type Customer } from '../../infra/db/repositories/customers.ts';
import { saveInvoices } from '../../infra/db/repositories/invoices.ts';
import {
  isOver,
  isOwing,
  NO_SUBSCRIPTION,
  type BillingState,
  type CollectionPause,
  type SubscriptionStatus,
} from '../../workflows/domain/billing-state.ts';
import { isAtRest } from '../../workflows/domain/pause.ts';
import { isOnFreePlan } from '../../workflows/domain/free-plan.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import { pendingCheckout } from './conversion.ts';
import { withStripeCustomer } from './customers.ts';
import { soldAs } from './catalogue.ts';
import { instant, type BillingDeps } from './deps.ts';
import { currentSubscription } from './current-subscription.ts';
import { heldInvoices } from './held-invoices.ts';
import { nextChargeOf } from './next-charge.ts';
import { unlessMissing } from './failures.ts';
import { isPending, mirror, paidUntil, readInvoices, type StoredInvoice } from './invoices.ts';
import { endsWithPeriod, payerOf, wentWithItsCustomer } from './subscriptions.ts';
import { advanceTestClock } from './test-clock.ts';

/**
 * Reads what Stripe says at the customer's now (a test clock that lags is brought there first), mirrors it to Postgres,
 * and returns it in our own shape.
 */
export async function readBillingState(
  deps: BillingDeps,
  { customerId, now }: { readonly customerId: string; readonly now: string },
): Promise<BillingState> {
  const { database, stripe } = deps;
  await advanceTestClock(deps, { customerId, to: now });
  const customer = await withStripeCustomer(deps, await getCustomer(database, customerId));
  const found = await currentSubscription(deps, customer);
  const subscription = found && wentWithItsCustomer(found) ? undefined : found;
  const payer = subscription ? payerOf(subscription) : customer.stripeCustomerId;
  const [checkout, { invoices, payments }, nextCharge] = await Promise.all([
    pendingCheckout(deps, subscription),
    readInvoices(stripe, payer),
    subscription && nextChargeOf(deps, customer, subscription),
  ]);
  const state = subscription
    ? {
        ...describeSubscription(subscription),
        ...{ sold: soldAs(deps, customer, subscription), ...ofInvoices(subscription, invoices) },
        ...(nextCharge && { nextCharge }),
      }
    : null;
  const card = subscription ? await cardOf(deps, subscription) : null;
  await database.transaction().execute(async (tx) => {
    await recordSubscription(tx, customerId, {
      ...(subscription &&
        subscription.id !== customer.stripeSubscriptionId && { stripeSubscriptionId: subscription.id }),
      subscriptionStatus: subscription?.status ?? NO_SUBSCRIPTION,
      card,
    });
    if (!isLost(customer, state))
      await saveEntitlement(tx, customerId, entitlementOf(goesOnFree(customer, state) ? null : state, customer, now));
    await saveInvoices(
      tx,
      invoices.map((invoice) => ({ ...mirror(invoice, payments), customerId })),
    );
  });
  const disputes = [...payments.values()].flatMap((payment) => payment.disputes);
  return {
    subscription: state,
    checkout,
    latestInvoice: latestOf(invoices),
    ...(disputes.length > 0 && { disputes }),
  };
}

/** What the invoices say of a subscription. */
const ofInvoices = (subscription: Stripe.Subscription, invoices: readonly StoredInvoice[]) => ({
  ...{ paidUntil: paidUntil(subscription, invoices), chargePending: invoices.some(isPending) },
  ...(heldInvoices(subscription, invoices).length > 0 && { hasHeldInvoices: true as const }),
});

/** Of a draft nothing is due yet. */
function latestOf(invoices: readonly StoredInvoice[]): BillingState['latestInvoice'] {
  const latest = invoices.find(({ status }) => status !== 'draft');
  return latest ? { id: latest.id, status: latest.status ?? 'draft', amountDue: latest.amount_due } : null;
}

/** Support is asked about a subscription that is gone from Stripe; until then nothing is taken away. */
const isLost = ({ phase }: Customer, state: BillingState['subscription']): boolean =>
  state === null && (phase === 'trial' || phase === 'subscription');

/**
 * An ended subscription says nothing about a customer who has moved to a free plan, unless that plan has nothing in it:
 * then it is all that there is to say.
 */
const goesOnFree = ({ terms }: Customer, state: BillingState['subscription']): boolean =>
  isOnFreePlan(terms) && terms.maxDevices > 0 && state !== null && isOver(state.status);

type Held = NonNullable<BillingState['subscription']>;
/** Stripe charges the customer's default where the subscription has none of its own. */
const willUseCustomersDefault = ({ customer }: Stripe.Subscription): boolean =>
  typeof customer !== 'string' && !customer.deleted && customer.invoice_settings.default_payment_method !== null;

/** The card that Stripe would charge. */
async function cardOf(
  { stripe }: BillingDeps,
  { default_payment_method: own, customer }: Stripe.Subscription,
): Promise<Card | null> {
  const theirs =
    typeof customer === 'string' || customer.deleted ? null : customer.invoice_settings.default_payment_method;
  const used = own ?? theirs;
  const method = typeof used === 'string' ? await unlessMissing(stripe.paymentMethods.retrieve(used)) : used;
  if (!method?.card) return null;
  const { brand, last4, exp_month: expMonth, exp_year: expYear } = method.card;
  return { brand, last4, expMonth, expYear };
}

const instantOrNull = (seconds: number | null): string | null => (seconds === null ? null : instant(seconds));

export function describeSubscription(subscription: Stripe.Subscription): Held {
  const [item] = subscription.items.data;
  const { cancel_at: leavesAt } = subscription;
  const leaves = endsWithPeriod(subscription);
  const periodEnd = (leaves ? leavesAt : null) ?? item?.current_period_end;
  return {
    id: subscription.id,
    status: subscription.status as SubscriptionStatus,
    priceId: item?.price.id ?? '',
    trialEndsAt: instantOrNull(subscription.trial_end),
    currentPeriodEndsAt: periodEnd === undefined ? null : instant(periodEnd),
    cancelAtPeriodEnd: leaves,
    endedAt: instantOrNull(subscription.ended_at),
    pause: pauseOf(subscription),
    isInvoiced: subscription.collection_method === 'send_invoice',
    hasPaymentMethod: subscription.default_payment_method !== null || willUseCustomersDefault(subscription),
    ...(pausesAtTrialEnd(subscription) && { pausesAtTrialEnd: true as const }),
  };
}

const pausesAtTrialEnd = ({ status, trial_settings: settings }: Stripe.Subscription): boolean =>
  status === 'trialing' && settings?.end_behavior.missing_payment_method === 'pause';

/**
 * Metadata of a subscription: from when its customer pauses it, and until when as Stripe has that. It stays when the pause
 * is over: another pause, by somebody in Stripe, has another end.
 */
export const PAUSED_BY_CUSTOMER = 'paused_by_customer';

function pausedFrom({ pause_collection: pause, metadata }: Stripe.Subscription): string | undefined {
  const [from, until] = (metadata[PAUSED_BY_CUSTOMER] ?? '').split('/');
  return pause !== null && Number(until) === pause.resumes_at ? from : undefined;
}

function pauseOf(subscription: Stripe.Subscription): CollectionPause | null {
  const { pause_collection: pause } = subscription;
  const byCustomerFrom = pausedFrom(subscription);
  return (
    pause && {
      ...{ behavior: pause.behavior, resumesAt: instantOrNull(pause.resumes_at) },
      ...(byCustomerFrom !== undefined && { byCustomerFrom }),
    }
  );
}

/** The entitlement for each status; a status that is not listed gives no access. */
const ENTITLED: Readonly<Partial<Record<SubscriptionStatus, Entitlement['status']>>> = {
  active: 'active',
  trialing: 'trialing',
  past_due: 'past_due',
  unpaid: 'past_due',
  canceled: 'canceled',
};

const date = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

/** A renewal that was declined has begun another period, which is not paid. */
const endOfPeriod = ({ status, paidUntil = null, currentPeriodEndsAt }: Held): string | null =>
  isOwing(status) ? paidUntil : currentPeriodEndsAt;

/** In Stripe a plan that begins later has its price already. */
const priceHeld = ({ priceId }: Held, { planAhead }: Pick<Terms, 'planAhead'>, now: string): string =>
  planAhead && Date.parse(now) < Date.parse(planAhead.from) ? planAhead.priceBefore : priceId;

export function entitlementOf(
  state: BillingState['subscription'],
  { terms }: { readonly terms: Pick<Terms, 'planAhead'> },
  now: string,
): Entitlement {
  if (state === null) return { status: 'none', plan: null, currentPeriodEnd: null, trialExpiresAt: null };
  return {
    status: (isAtRest(state, Date.parse(now)) ? undefined : ENTITLED[state.status]) ?? 'none',
    plan: priceHeld(state, terms, now),
    currentPeriodEnd: date(endOfPeriod(state)),
    trialExpiresAt: date(state.trialEndsAt),
  };
}
