import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { money } from '../money.ts';
import type { InvoiceItem, LineItem, Subscription, SubscriptionItem } from '../objects/billing.ts';
import type { Price } from '../objects/catalogue.ts';

export interface Period {
  start: number;
  end: number;
}

interface Line {
  amount: number;
  currency: string;
  description: string;
  period: Period;
  quantity: number;
  price: Price;
  item: string;
  subscription: string;
  invoiceItem: string | null;
}

export const productName = (context: Context, price: Price): string =>
  context.store.find('product', price.product)?.name ?? price.product;

/** Lines get the id of their invoice when it is drafted. */
function newLine(line: Line): LineItem {
  const { amount, currency, description, period, quantity, price, item, subscription, invoiceItem } = line;
  const proration = invoiceItem !== null;
  return {
    id: newId('line_item'),
    object: 'line_item',
    ...{ amount, subtotal: amount, currency, description, period, quantity },
    ...{ discount_amounts: [], discountable: true, discounts: [], invoice: '', livemode: false, metadata: {} },
    ...{ pretax_credit_amounts: [], quantity_decimal: String(quantity), subscription, taxes: [] },
    parent: {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: invoiceItem,
        proration,
        proration_details: proration ? { credited_items: null } : null,
        subscription,
        subscription_item: item,
      },
    },
    pricing: {
      type: 'price_details',
      price_details: { price: price.id, product: price.product },
      unit_amount_decimal: String(price.unit_amount),
    },
  } as LineItem;
}

const everyOf = ({ recurring }: Price): string => {
  if (!recurring) return 'period';
  const { interval, interval_count: count } = recurring;
  return count === 1 ? interval : `every ${String(count)} ${interval}s`;
};

/** One line for a period of an item. */
export function periodLine(
  context: Context,
  subscription: Subscription,
  item: SubscriptionItem,
  period: Period,
): LineItem {
  const { price, quantity } = item;
  const every = `${money(price.unit_amount, price.currency)} / ${everyOf(price)}`;
  return newLine({
    amount: price.unit_amount * quantity,
    currency: price.currency,
    description: `${String(quantity)} × ${productName(context, price)} (at ${every})`,
    ...{ period, quantity, price },
    item: item.id,
    subscription: subscription.id,
    invoiceItem: null,
  });
}

/** The line over nothing that Stripe bills when a trial begins. */
export function trialLine(
  context: Context,
  subscription: Subscription,
  item: SubscriptionItem,
  period: Period,
): LineItem {
  const description = `Trial period for ${productName(context, item.price)}`;
  return { ...periodLine(context, subscription, item, period), amount: 0, subtotal: 0, description };
}

export const pendingLine = (context: Context, pending: InvoiceItem): LineItem =>
  newLine({
    ...pending,
    price: context.need('price', pending.price),
    item: pending.subscription_item,
    invoiceItem: pending.id,
  });
