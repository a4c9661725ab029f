import { Type, type Static } from 'typebox';
import { setDeadline } from '../billing-engine/deadlines.ts';
import { couponOf } from '../billing-engine/redemption.ts';
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
import { orNull } from '../values.ts';
import { discountList, recurringPrice, trialEndOf, trialSettings } from './subscriptions.ts';

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
  discounts: optional(discountList),
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

const FOREIGN: Readonly<Record<CreateParams['mode'], readonly (keyof CreateParams)[]>> = {
  setup: ['line_items', 'subscription_data', 'discounts'],
  subscription: ['setup_intent_data'],
};

interface Rule {
  param: keyof CreateParams;
  broken: (given: CreateParams) => boolean;
  message: string;
}

const RULES: readonly Rule[] = [
  {
    param: 'line_items',
    broken: ({ mode, line_items }) => mode === 'subscription' && !line_items?.length,
    message: 'You must pass `line_items` in `subscription` mode.',
  },
  {
    param: 'currency',
    broken: ({ mode, currency, allowed_payment_method_types }) =>
      mode === 'setup' && !currency && !allowed_payment_method_types,
    message: 'You must pass `currency` in `setup` mode when `allowed_payment_method_types` is not set.',
  },
  {
    param: 'customer_email',
    broken: ({ customer, customer_email }) => customer !== undefined && customer_email !== undefined,
    message: 'You may only specify one of these parameters: customer, customer_email.',
  },
  {
    param: 'success_url',
    broken: ({ success_url, cancel_url }) => ![success_url, cancel_url ?? success_url].every(isWebUrl),
    message: 'Not a valid URL: `success_url` and `cancel_url` must be absolute http(s) URLs.',
  },
];

const isWebUrl = (url: string): boolean => /^https?:$/.test(URL.parse(url)?.protocol ?? '');

/** Which parameters each mode cannot do without, and which it cannot take. */
function checkMode(given: CreateParams): void {
  const foreign = FOREIGN[given.mode].find((param) => given[param] !== undefined);
  if (foreign) throw invalidRequest(`You can not pass \`${foreign}\` in \`${given.mode}\` mode.`, { param: foreign });
  const rule = RULES.find(({ broken }) => broken(given));
  if (rule) throw invalidRequest(rule.message, { param: rule.param });
}

function subscriptionPlan(data: NonNullable<CreateParams['subscription_data']>): CheckoutPlan['subscription'] {
  return {
    description: data.description ?? null,
    metadata: mergeMetadata({}, data.metadata),
    trialEnd: data.trial_end ?? null,
    trialDays: data.trial_period_days ?? null,
    missingPaymentMethod: data.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
  };
}

function planOf(context: Context, given: CreateParams, now: number): CheckoutPlan {
  const data = given.subscription_data ?? {};
  trialEndOf(data, now);
  const discounts = given.discounts ?? [];
  const [coupon] = discounts.map((one) => couponOf(context, one));
  const items = (given.line_items ?? []).map(({ price, quantity }, index) => ({
    price: recurringPrice(context, price, `line_items[${String(index)}][price]`).id,
    quantity: quantity ?? 1,
  }));
  return { items, coupon: coupon ?? null, discounts, subscription: subscriptionPlan(data) };
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

const newSetup = (context: Context, given: CreateParams): Partial<CheckoutSession> => ({
  ...{ customer_creation: given.customer ? null : 'if_required', payment_status: 'no_payment_required' },
  setup_intent: newSetupIntent(context, given.customer ?? null, mergeMetadata({}, given.setup_intent_data?.metadata))
    .id,
});

const newSubscribe = (_context: Context, given: CreateParams): Partial<CheckoutSession> => ({
  ...{ customer_creation: given.customer ? null : 'always', payment_status: 'unpaid', setup_intent: null },
});

const MODES = { setup: newSetup, subscription: newSubscribe };

/** Checkout lives in real time even when its customer has a test clock. */
const create = route({
  method: 'POST',
  path: '/v1/checkout/sessions',
  params: createParams,
  handle: (context, given) => {
    checkMode(given);
    const customer = given.customer ? context.need('customer', given.customer, 'customer') : null;
    const now = context.now();
    const plan = planOf(context, given, customer ? context.nowFor(customer) : now);
    const id = newId('checkout.session');
    const session = {
      id,
      object: 'checkout.session',
      ...FIXED,
      ...checkoutAmounts(context, plan, given.currency),
      ...orNull(given, 'cancel_url', 'client_reference_id', 'customer', 'customer_email'),
      customer_details: customer && { email: customer.email, name: customer.name, ...NO_DETAILS },
      ...{ created: now, discounts: plan.discounts.map((one) => orNull(one, 'coupon', 'promotion_code')) },
      ...{ expires_at: expiry(given.expires_at, now), invoice: null, metadata: mergeMetadata({}, given.metadata) },
      ...{ mode: given.mode, subscription: null, status: 'open', success_url: given.success_url },
      ...{ url: `${context.settings.publicUrl()}/c/pay/${id}`, ...MODES[given.mode](context, given) },
    } as CheckoutSession;
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
