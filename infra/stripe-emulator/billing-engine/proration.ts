import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import type { InvoiceItem, Subscription, SubscriptionItem } from '../objects/billing.ts';
import { productName } from './lines.ts';

interface Proration {
  subscription: Subscription;
  item: SubscriptionItem;
  at: number;
  sign: 1 | -1;
}

const TEXT = { 1: 'Remaining time on', [-1]: 'Unused time on' } as const;

const day = (instant: number): string =>
  new Date(instant * 1000).toLocaleDateString('en-GB', {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });

/** The share of the item's price that belongs to the rest of its period, to the second. */
export function prorate(context: Context, { subscription, item, at, sign }: Proration): InvoiceItem {
  const { current_period_start: start, current_period_end: end, price, quantity } = item;
  const share = end > start ? (end - at) / (end - start) : 0;
  const amount = sign * Math.round(price.unit_amount * quantity * share);
  const pending: InvoiceItem = {
    id: newId('invoiceitem'),
    object: 'invoiceitem',
    ...{ amount, currency: price.currency, customer: subscription.customer, date: at, invoice: null },
    description: `${TEXT[sign]} ${productName(context, price)} after ${day(at)}`,
    ...{ period: { start: at, end }, price: price.id, quantity },
    ...{ subscription: subscription.id, subscription_item: item.id },
  };
  return context.create(pending);
}
