import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import type { Metadata } from '../objects/base.ts';
import type { Subscription, SubscriptionItem } from '../objects/billing.ts';
import type { Price } from '../objects/catalogue.ts';
import { mergeMetadata } from '../metadata.ts';
import { newItem } from './new-subscription.ts';
import { nextBoundary } from './periods.ts';
import { prorate } from './proration.ts';

export interface ItemChange {
  /** Absent for an item that is added. */
  id?: string | undefined;
  price?: Price | undefined;
  quantity?: number | undefined;
  deleted?: boolean | undefined;
  metadata?: Metadata | '' | undefined;
}

interface Changed {
  items: SubscriptionItem[];
  /** Whether the billing interval changed, which begins a new period now. */
  restarts: boolean;
}

const sameInterval = (left: Price, right: Price): boolean =>
  left.recurring?.interval === right.recurring?.interval &&
  left.recurring?.interval_count === right.recurring?.interval_count;

function find(subscription: Subscription, id: string): SubscriptionItem {
  const item = subscription.items.data.find((candidate) => candidate.id === id);
  if (item) return item;
  throw invalidRequest(`No such subscription_item: '${id}'`, { code: 'resource_missing', param: 'items[0][id]' });
}

function added(context: Context, subscription: Subscription, change: ItemChange, at: number): SubscriptionItem {
  if (!change.price) throw invalidRequest('Missing required param: items[0][price].', { code: 'parameter_missing' });
  const { price, quantity = 1 } = change;
  const end = price.recurring ? nextBoundary(subscription.billing_cycle_anchor, price.recurring, at) : at;
  const metadata = mergeMetadata({}, change.metadata);
  return newItem(context, subscription.id, { price, quantity, metadata }, { start: at, end });
}

const edited = (item: SubscriptionItem, change: ItemChange): SubscriptionItem => ({
  ...item,
  price: change.price ?? item.price,
  quantity: change.quantity ?? item.quantity,
  metadata: mergeMetadata(item.metadata, change.metadata),
});

/** The items as they will be. An item given without id is added, as at Stripe: forgetting the id bills twice. */
export function changeItems(context: Context, subscription: Subscription, changes: ItemChange[], at: number): Changed {
  let items = subscription.items.data;
  let restarts = false;
  for (const change of changes) {
    if (change.id === undefined) {
      items = [...items, added(context, subscription, change, at)];
      continue;
    }
    const item = find(subscription, change.id);
    restarts ||= change.price !== undefined && !sameInterval(change.price, item.price);
    items = items.flatMap((other) => (other.id !== item.id ? [other] : change.deleted ? [] : [edited(item, change)]));
  }
  if (items.length === 0)
    throw invalidRequest('A subscription must have at least one active plan.', { param: 'items' });
  return { items, restarts };
}

const cost = ({ price, quantity }: SubscriptionItem): string => `${price.id} ${String(quantity)}`;

/** Credits what is left of the old items and, unless the period restarts, charges the rest of the new ones. */
export function prorateChanges(context: Context, before: Subscription, changed: Changed, at: number): void {
  for (const item of before.items.data) {
    const next = changed.items.find(({ id }) => id === item.id);
    if (!changed.restarts && next && cost(next) === cost(item)) continue;
    prorate(context, { subscription: before, item, at, sign: -1 });
  }
  if (changed.restarts) return;
  for (const item of changed.items) {
    const old = before.items.data.find(({ id }) => id === item.id);
    if (!old || cost(old) !== cost(item)) prorate(context, { subscription: before, item, at, sign: 1 });
  }
}
