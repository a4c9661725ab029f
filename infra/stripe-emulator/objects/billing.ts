import type { Base, Metadata, Nullable, List } from './base.ts';
import type { Price } from './catalogue.ts';

export interface SubscriptionItem extends Base<'subscription_item'> {
  price: Price;
  quantity: number;
  subscription: string;
  current_period_start: number;
  current_period_end: number;
  metadata: Metadata;
}

type SubscriptionStatus =
  'trialing' | 'active' | 'past_due' | 'unpaid' | 'canceled' | 'paused' | 'incomplete' | 'incomplete_expired';

export type MissingPaymentMethod = 'pause' | 'cancel' | 'create_invoice';

export type CollectionMethod = 'charge_automatically' | 'send_invoice';

export type CancellationReason = 'cancellation_requested' | 'payment_failed';

export interface Subscription extends Base<'subscription'> {
  customer: string;
  status: SubscriptionStatus;
  currency: string;
  items: List<SubscriptionItem>;
  billing_cycle_anchor: number;
  cancel_at: Nullable<number>;
  cancel_at_period_end: boolean;
  canceled_at: Nullable<number>;
  collection_method: CollectionMethod;
  days_until_due: Nullable<number>;
  cancellation_details: {
    comment: Nullable<string>;
    feedback: Nullable<string>;
    reason: Nullable<CancellationReason>;
  };
  default_payment_method: Nullable<string>;
  description: Nullable<string>;
  discounts: string[];
  ended_at: Nullable<number>;
  latest_invoice: Nullable<string>;
  metadata: Metadata;
  pause_collection: Nullable<{
    behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void';
    resumes_at: Nullable<number>;
  }>;
  start_date: number;
  test_clock: Nullable<string>;
  trial_end: Nullable<number>;
  trial_start: Nullable<number>;
  trial_settings: { end_behavior: { billing_cycle_anchor: null; missing_payment_method: MissingPaymentMethod } };
}

export interface LineItem {
  id: string;
  object: 'line_item';
  amount: number;
  subtotal: number;
  currency: string;
  description: string;
  discount_amounts: { amount: number; discount: string }[];
  discountable: boolean;
  invoice: string;
  period: { start: number; end: number };
  quantity: number;
}

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming';

export interface Invoice extends Base<'invoice'> {
  amount_due: number;
  amount_paid: number;
  amount_paid_off_stripe: number;
  amount_remaining: number;
  attempt_count: number;
  attempted: boolean;
  auto_advance: boolean;
  automatically_finalizes_at: Nullable<number>;
  billing_reason: BillingReason;
  collection_method: CollectionMethod;
  due_date: Nullable<number>;
  currency: string;
  customer: string;
  customer_email: Nullable<string>;
  ending_balance: Nullable<number>;
  hosted_invoice_url: Nullable<string>;
  invoice_pdf: Nullable<string>;
  effective_at: Nullable<number>;
  lines: List<LineItem>;
  metadata: Metadata;
  next_payment_attempt: Nullable<number>;
  number: Nullable<string>;
  parent: { type: 'subscription_details'; subscription_details: { subscription: string; metadata: Metadata } };
  starting_balance: number;
  status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
  status_transitions: {
    finalized_at: Nullable<number>;
    marked_uncollectible_at: Nullable<number>;
    paid_at: Nullable<number>;
    voided_at: Nullable<number>;
  };
  subtotal: number;
  total: number;
}

/** A proration that waits for the next invoice of its subscription. */
export interface InvoiceItem {
  id: string;
  object: 'invoiceitem';
  date: number;
  amount: number;
  currency: string;
  customer: string;
  description: string;
  period: { start: number; end: number };
  quantity: number;
  price: string;
  subscription_item: string;
  subscription: string;
  invoice: Nullable<string>;
}
