import { Type, type Static } from 'typebox';
import { endOfPeriod } from '../billing-engine/new-subscription.ts';
import { redeem, type DiscountParam } from '../billing-engine/redemption.ts';
import { ownPaymentMethod, payingMethod } from '../billing-engine/payment-methods.ts';
import {
  beginPeriod,
  resume,
  updateItems,
  updateTrial,
  type ItemsUpdate,
} from '../billing-engine/subscription-update.ts';
import { changeSubscription } from '../billing-engine/subscriptions.ts';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Subscription } from '../objects/billing.ts';
import { clearable, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import {
  cancellationDetails,
  checkCollection,
  checkCurrency,
  collection,
  discountList,
  recurringPrice,
  trialSettings,
} from './subscriptions.ts';

/** What becomes of the time that is paid for. */
export const proration = {
  proration_behavior: optional(oneOf('create_prorations', 'always_invoice', 'none')),
  proration_date: optional(Type.Integer()),
};

export const changedItems = Type.Array(
  Type.Object({
    deleted: optional(Type.Boolean()),
    id: optional(Type.String()),
    metadata: optional(metadataParam),
    price: optional(Type.String()),
    quantity: optional(Type.Integer({ minimum: 0 })),
  }),
);

interface ItemsGiven {
  items: Static<typeof changedItems>;
  proration_behavior?: ItemsUpdate['prorationBehavior'];
  proration_date?: number;
  payment_behavior?: ItemsUpdate['failure'];
}

/** A change of items as it was asked for. @throws StripeError for prices that the subscription cannot have */
export function itemsUpdate(context: Context, { currency }: Subscription, given: ItemsGiven): ItemsUpdate {
  const changes = given.items.map(({ price, ...item }, index) => ({
    ...item,
    price: price ? recurringPrice(context, price, `items[${String(index)}][price]`) : undefined,
  }));
  checkCurrency(
    changes.map(({ price }) => price),
    currency,
  );
  return {
    changes,
    prorationBehavior: given.proration_behavior ?? 'create_prorations',
    prorationDate: given.proration_date,
    failure: given.payment_behavior ?? 'allow_incomplete',
  };
}

interface Given {
  cancel_at?: number | '';
  cancel_at_period_end?: boolean;
  collection_method?: 'charge_automatically' | 'send_invoice';
  days_until_due?: number;
  cancellation_details?: { comment?: string; feedback?: string };
  default_payment_method?: string;
  description?: string;
  discounts?: DiscountParam[] | '';
  metadata?: Record<string, string> | '';
  pause_collection?: { behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void'; resumes_at?: number } | '';
  trial_settings?: { end_behavior: { missing_payment_method: 'pause' | 'cancel' | 'create_invoice' } };
}

type Patch = (context: Context, subscription: Subscription, given: Given) => Partial<Subscription>;

const unCanceled = (subscription: Subscription): Partial<Subscription> => ({
  ...{ cancel_at: null, cancel_at_period_end: false, canceled_at: null },
  cancellation_details: { ...subscription.cancellation_details, reason: null, comment: null, feedback: null },
});

/** What each parameter changes by itself. */
const PATCHES: Readonly<Record<keyof Given, Patch>> = {
  cancel_at: (context, subscription, { cancel_at }) => {
    if (!cancel_at) return unCanceled(subscription);
    const now = context.nowFor(subscription);
    if (cancel_at <= now) throw invalidRequest('`cancel_at` must be in the future.', { param: 'cancel_at' });
    return { ...endOfPeriod(subscription, now), cancel_at, cancel_at_period_end: false };
  },
  cancel_at_period_end: (context, subscription, given) =>
    given.cancel_at_period_end ? endOfPeriod(subscription, context.nowFor(subscription)) : unCanceled(subscription),
  cancellation_details: (_context, { cancellation_details }, given) => ({
    cancellation_details: { ...cancellation_details, ...given.cancellation_details },
  }),
  collection_method: (_context, { days_until_due }, { collection_method = 'charge_automatically', ...given }) => {
    const days = collection_method === 'send_invoice' ? (given.days_until_due ?? days_until_due) : null;
    checkCollection(collection_method, days);
    return { collection_method, days_until_due: days };
  },
  days_until_due: (_context, { collection_method }, { days_until_due = null }) => {
    checkCollection(collection_method, days_until_due);
    return { days_until_due };
  },
  default_payment_method: (context, { customer }, { default_payment_method = '' }) => ({
    default_payment_method: ownPaymentMethod(
      context,
      default_payment_method,
      context.need('customer', customer),
      'default_payment_method',
    ).id,
  }),
  description: (_context, _subscription, { description }) => ({ description: description || null }),
  discounts: (context, { customer, id }, { discounts }) => ({
    discounts: (discounts || []).map((one) => redeem(context, one, { customer, subscription: id })),
  }),
  metadata: (_context, subscription, { metadata }) => ({ metadata: mergeMetadata(subscription.metadata, metadata) }),
  pause_collection: (_context, _subscription, { pause_collection }) => ({
    pause_collection: pause_collection
      ? { behavior: pause_collection.behavior, resumes_at: pause_collection.resumes_at ?? null }
      : null,
  }),
  trial_settings: (_context, { trial_settings }, given) => ({
    trial_settings: { end_behavior: { ...trial_settings.end_behavior, ...given.trial_settings?.end_behavior } },
  }),
};

function patchOf(context: Context, subscription: Subscription, given: Given): Partial<Subscription> {
  return Object.entries(PATCHES)
    .filter(([name]) => given[name as keyof Given] !== undefined)
    .reduce((patch, [, make]) => ({ ...patch, ...make(context, { ...subscription, ...patch }, given) }), {});
}

function checkChangeable(subscription: Subscription, given: object): void {
  if (subscription.ended_at === null) return;
  const allowed = new Set(['metadata', 'cancellation_details', 'expand']);
  if (Object.keys(given).every((name) => allowed.has(name))) return;
  throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.', {
    code: 'resource_missing',
  });
}

const update = route({
  method: 'POST',
  path: '/v1/subscriptions/{subscription_exposed_id}',
  params: params({
    billing_cycle_anchor: optional(Type.Object({ type: oneOf('now', 'unchanged') })),
    cancel_at: optional(clearable(Type.Integer())),
    cancel_at_period_end: optional(Type.Boolean()),
    cancellation_details: optional(cancellationDetails),
    ...collection,
    default_payment_method: optional(Type.String()),
    description: optional(clearable(Type.String())),
    discounts: optional(clearable(discountList)),
    items: optional(changedItems),
    metadata: optional(metadataParam),
    off_session: optional(Type.Boolean()),
    pause_collection: optional(
      clearable(
        Type.Object({
          behavior: oneOf('keep_as_draft', 'mark_uncollectible', 'void'),
          resumes_at: optional(Type.Integer()),
        }),
      ),
    ),
    payment_behavior: optional(oneOf('allow_incomplete', 'error_if_incomplete')),
    trial_end: optional(Type.Union([Type.Integer(), Type.Literal('now')])),
    trial_settings: optional(trialSettings),
    ...proration,
  }),
  handle: (context, given, id) => {
    const subscription = context.need('subscription', id);
    checkChangeable(subscription, given);
    const patched = changeSubscription(context, subscription, patchOf(context, subscription, given));
    if (given.items) updateItems(context, patched, itemsUpdate(context, patched, { ...given, items: given.items }));
    if (given.billing_cycle_anchor?.type === 'now') beginPeriod(context, context.need('subscription', id), given);
    if (given.trial_end !== undefined) updateTrial(context, context.need('subscription', id), given.trial_end);
    return context.need('subscription', id);
  },
});

const resumeRoute = route({
  method: 'POST',
  path: '/v1/subscriptions/{subscription}/resume',
  params: params({ billing_cycle_anchor: optional(Type.Object({ type: oneOf('now') })), ...proration }),
  handle: (context, _given, id) => {
    const subscription = context.need('subscription', id);
    if (subscription.status === 'paused' && !payingMethod(context, subscription))
      throw invalidRequest(
        'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
        { code: 'resource_missing' },
      );
    return resume(context, subscription);
  },
});

export const subscriptionUpdateRoutes = [update, resumeRoute];
