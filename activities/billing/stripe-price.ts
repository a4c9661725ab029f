import type Stripe from 'stripe';
import type { StripePrice } from '../../infra/doctor/stripe-prices.ts';
import { idOf } from './deps.ts';

function everyOf({ recurring }: Stripe.Price): string | undefined {
  if (!recurring) return undefined;
  const { interval, interval_count: count } = recurring;
  return count === 1 ? interval : `${String(count)} ${interval}s`;
}

export const asPrice = (price: Stripe.Price): StripePrice => ({
  ...{ id: price.id, product: idOf(price.product) ?? '' },
  ...{ lookupKey: price.lookup_key ?? '', active: price.active, currency: price.currency },
  ...{ cents: price.unit_amount, every: everyOf(price) },
});
