import type { Context } from '../context.ts';
import { invalidRequest, StripeError, type ErrorBody } from '../errors.ts';
import { newId } from '../ids.ts';
import { embedded } from '../lists.ts';
import type { Metadata } from '../objects/base.ts';
import type { CollectionMethod, MissingPaymentMethod, Subscription, SubscriptionItem } from '../objects/billing.ts';
import type { Price } from '../objects/catalogue.ts';
import type { Customer, PaymentMethod } from '../objects/customers.ts';
import { planDeadlines, planTrialNotice } from './deadlines.ts';
import { discountsAfter } from './discounts.ts';
import { draftInvoice, finalizeInvoice } from './invoices.ts';
import { trialLine } from './lines.ts';
import { payingMethod } from './payment-methods.ts';
import { nextBoundary } from './periods.ts';
import { redeem, type DiscountParam } from './redemption.ts';
import { draftPeriod } from './renewal.ts';
import { isSent } from './sent-invoices.ts';
import { bill } from './subscriptions.ts';

export interface NewItem {
  price: Price;
  quantity: number;
  metadata: Metadata;
}

export interface NewSubscription {
  customer: Customer;
  items: NewItem[];
  defaultPaymentMethod?: PaymentMethod | undefined;
  description?: string | undefined;
  metadata: Metadata;
  trialEnd: number | null;
  missingPaymentMethod: MissingPaymentMethod;
  cancelAtPeriodEnd?: boolean | undefined;
  cancelAt?: number | undefined;
  discounts: DiscountParam[];
  collectionMethod?: CollectionMethod | undefined;
  daysUntilDue?: number | undefined;
  /** Whether the card's holder is there and has passed 3-D Secure, as on a Checkout. */
  authenticated?: boolean | undefined;
  /** What to do when the first invoice cannot be collected. */
  onIncomplete: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';
}

const FIXED = {
  ...{ application: null, application_fee_percent: null, billing_cycle_anchor_config: null, billing_schedules: [] },
  ...{ automatic_tax: { disabled_reason: null, enabled: false, liability: null }, billing_thresholds: null },
  billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' } },
  ...{ customer_account: null, default_source: null },
  ...{ default_tax_rates: [], livemode: false, managed_payments: null, next_pending_invoice_item_invoice: null },
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: 'self' },
  },
  ...{ on_behalf_of: null, pause_collection: null, pending_invoice_item_interval: null, pending_setup_intent: null },
  payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
  ...{ pending_update: null, schedule: null, transfer_data: null },
} as const;

export interface ItemPeriod {
  start: number;
  end: number;
}

export function newItem(context: Context, subscription: string, item: NewItem, period: ItemPeriod): SubscriptionItem {
  return {
    id: newId('subscription_item'),
    object: 'subscription_item',
    ...{ billing_thresholds: null, created: context.now(), current_trial: null, discounts: [], tax_rates: [] },
    ...{ current_period_end: period.end, current_period_start: period.start },
    ...{ metadata: item.metadata, price: item.price, quantity: item.quantity, subscription },
  };
}

/** Who is sent an invoice begins at once, and pays later. */
function firstStatus({ trialEnd, collectionMethod }: NewSubscription): Subscription['status'] {
  if (trialEnd !== null) return 'trialing';
  return collectionMethod === 'send_invoice' ? 'active' : 'incomplete';
}

const collectionOf = ({ collectionMethod, daysUntilDue }: NewSubscription) => ({
  collection_method: collectionMethod ?? 'charge_automatically',
  days_until_due: daysUntilDue ?? null,
});

function build(context: Context, spec: NewSubscription): Subscription {
  const id = newId('subscription');
  const { customer, trialEnd } = spec;
  const now = context.nowFor(customer);
  const anchor = trialEnd ?? now;
  const items = spec.items.map((item) => {
    const end = trialEnd ?? (item.price.recurring ? nextBoundary(now, item.price.recurring, now) : now);
    return newItem(context, id, item, { start: now, end });
  });
  return {
    id,
    object: 'subscription',
    ...FIXED,
    ...{ billing_cycle_anchor: anchor, cancel_at: spec.cancelAt ?? null, cancel_at_period_end: false },
    ...{ canceled_at: null, created: now, currency: spec.items[0]?.price.currency ?? 'usd', customer: customer.id },
    cancellation_details: { comment: null, feedback: null, ...{ feedback_option: null }, reason: null },
    ...{ default_payment_method: spec.defaultPaymentMethod?.id ?? null, description: spec.description ?? null },
    ...{ discounts: [], ended_at: null, ...collectionOf(spec) },
    items: embedded(items, `/v1/subscription_items?subscription=${id}`),
    ...{ latest_invoice: null, metadata: spec.metadata, pause_collection: null, start_date: now },
    ...{ status: firstStatus(spec), test_clock: customer.test_clock },
    ...{ trial_end: trialEnd, trial_start: trialEnd === null ? null : now },
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: spec.missingPaymentMethod } },
  };
}

/** Stripe's way to say "at the end of the period": both members are set, and the date is shown. */
export const endOfPeriod = (subscription: Subscription, now: number): Partial<Subscription> => ({
  cancel_at_period_end: true,
  cancel_at: Math.min(...subscription.items.data.map((item) => item.current_period_end)),
  canceled_at: now,
  cancellation_details: { ...subscription.cancellation_details, reason: 'cancellation_requested' },
});

function billTrial(context: Context, subscription: Subscription): Subscription {
  const period = { start: subscription.start_date, end: subscription.trial_end ?? subscription.start_date };
  const lines = subscription.items.data.map((item) => trialLine(context, subscription, item, period));
  const now = subscription.start_date;
  const draft = draftInvoice(context, {
    ...{ subscription, reason: 'subscription_create', lines },
    period: { start: now, end: now },
  });
  const trialing = context.update(subscription, { latest_invoice: draft.id });
  finalizeInvoice(context, draft);
  return trialing;
}

/** The same refusal has another code here: docs.stripe.com/error-codes#subscription-payment-intent-requires-action */
const ofSubscription = (error: ErrorBody): ErrorBody =>
  error.code === 'invoice_payment_intent_requires_action'
    ? { ...error, code: 'subscription_payment_intent_requires_action' }
    : error;

function billFirst(context: Context, subscription: Subscription, spec: NewSubscription): void {
  const now = subscription.start_date;
  const { draft } = draftPeriod(context, subscription, {
    ...{ start: now, reason: 'subscription_create' },
    waits: isSent(subscription),
  });
  const used = draft.lines.data.flatMap((line) => line.discount_amounts);
  context.update(subscription, {
    latest_invoice: draft.id,
    discounts: discountsAfter(context, subscription.discounts, used, now),
  });
  if (isSent(subscription)) return;
  if (spec.onIncomplete === 'default_incomplete') {
    finalizeInvoice(context, draft);
    return;
  }
  const { error } = bill(context, draft, { authenticated: spec.authenticated });
  if (error && spec.onIncomplete === 'error_if_incomplete') throw new StripeError(402, ofSubscription(error));
}

function checkPayable(context: Context, subscription: Subscription, spec: NewSubscription): void {
  const free = spec.items.every(({ price, quantity }) => price.unit_amount * quantity === 0);
  if (free || isSent(subscription) || spec.trialEnd !== null || spec.onIncomplete === 'default_incomplete') return;
  if (payingMethod(context, subscription)) return;
  throw invalidRequest(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
    { code: 'resource_missing' },
  );
}

/** Makes a subscription, its first invoice and, without a trial, its first charge. */
export function createSubscription(context: Context, spec: NewSubscription): Subscription {
  const bare = build(context, spec);
  const subscription = spec.cancelAtPeriodEnd ? { ...bare, ...endOfPeriod(bare, bare.created) } : bare;
  checkPayable(context, subscription, spec);
  context.create(subscription);
  const owner = { customer: spec.customer.id, subscription: subscription.id };
  const discounts = spec.discounts.map((given) => redeem(context, given, owner));
  const discounted = context.update(subscription, { discounts });
  if (spec.customer.currency === null) context.update(spec.customer, { currency: subscription.currency });
  context.emit('customer.subscription.created', discounted);
  planTrialNotice(context, discounted);
  if (spec.trialEnd === null) billFirst(context, discounted, spec);
  else billTrial(context, discounted);
  const created = context.need('subscription', subscription.id);
  planDeadlines(context, created);
  return created;
}
