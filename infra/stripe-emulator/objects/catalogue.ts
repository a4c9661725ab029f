import type { Base, Metadata, Nullable } from './base.ts';

export interface Product extends Base<'product'> {
  active: boolean;
  name: string;
  description: Nullable<string>;
  default_price: Nullable<string>;
  metadata: Metadata;
  updated: number;
}

export type Interval = 'day' | 'week' | 'month' | 'year';

export interface Recurring {
  interval: Interval;
  interval_count: number;
}

export interface Price extends Base<'price'> {
  active: boolean;
  currency: string;
  product: string;
  lookup_key: Nullable<string>;
  nickname: Nullable<string>;
  metadata: Metadata;
  type: 'one_time' | 'recurring';
  recurring: Nullable<Recurring>;
  unit_amount: number;
}

export interface Coupon extends Base<'coupon'> {
  percent_off: Nullable<number>;
  amount_off: Nullable<number>;
  currency: Nullable<string>;
  duration: 'once' | 'repeating' | 'forever';
  duration_in_months: Nullable<number>;
  max_redemptions: Nullable<number>;
  redeem_by: Nullable<number>;
  name: Nullable<string>;
  metadata: Metadata;
  times_redeemed: number;
  valid: boolean;
}

export interface PromotionCode extends Base<'promotion_code'> {
  active: boolean;
  code: string;
  customer: Nullable<string>;
  expires_at: Nullable<number>;
  max_redemptions: Nullable<number>;
  metadata: Metadata;
  promotion: { type: 'coupon'; coupon: string };
  restrictions: {
    first_time_transaction: boolean;
    minimum_amount: Nullable<number>;
    minimum_amount_currency: Nullable<string>;
  };
  times_redeemed: number;
}

/** `created` orders it in the store; Stripe's own discount shows `start` instead. */
export interface Discount {
  id: string;
  object: 'discount';
  source: { type: 'coupon'; coupon: string };
  start: number;
  end: Nullable<number>;
  customer: string;
  subscription: string;
  promotion_code: Nullable<string>;
}
