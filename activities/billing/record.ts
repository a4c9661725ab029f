import type Stripe from 'stripe';
import { findCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { isCustomerId } from '../../infra/input/ids.ts';
import type { StripeRecord } from '../../workflows/domain/differences.ts';
import { money } from '../../workflows/domain/money.ts';
import { carriesIdOf, findStripeCustomer } from './customers.ts';
import type { BillingDeps, IdempotentInput } from './deps.ts';
import { asApplicationFailure } from './failures.ts';
import { entitlementOf, describeSubscription } from './state.ts';
import { cancelAll } from './cancel.ts';
import { nextChargeOf } from './next-charge.ts';
import { allSubscriptions, carriedElsewhere, isOver, oursAmong, wentWithItsCustomer } from './subscriptions.ts';

/** What Stripe says about a customer, even one who is unknown here. */
export interface FoundInStripe extends StripeRecord {
  readonly stripeCustomerId: string | null;
  /** Whether they ever had a subscription with our id. */
  readonly wasSubscribed: boolean;
}

/** A customer of whom only the id is known: found by our id in Stripe's metadata. */
const unknown = (customerId: string) => ({
  ...{ customerId, email: null, stripeCustomerId: null, stripeTestClockId: null, stripeSubscriptionId: null },
  ...{ terms: {}, clockOffsetMs: 0 },
});

const find = async ({ database }: BillingDeps, customerId: string) =>
  (await findCustomer(database, customerId)) ?? unknown(customerId);

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Marks a subscription that we do not manage and that somebody wants to keep. */
const isMeant = ({ metadata }: Stripe.Subscription): boolean => metadata['tenure'] === 'ignore';

/** What a subscription gives access to. One that went with its deleted customer was ended by nobody: it is missing. */
function entitled(
  customer: Pick<Customer, 'clockOffsetMs'> & { readonly terms: Pick<Customer['terms'], 'planAhead'> },
  current: Stripe.Subscription | undefined,
): Pick<StripeRecord, 'trialEndsAt' | 'entitlement'> {
  const state = current && !wentWithItsCustomer(current) ? describeSubscription(current) : null;
  const { status, plan, currentPeriodEnd, trialExpiresAt } = entitlementOf(
    state,
    customer,
    new Date(Date.now() + customer.clockOffsetMs).toISOString(),
  );
  return {
    trialEndsAt: state?.status === 'trialing' ? state.trialEndsAt : null,
    entitlement: { status, plan, currentPeriodEnd: iso(currentPeriodEnd), trialExpiresAt: iso(trialExpiresAt) },
  };
}

/** What is charged next where that is neither the price of the plan nor what somebody has agreed to. */
async function otherCharge(
  deps: BillingDeps,
  subscriber: Awaited<ReturnType<typeof find>>,
  live: Stripe.Subscription,
): Promise<string | null> {
  const next = 'createdAt' in subscriber ? await nextChargeOf(deps, subscriber, live) : undefined;
  if (next?.agreed === undefined || live.metadata['agreed_amount'] === String(next.cents)) return null;
  return `${money(next.cents, next.currency)} is charged next in Stripe; ${money(next.agreed, next.currency)} was agreed.`;
}

/** Only reads. */
export async function readStripeRecord(deps: BillingDeps, customerId: string): Promise<FoundInStripe> {
  const subscriber = await find(deps, customerId);
  const customer = await findStripeCustomer(deps, subscriber);
  const all = customer ? await allSubscriptions(deps, customer.id) : [];
  const subscriptions = await oursAmong(deps, all, subscriber);
  const elsewhere = await carriedElsewhere(deps, subscriber, subscriptions);
  const live = subscriptions.find((subscription) => !isOver(subscription));
  const others = [...all, ...elsewhere].filter((one) => one !== live && !isOver(one) && !isMeant(one));
  return {
    ...entitled(subscriber, live ?? subscriptions[0]),
    liveSubscription: live?.id ?? null,
    otherSubscriptions: others.map(({ id }) => id),
    stripeCustomerId: customer?.id ?? null,
    otherCharge: live ? await otherCharge(deps, subscriber, live) : null,
    strangeCustomer: customer && carriesIdOf(customer) !== customerId ? customer.id : null,
    wasSubscribed: subscriptions.length > 0,
  };
}

/**
 * Cancels the subscriptions of a customer who is unknown here or has left, so that nothing more is charged. @returns
 * what was cancelled
 */
export async function cancelOrphan(
  deps: BillingDeps,
  { customerId, key }: IdempotentInput,
): Promise<readonly string[]> {
  const subscriber = await find(deps, customerId);
  const customer = await findStripeCustomer(deps, subscriber);
  return customer === undefined ? [] : cancelAll(deps, { subscriber, stripeCustomerId: customer.id, key });
}

/** Customers who have left are read one by one. */
const PAGE = 20;

/** Our ids in the metadata of Stripe's customers, page by page; test clocks have them as names. */
async function page(
  { stripe, config }: BillingDeps,
  position: string | null,
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  const params = { limit: PAGE, ...(position && { starting_after: position }) };
  const { data, has_more: more } = config.testClocks
    ? await stripe.testHelpers.testClocks.list(params)
    : await stripe.customers.list(params);
  const ids = data.map((one) => (one.object === 'customer' ? one.metadata['customer_id'] : one.name) ?? '');
  return { ids: ids.filter(isCustomerId), next: more ? (data.at(-1)?.id ?? null) : null };
}

/** What the comparison of records reads from Stripe. Failures are typed, without personal data. */
export function stripeRecords(deps: BillingDeps) {
  const typed = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw asApplicationFailure(error);
    }
  };
  return {
    read: (customerId: string): Promise<StripeRecord> => typed(readStripeRecord(deps, customerId)),
    page: (position: string | null) => typed(page(deps, position)),
  };
}
