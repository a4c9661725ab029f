import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Discount, PromotionCode } from '../objects/catalogue.ts';
import { addMonths } from './periods.ts';

/** What a subscription or a Checkout is given as a discount: one of the two. */
export interface DiscountParam {
  coupon?: string | undefined;
  promotion_code?: string | undefined;
}

interface Owner {
  customer: string;
  subscription: string;
}

const PARAM = 'discounts[0][promotion_code]';

const refused = (message: string) => invalidRequest(message, { code: 'promotion_code_invalid', param: PARAM });

const hasPaid = (context: Context, customer: string): boolean =>
  context.store.all('charge', { customer, status: 'succeeded' }).length > 0;

function cost(context: Context, { subscription }: Owner): number {
  const items = context.store.find('subscription', subscription)?.items.data ?? [];
  return items.reduce((sum, { price, quantity }) => sum + price.unit_amount * quantity, 0);
}

/** Why a code does nothing for this customer: docs.stripe.com/billing/subscriptions/coupons#promotion-codes */
const OBSTACLES: readonly ((context: Context, code: PromotionCode, owner: Owner) => string | false)[] = [
  (context, { active, expires_at }, owner) =>
    (!active || (expires_at !== null && expires_at <= context.nowFor(owner))) && 'This promotion code is not active.',
  (_context, { customer }, owner) =>
    customer !== null && customer !== owner.customer && 'This promotion code is for another customer.',
  (context, { restrictions }, owner) =>
    restrictions.first_time_transaction &&
    hasPaid(context, owner.customer) &&
    'This promotion code cannot be redeemed because the associated customer has prior transactions.',
  (context, { restrictions: { minimum_amount } }, owner) =>
    minimum_amount !== null &&
    cost(context, owner) < minimum_amount &&
    'This promotion code cannot be redeemed: the amount is below its minimum.',
];

function useCode(context: Context, id: string, owner: Owner): PromotionCode {
  const code = context.need('promotion_code', id, PARAM);
  for (const obstacle of OBSTACLES) {
    const message = obstacle(context, code, owner);
    if (message !== false) throw refused(message);
  }
  const times_redeemed = code.times_redeemed + 1;
  const active = code.max_redemptions === null || times_redeemed < code.max_redemptions;
  return context.update(code, { times_redeemed, active }, 'promotion_code.updated');
}

/** The coupon behind a discount parameter, without redeeming it. */
export function couponOf(context: Context, { coupon, promotion_code }: DiscountParam): string {
  if ((coupon === undefined) === (promotion_code === undefined))
    throw invalidRequest('Each discount must have exactly one of coupon and promotion_code.', { param: 'discounts' });
  if (promotion_code === undefined) return context.need('coupon', coupon ?? '', 'discounts[0][coupon]').id;
  return context.need('promotion_code', promotion_code, PARAM).promotion.coupon;
}

/** Redeems a coupon, or the one of a promotion code, for a subscription. */
export function redeem(context: Context, given: DiscountParam, owner: Owner): string {
  const coupon = context.need('coupon', couponOf(context, given), 'discounts[0][coupon]');
  const code = given.promotion_code === undefined ? null : useCode(context, given.promotion_code, owner);
  const start = context.nowFor(owner);
  if (!coupon.valid || (coupon.redeem_by !== null && coupon.redeem_by < start))
    throw invalidRequest(`Coupon expired: ${coupon.id}`, { code: 'coupon_expired', param: 'discounts[0][coupon]' });
  const discount: Discount = {
    id: newId('discount'),
    object: 'discount',
    source: { type: 'coupon', coupon: coupon.id },
    start,
    end: coupon.duration_in_months === null ? null : addMonths(start, coupon.duration_in_months),
    ...owner,
    ...{ checkout_session: null, customer_account: null, invoice: null, invoice_item: null },
    ...{ promotion_code: code?.id ?? null, subscription_item: null },
  };
  context.create(discount, 'customer.discount.created');
  const redeemed = coupon.times_redeemed + 1;
  context.update(coupon, {
    times_redeemed: redeemed,
    valid: coupon.max_redemptions === null || redeemed < coupon.max_redemptions,
  });
  return discount.id;
}
