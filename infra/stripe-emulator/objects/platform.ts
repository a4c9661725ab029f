import type { Base, Metadata, Nullable } from './base.ts';
import type { MissingPaymentMethod } from './billing.ts';

/** What a Checkout Session was asked to make; Stripe does not show it, so it is kept beside the session. */
export interface CheckoutPlan {
  items: { price: string; quantity: number }[];
  /** Of the first discount, for the amounts on the page. */
  coupon: Nullable<string>;
  discounts: { coupon?: string; promotion_code?: string }[];
  subscription: {
    description: Nullable<string>;
    metadata: Metadata;
    trialEnd: Nullable<number>;
    trialDays: Nullable<number>;
    missingPaymentMethod: MissingPaymentMethod;
  };
}

export interface CheckoutSession extends Base<'checkout.session'> {
  mode: 'setup' | 'subscription';
  status: 'open' | 'complete' | 'expired';
  payment_status: 'paid' | 'unpaid' | 'no_payment_required';
  amount_subtotal: Nullable<number>;
  amount_total: Nullable<number>;
  currency: Nullable<string>;
  client_reference_id: Nullable<string>;
  customer: Nullable<string>;
  customer_email: Nullable<string>;
  customer_details: Nullable<{ email: Nullable<string>; name: Nullable<string> }>;
  expires_at: number;
  invoice: Nullable<string>;
  metadata: Metadata;
  setup_intent: Nullable<string>;
  subscription: Nullable<string>;
  success_url: string;
  cancel_url: Nullable<string>;
  url: Nullable<string>;
}

export interface TestClock extends Base<'test_helpers.test_clock'> {
  frozen_time: number;
  deletes_after: number;
  name: Nullable<string>;
  status: 'ready' | 'advancing' | 'internal_failure';
  status_details: { advancing?: { target_frozen_time: number } };
}

export interface WebhookEndpoint extends Base<'webhook_endpoint'> {
  url: string;
  enabled_events: string[];
  api_version: Nullable<string>;
  description: Nullable<string>;
  status: 'enabled' | 'disabled';
  metadata: Metadata;
}
