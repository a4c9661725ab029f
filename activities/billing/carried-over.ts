import { ApplicationFailure } from '@temporalio/common';
import type Stripe from 'stripe';
import { REFUSED } from '../../workflows/contract/commands.ts';
import { idOf, type BillingDeps } from './deps.ts';
import { payerOf } from './subscriptions.ts';

/** What a subscription passes on to its replacement. */
export interface Kept extends Pick<
  Stripe.SubscriptionCreateParams,
  'cancel_at' | 'cancel_at_period_end' | 'customer' | 'default_payment_method' | 'description' | 'discounts'
> {
  readonly metadata?: Stripe.Metadata;
  readonly quantity?: number;
  /** Items besides the plan's. */
  readonly addOns?: readonly { readonly price: string; readonly quantity: number }[];
}

const isThing = <T extends object>(one: string | T | null | undefined): one is T =>
  typeof one === 'object' && one !== null;

const couponsOf = (
  discounts: readonly (string | Stripe.Discount | Stripe.DeletedDiscount)[],
): readonly (string | Stripe.Coupon)[] => discounts.filter(isThing).flatMap(({ source: { coupon } }) => coupon ?? []);

/**
 * Discounts of the subscription, or a one-time discount of the invoice of a declined upgrade. That invoice is void by
 * the next attempt; one that staff marks as uncollectible gives no discount.
 */
function granted({ discounts, latest_invoice: invoice }: Stripe.Subscription): readonly (string | Stripe.Coupon)[] {
  if (discounts.length > 0 || !isThing(invoice)) return couponsOf(discounts);
  return invoice.status === 'open' || invoice.status === 'void' ? couponsOf(invoice.discounts) : [];
}

const spent = (coupon: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `The coupon ${coupon} of this subscription has expired or is used up, so a new trial would be without its discount. Put another coupon on the subscription in Stripe, or remove the discount there, then extend the trial again.`,
    REFUSED,
  );

/** A customer who was going to leave still leaves. */
const leaving = ({
  cancel_at_period_end: atEnd,
  cancel_at: date,
}: Stripe.Subscription): Pick<Kept, 'cancel_at' | 'cancel_at_period_end'> =>
  atEnd ? { cancel_at_period_end: true } : date === null ? {} : { cancel_at: date };

/**
 * What was granted and arranged in Stripe, and the payment method if it can still be charged.
 * @throws ApplicationFailure `CommandRefused` when a discount cannot be given again: nobody loses a discount silently
 */
export async function carriedOver({ stripe }: BillingDeps, id: string): Promise<Kept> {
  const replaced = await stripe.subscriptions.retrieve(id, {
    expand: ['default_payment_method', 'discounts.source.coupon', 'latest_invoice.discounts.source.coupon'],
  });
  const coupons = granted(replaced);
  const useless = coupons.find((coupon) => typeof coupon === 'string' || !coupon.valid);
  if (useless !== undefined) throw spent(idOf(useless) ?? '');
  const { default_payment_method: method, description, metadata } = replaced;
  const customer = payerOf(replaced);
  const [plan, ...others] = replaced.items.data;
  return {
    ...{ customer, metadata, quantity: plan?.quantity ?? 1 },
    addOns: others.map(({ price, quantity = 1 }) => ({ price: price.id, quantity })),
    discounts: coupons.map((coupon) => ({ coupon: idOf(coupon) ?? '' })),
    ...leaving(replaced),
    ...(description !== null && { description }),
    ...(isThing(method) && idOf(method.customer) === customer && { default_payment_method: method.id }),
  };
}
