import { Type } from 'typebox';
import { createSubscription } from '../billing-engine/new-subscription.ts';
import { ownPaymentMethod } from '../billing-engine/payment-methods.ts';
import { DAY } from '../billing-engine/periods.ts';
import { endSubscription } from '../billing-engine/subscriptions.ts';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { CollectionMethod } from '../objects/billing.ts';
import type { Price } from '../objects/catalogue.ts';
import { listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { search, searchParams } from '../search.ts';

/** Prices a subscription can have: active, recurring, in one currency. */
export function recurringPrice(context: Context, id: string, param: string): Price {
  const price = context.need('price', id, param);
  if (!price.active)
    throw invalidRequest(`The price specified is inactive. This field only accepts active prices.`, { param });
  if (price.type !== 'recurring')
    throw invalidRequest(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param },
    );
  return price;
}

interface TrialParams {
  trial_end?: number | 'now';
  trial_period_days?: number;
}

/** Null without a trial. A date in the past is refused, as at Stripe. */
export function trialEndOf({ trial_end, trial_period_days }: TrialParams, now: number): number | null {
  if (trial_end !== undefined && trial_period_days !== undefined)
    throw invalidRequest('You may only specify one of these parameters: trial_end, trial_period_days.', {
      param: 'trial_end',
    });
  if (typeof trial_end === 'number') {
    if (trial_end <= now)
      throw invalidRequest(`Invalid timestamp: must be an integer Unix timestamp in the future: ${String(trial_end)}`, {
        param: 'trial_end',
      });
    return trial_end;
  }
  return trial_period_days ? now + trial_period_days * DAY : null;
}

export const trialSettings = Type.Object({
  end_behavior: Type.Object({ missing_payment_method: oneOf('pause', 'cancel', 'create_invoice') }),
});
export const cancellationDetails = Type.Object({
  comment: optional(Type.String()),
  feedback: optional(
    oneOf(
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ),
  ),
});
export const discountList = Type.Array(
  Type.Object({ coupon: optional(Type.String()), promotion_code: optional(Type.String()) }),
);

/** A subscription has one currency, that of its first price. */
export function checkCurrency(prices: (Price | undefined)[], expected = prices[0]?.currency): void {
  const index = prices.findIndex((price) => price !== undefined && price.currency !== expected);
  if (index === -1) return;
  throw invalidRequest(
    `The price specified only supports \`${String(prices[index]?.currency)}\`. This doesn't match the expected currency: \`${String(expected)}\`.`,
    { param: `items[${String(index)}][price]` },
  );
}

export const collection = {
  collection_method: optional(oneOf('charge_automatically', 'send_invoice')),
  days_until_due: optional(Type.Integer({ minimum: 0 })),
};

/** Whoever is sent invoices is given days to pay them, and nobody else is. */
export function checkCollection(method: CollectionMethod, days: number | null): void {
  if ((method === 'send_invoice') === (days !== null)) return;
  throw invalidRequest(
    days === null
      ? 'You must pass `days_until_due` when `collection_method` is `send_invoice`.'
      : '`days_until_due` can only be set when `collection_method` is `send_invoice`.',
    { param: 'days_until_due' },
  );
}

const MAX_ITEMS = 20;

const create = route({
  method: 'POST',
  path: '/v1/subscriptions',
  params: params({
    cancel_at: optional(Type.Integer()),
    cancel_at_period_end: optional(Type.Boolean()),
    ...collection,
    customer: Type.String(),
    default_payment_method: optional(Type.String()),
    description: optional(Type.String()),
    discounts: optional(discountList),
    items: Type.Array(
      Type.Object({
        metadata: optional(Type.Record(Type.String(), Type.String())),
        price: Type.String(),
        quantity: optional(Type.Integer({ minimum: 0 })),
      }),
    ),
    metadata: optional(metadataParam),
    off_session: optional(Type.Boolean()),
    payment_behavior: optional(oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete')),
    trial_end: optional(Type.Union([Type.Integer(), Type.Literal('now')])),
    trial_period_days: optional(Type.Integer({ minimum: 1, maximum: 730 })),
    trial_settings: optional(trialSettings),
  }),
  handle: (context, given) => {
    const customer = context.need('customer', given.customer, 'customer');
    checkCollection(given.collection_method ?? 'charge_automatically', given.days_until_due ?? null);
    if (given.items.length > MAX_ITEMS)
      throw invalidRequest(`A subscription can have up to ${String(MAX_ITEMS)} items.`, { param: 'items' });
    const items = given.items.map(({ price, quantity, metadata }, index) => ({
      price: recurringPrice(context, price, `items[${String(index)}][price]`),
      quantity: quantity ?? 1,
      metadata: mergeMetadata({}, metadata),
    }));
    checkCurrency(items.map(({ price }) => price));
    const chosen = given.default_payment_method;
    return createSubscription(context, {
      customer,
      items,
      defaultPaymentMethod: chosen ? ownPaymentMethod(context, chosen, customer, 'default_payment_method') : undefined,
      description: given.description,
      metadata: mergeMetadata({}, given.metadata),
      trialEnd: trialEndOf(given, context.nowFor(customer)),
      missingPaymentMethod: given.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
      cancelAtPeriodEnd: given.cancel_at_period_end,
      cancelAt: given.cancel_at,
      discounts: given.discounts ?? [],
      ...{ collectionMethod: given.collection_method, daysUntilDue: given.days_until_due },
      onIncomplete: given.payment_behavior ?? 'allow_incomplete',
    });
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/subscriptions/{subscription_exposed_id}',
  params: params({}),
  handle: (context, _given, id) => context.need('subscription', id),
});

const cancel = route({
  method: 'DELETE',
  path: '/v1/subscriptions/{subscription_exposed_id}',
  params: params({
    cancellation_details: optional(cancellationDetails),
    invoice_now: optional(Type.Boolean()),
    prorate: optional(Type.Boolean()),
  }),
  handle: (context, { cancellation_details, invoice_now, prorate }, id) => {
    const subscription = context.need('subscription', id);
    if (subscription.ended_at !== null)
      throw invalidRequest(`No such subscription: '${id}'`, { code: 'resource_missing', param: 'id' }, 404);
    if (invoice_now || prorate)
      throw invalidRequest('The local emulator cancels without a final invoice: leave out invoice_now and prorate.');
    return endSubscription(context, subscription, { reason: 'cancellation_requested', ...cancellation_details });
  },
});

const LIVE = ['trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete'] as const;
const ENDED = ['canceled', 'incomplete_expired'] as const;

/** `status` may name a group; without it Stripe leaves out the canceled ones. */
function statusesOf(status: string | undefined): readonly string[] | string | undefined {
  if (status === 'all') return undefined;
  if (status === 'ended') return ENDED;
  return status ?? [...LIVE, 'incomplete_expired'];
}

const list = route({
  method: 'GET',
  path: '/v1/subscriptions',
  params: listParams({
    customer: optional(Type.String()),
    status: optional(oneOf(...LIVE, ...ENDED, 'all', 'ended')),
    test_clock: optional(Type.String()),
  }),
  handle: ({ store }, given) => {
    const { customer, status, test_clock } = given;
    const where = { customer, test_clock, status: statusesOf(status) };
    return listObjects(store, 'subscription', '/v1/subscriptions', given, where);
  },
});

const searched = route({
  method: 'GET',
  path: '/v1/subscriptions/search',
  params: searchParams,
  handle: ({ store }, given) => search(store, 'subscription', given),
});

/** `search` comes before the id: the first match wins. */
export const subscriptionRoutes = [create, searched, retrieve, cancel, list];
