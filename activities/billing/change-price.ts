import type Stripe from 'stripe';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { PlanPreview } from '../../workflows/contract/plan-preview.ts';
import type { ChangesWhen } from '../../workflows/domain/plan-change.ts';
import { withPlan } from '../../workflows/domain/free-plan.ts';
import type { SoldPlan } from '../../workflows/domain/terms.ts';
import { HOUR_MS } from '../../workflows/domain/time.ts';
import { agreedWith, priceOf } from './catalogue.ts';
import { liveSubscription } from './current-subscription.ts';
import { idOf, seconds, type BillingDeps, type IdempotentInput } from './deps.ts';
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

/**
 * Gives the subscription the price of another plan, and charges what it costs until the next payment if it begins now. A
 * charge that is declined takes the change back. Safe to repeat. @returns what was charged
 */
export async function changePrice(
  deps: BillingDeps,
  { customerId, key, ...change }: IdempotentInput & PriceChange,
): Promise<{ readonly cents: number; readonly currency: string } | null> {
  const { subscription, item, price } = await find(deps, customerId, change.to);
  if (item.price.id === price) return null;
  const { latest_invoice: invoice } = await deps.stripe.subscriptions.update(
    subscription.id,
    {
      items: [{ id: item.id, price }],
      ...billed(subscription, item, change),
      payment_behavior: 'error_if_incomplete',
      expand: ['latest_invoice'],
    },
    { idempotencyKey: key },
  );
  if (invoice === null || typeof invoice === 'string' || invoice.id === idOf(subscription.latest_invoice)) return null;
  return { cents: invoice.amount_paid, currency: invoice.currency };
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
  const lines = invoice.lines.data;
  const whole = lines.filter((line) => !isProration(line));
  const end = Math.max(...whole.map(({ period }) => period.start));
  const isAtOnce = isNow && end <= seconds(change.now);
  const nextAt = isAtOnce ? Math.max(...whole.map(({ period }) => period.end)) : end;
  return {
    dueNow: !isNow
      ? 0
      : isAtOnce
        ? invoice.amount_due
        : Math.max(0, sumOf(lines.filter(isProration)) + invoice.starting_balance),
    currency: invoice.currency,
    next: { cents: sumOf(whole), at: new Date(nextAt * 1_000).toISOString() },
  };
}
