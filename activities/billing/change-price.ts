import type Stripe from 'stripe';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { PlanPreview } from '../../workflows/contract/plan-preview.ts';
import type { ChangesWhen } from '../../workflows/domain/plan-change.ts';
import { withPlan } from '../../workflows/domain/free-plan.ts';
import type { SoldPlan } from '../../workflows/domain/terms.ts';
import { HOUR_MS } from '../../workflows/domain/time.ts';
import { agreedWith, priceOf } from './catalogue.ts';
import { liveSubscription } from './current-subscription.ts';
import { instant, seconds, type BillingDeps, type IdempotentInput } from './deps.ts';
import { isProration, sumOf } from './invoice-lines.ts';
import { NOT_CHANGEABLE } from './subscriptions.ts';

interface PriceChange {
  readonly to: SoldPlan;
  readonly when: ChangesWhen;
  /** The customer's own. ISO 8601. */
  readonly now: string;
}

/** The price of the plan in Stripe. */
const priceFor = (deps: BillingDeps, customer: Customer, to: SoldPlan): Promise<string> =>
  priceOf(deps, agreedWith({ ...customer, plan: to.plan, terms: withPlan(customer.terms, to) }));

/**
 * From when the rest of the period is reckoned: by the hour, so that within it what was shown is what is charged. Stripe
 * begins another cycle at once.
 */
const reckonedFrom = (item: Stripe.SubscriptionItem, now: string): number =>
  Math.max(item.current_period_start, Math.floor(seconds(now) / (HOUR_MS / 1_000)) * (HOUR_MS / 1_000));

/** How the change is paid for. In a trial nothing is charged, and what begins later is charged with its first period. */
function billed(
  { status }: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  { when, now }: PriceChange,
): Pick<Stripe.SubscriptionUpdateParams, 'proration_behavior' | 'proration_date'> {
  if (when === 'period_end' || status !== 'active') return { proration_behavior: 'none' };
  return { proration_behavior: 'always_invoice', proration_date: reckonedFrom(item, now) };
}

interface Found {
  readonly subscription: Stripe.Subscription;
  readonly item: Stripe.SubscriptionItem;
  readonly price: string;
}

async function find(deps: BillingDeps, customerId: string, to: SoldPlan): Promise<Found> {
  const customer = await getCustomer(deps.database, customerId);
  const subscription = await liveSubscription(deps, customerId);
  const [item] = subscription.items.data;
  if (!item) throw new Error(NOT_CHANGEABLE);
  return { subscription, item, price: await priceFor(deps, customer, to) };
}

/** How far our clock may be from Stripe's. */
const SKEW_S = 300;

/** What the change has charged, also by an attempt whose answer was lost. */
function chargedBy({ latest_invoice: invoice }: Stripe.Subscription, { when, now }: PriceChange) {
  if (when !== 'now' || invoice === null || typeof invoice === 'string') return null;
  const isOfChange = invoice.billing_reason === 'subscription_update' && invoice.created >= seconds(now) - SKEW_S;
  return isOfChange ? { cents: invoice.amount_paid, currency: invoice.currency } : null;
}

/**
 * Gives the subscription the price of another plan, and charges what it costs until the next payment if it begins now. A
 * charge that is declined takes the change back. Safe to repeat. @returns what was charged
 */
export async function changePrice(
  deps: BillingDeps,
  { customerId, key, ...change }: IdempotentInput & PriceChange,
): Promise<{ readonly cents: number; readonly currency: string } | null> {
  const { subscription, item, price } = await find(deps, customerId, change.to);
  const { id } = subscription;
  const expand = ['latest_invoice'];
  if (item.price.id === price) return chargedBy(await deps.stripe.subscriptions.retrieve(id, { expand }), change);
  const how = { ...billed(subscription, item, change), payment_behavior: 'error_if_incomplete', expand } as const;
  const changed = await deps.stripe.subscriptions.update(
    id,
    { items: [{ id: item.id, price }], ...how },
    { idempotencyKey: key },
  );
  return chargedBy(changed, change);
}

/** What Stripe would charge for another plan, and when. Changes nothing. */
export async function previewPrice(
  deps: BillingDeps,
  { customerId, ...change }: PriceChange & { readonly customerId: string },
): Promise<PlanPreview> {
  const { subscription, item, price } = await find(deps, customerId, change.to);
  const how = billed(subscription, item, change);
  const isNow = how.proration_behavior !== 'none';
  const invoice = await deps.stripe.invoices.createPreview({
    subscription: subscription.id,
    subscription_details: {
      items: [{ id: item.id, price }],
      ...how,
      // Asked so, Stripe shows the next payment with it.
      ...(isNow && { proration_behavior: 'create_prorations' }),
    },
  });
  const { currency } = invoice;
  const whole = invoice.lines.data.filter((line) => !isProration(line));
  const [starts, ends] = [whole.map(({ period }) => period.start), whole.map(({ period }) => period.end)];
  const next = (at: number) => ({ cents: sumOf(whole), at: instant(at) });
  if (!isNow) return { dueNow: 0, currency, next: next(Math.max(...starts)) };
  // Another cycle begins a period at once, which is charged whole.
  if (Math.max(...starts) <= seconds(change.now))
    return { dueNow: invoice.amount_due, currency, next: next(Math.max(...ends)) };
  const prorated = sumOf(invoice.lines.data.filter(isProration));
  return {
    dueNow: Math.max(0, prorated + invoice.starting_balance),
    ...{ currency, next: next(Math.max(...starts)) },
  };
}
