import { Type, type Static } from 'typebox';
import { setDeadline } from '../billing-engine/deadlines.ts';
import { newSetupIntent } from '../billing-engine/setup-intents.ts';
import { checkoutAmounts, checkoutItems, findPlan, savePlan } from '../checkout/plan.ts';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import { embedded, listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { CheckoutPlan, CheckoutSession } from '../objects/platform.ts';
import { listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { couponList, recurringPrice, trialEndOf, trialSettings } from './subscriptions.ts';

export const NO_DETAILS = { address: null, phone: null, tax_exempt: 'none', tax_ids: null };
const HOUR = 3600;
const LIFE = 24 * HOUR;

const metadata = optional(Type.Record(Type.String(), Type.String()));

const createParams = params({
  allowed_payment_method_types: optional(Type.Array(oneOf('card'))),
  cancel_url: optional(Type.String()),
  client_reference_id: optional(Type.String()),
  currency: optional(Type.String()),
  customer: optional(Type.String()),
  customer_email: optional(Type.String()),
  discounts: optional(couponList),
  expires_at: optional(Type.Integer()),
  line_items: optional(
    Type.Array(Type.Object({ price: Type.String(), quantity: optional(Type.Integer({ minimum: 1 })) })),
  ),
  locale: optional(oneOf('auto', 'en')),
  metadata,
  mode: oneOf('setup', 'subscription'),
  payment_method_collection: optional(oneOf('always')),
  setup_intent_data: optional(Type.Object({ metadata })),
  subscription_data: optional(
    Type.Object({
      description: optional(Type.String()),
      metadata,
      trial_end: optional(Type.Integer()),
      trial_period_days: optional(Type.Integer({ minimum: 1, maximum: 730 })),
      trial_settings: optional(trialSettings),
    }),
  ),
  success_url: Type.String(),
});
type CreateParams = Static<typeof createParams>;

const FIXED = {
  ...{ adaptive_pricing: null, after_expiration: null, allow_promotion_codes: null, billing_address_collection: null },
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  ...{ client_secret: null, collected_information: null, consent: null, consent_collection: null },
  ...{ currency_conversion: null, custom_fields: [], customer_account: null, invoice_creation: null },
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  ...{ livemode: false, locale: null, origin_context: null, payment_intent: null, payment_link: null },
  ...{ payment_method_collection: 'always', payment_method_configuration_details: null, permissions: null },
  ...{ payment_method_options: { card: { request_three_d_secure: 'automatic' } }, payment_method_types: ['card'] },
  ...{ phone_number_collection: { enabled: false }, recovered_from: null, saved_payment_method_options: null },
  ...{ shipping_address_collection: null, shipping_cost: null, shipping_options: [], submit_type: null },
  ...{ ui_mode: 'hosted_page', wallet_options: null },
};

/** Which parameters each mode cannot do without, and which it cannot take. */
function checkMode(given: CreateParams): void {
  const refuse = (param: keyof CreateParams, message: string): never => {
    throw invalidRequest(message, {
      param,
      code: given[param] === undefined ? 'parameter_missing' : 'parameter_unknown',
    });
  };
  const foreign =
    given.mode === 'setup'
      ? (['line_items', 'subscription_data', 'discounts'] as const)
      : (['setup_intent_data'] as const);
  for (const param of foreign)
    if (given[param] !== undefined) refuse(param, `You can not pass \`${param}\` in \`${given.mode}\` mode.`);
  if (given.mode === 'subscription' && !given.line_items?.length)
    refuse('line_items', 'You must pass `line_items` in `subscription` mode.');
  if (given.mode === 'setup' && !given.currency && !given.allowed_payment_method_types)
    refuse('currency', 'You must pass `currency` in `setup` mode when `allowed_payment_method_types` is not set.');
  if (given.customer && given.customer_email)
    refuse('customer_email', 'You may only specify one of these parameters: customer, customer_email.');
}

function planOf(context: Context, given: CreateParams, now: number): CheckoutPlan {
  const data = given.subscription_data;
  trialEndOf(data ?? {}, now);
  const coupon = given.discounts?.[0]?.coupon;
  if (coupon) context.need('coupon', coupon, 'discounts[0][coupon]');
  return {
    items: (given.line_items ?? []).map(({ price, quantity }, index) => ({
      price: recurringPrice(context, price, `line_items[${String(index)}][price]`).id,
      quantity: quantity ?? 1,
    })),
    coupon: coupon ?? null,
    subscription: {
      description: data?.description ?? null,
      metadata: mergeMetadata({}, data?.metadata),
      trialEnd: data?.trial_end ?? null,
      trialDays: data?.trial_period_days ?? null,
      missingPaymentMethod: data?.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
    },
  };
}

function expiry(given: number | undefined, now: number): number {
  const at = given ?? now + LIFE;
  if (at < now + HOUR / 2 || at > now + LIFE)
    throw invalidRequest(
      'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
      {
        param: 'expires_at',
      },
    );
  return at;
}

/** Checkout lives in real time even when its customer has a test clock. */
const create = route({
  method: 'POST',
  path: '/v1/checkout/sessions',
  params: createParams,
  handle: (context, given) => {
    checkMode(given);
    const customer = given.customer ? context.need('customer', given.customer, 'customer') : null;
    const now = context.now();
    const plan = planOf(context, given, context.now(customer?.test_clock ?? null));
    const id = newId('checkout.session');
    const setup = given.mode === 'setup';
    const intentMetadata = mergeMetadata({}, given.setup_intent_data?.metadata);
    const session: CheckoutSession = {
      id,
      object: 'checkout.session',
      ...FIXED,
      ...checkoutAmounts(context, plan, given.currency),
      ...{ cancel_url: given.cancel_url ?? null, client_reference_id: given.client_reference_id ?? null, created: now },
      ...{ customer: customer?.id ?? null, customer_creation: customer ? null : setup ? 'if_required' : 'always' },
      customer_details: customer && { email: customer.email, name: customer.name, ...NO_DETAILS },
      customer_email: given.customer_email ?? null,
      ...{ discounts: plan.coupon ? [{ coupon: plan.coupon, promotion_code: null }] : [] },
      ...{ expires_at: expiry(given.expires_at, now), invoice: null, metadata: mergeMetadata({}, given.metadata) },
      ...{ mode: given.mode, payment_status: setup ? 'no_payment_required' : 'unpaid', subscription: null },
      setup_intent: setup ? newSetupIntent(context, customer?.id ?? null, intentMetadata).id : null,
      ...{ status: 'open', success_url: given.success_url, url: `${context.settings.publicUrl()}/c/pay/${id}` },
    };
    savePlan(context.store, id, plan);
    setDeadline(context.store, { object: id, kind: 'expire_session', clock: null, at: session.expires_at });
    return context.create(session);
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/checkout/sessions/{session}',
  params: params({}),
  handle: (context, _given, id) => context.need('checkout.session', id),
});

const update = route({
  method: 'POST',
  path: '/v1/checkout/sessions/{session}',
  params: params({ metadata: optional(metadataParam) }),
  handle: (context, given, id) => {
    const session = context.need('checkout.session', id);
    return context.update(session, { metadata: mergeMetadata(session.metadata, given.metadata) });
  },
});

const expire = route({
  method: 'POST',
  path: '/v1/checkout/sessions/{session}/expire',
  params: params({}),
  handle: (context, _given, id) => {
    const session = context.need('checkout.session', id);
    if (session.status !== 'open')
      throw invalidRequest(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      );
    const expired = context.update(session, { status: 'expired', url: null });
    context.emit('checkout.session.expired', expired);
    return expired;
  },
});

const lineItems = route({
  method: 'GET',
  path: '/v1/checkout/sessions/{session}/line_items',
  params: listParams({}),
  handle: (context, _given, id) => sessionLineItems(context, context.need('checkout.session', id).id),
});

/** Also filled in when `line_items` is expanded. */
export const sessionLineItems = (context: Context, session: string) =>
  embedded(checkoutItems(context, findPlan(context.store, session)), `/v1/checkout/sessions/${session}/line_items`);

const list = route({
  method: 'GET',
  path: '/v1/checkout/sessions',
  params: listParams({
    customer: optional(Type.String()),
    status: optional(oneOf('open', 'complete', 'expired')),
    subscription: optional(Type.String()),
  }),
  handle: ({ store }, given) => {
    const { customer, status, subscription } = given;
    return listObjects(store, 'checkout.session', '/v1/checkout/sessions', given, { customer, status, subscription });
  },
});

export const checkoutSessionRoutes = [create, retrieve, update, expire, lineItems, list];
