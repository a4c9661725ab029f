import { isPlain, type Json } from './changes.ts';
import type { Context } from './context.ts';
import { invalidRequest } from './errors.ts';
import { embedded } from './lists.ts';
import type { ObjectType } from './objects/index.ts';
import { sessionLineItems } from './resources/checkout-sessions.ts';
import { invoicePayments } from './resources/invoices.ts';

const MAX_DEPTH = 4;

/** Members that hold an id and can become the object itself. */
const REFERENCES: Readonly<Record<string, ObjectType>> = {
  charge: 'charge',
  configuration: 'billing_portal.configuration',
  coupon: 'coupon',
  customer: 'customer',
  default_payment_method: 'payment_method',
  default_price: 'price',
  discounts: 'discount',
  invoice: 'invoice',
  latest_charge: 'charge',
  latest_invoice: 'invoice',
  payment_intent: 'payment_intent',
  payment_method: 'payment_method',
  pending_setup_intent: 'setup_intent',
  price: 'price',
  product: 'product',
  promotion_code: 'promotion_code',
  setup_intent: 'setup_intent',
  subscription: 'subscription',
  test_clock: 'test_helpers.test_clock',
};

/** Ids that Stripe never expands although the member's name is expandable elsewhere. */
const PLAIN_IDS: ReadonlySet<string> = new Set([
  'charge.payment_method',
  'discount.subscription',
  'line_item.invoice',
  'subscription_item.subscription',
]);

/** Members that are left out until asked for. */
const INCLUDABLE: Readonly<Record<string, (context: Context, id: string) => object>> = {
  'charge.refunds': ({ store }, charge) => embedded(store.all('refund', { charge }), `/v1/charges/${charge}/refunds`),
  'checkout.session.line_items': sessionLineItems,
  'customer.subscriptions': ({ store }, customer) =>
    embedded(
      store.all('subscription', { customer }).filter(({ ended_at }) => ended_at === null),
      `/v1/customers/${customer}/subscriptions`,
    ),
  'invoice.payments': invoicePayments,
};

function load(context: Context, name: string, id: string): unknown {
  const type = REFERENCES[name];
  if (!type) return id;
  return context.store.find(type, id) ?? (context.store.isDeleted(type, id) ? { id, object: type, deleted: true } : id);
}

const refusal = (path: string) =>
  invalidRequest(
    `This property cannot be expanded (${path}). You may want to try expanding a different property, see https://docs.stripe.com/api/expanding_objects.`,
    { param: 'expand' },
  );

/** Ids become objects; what is an object or absent already stays. */
function resolve(context: Context, owner: string, name: string, value: unknown, path: string): unknown {
  if (typeof value !== 'string') return value;
  if (!(name in REFERENCES) || PLAIN_IDS.has(owner)) throw refusal(path);
  return load(context, name, value);
}

function member(context: Context, object: Json, name: string, path: string): unknown {
  const owner = `${String(object.object)}.${name}`;
  const present = name in object ? object[name] : INCLUDABLE[owner]?.(context, String(object.id));
  if (present === undefined) throw refusal(path);
  if (Array.isArray(present)) return present.map((one) => resolve(context, owner, name, one, path));
  return resolve(context, owner, name, present, path);
}

function walk(context: Context, value: unknown, segments: string[], path: string): unknown {
  const [name, ...rest] = segments;
  if (name === undefined || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => walk(context, item, segments, path));
  if (!isPlain(value)) throw refusal(path);
  const found = member(context, value, name, path);
  const scalar = typeof found !== 'object' || found === null;
  if (rest.length === 0 && scalar && !(name in REFERENCES)) throw refusal(path);
  return { ...value, [name]: walk(context, found, rest, path) };
}

/** Replaces ids by their objects along the paths of `expand[]`. */
export function expand(context: Context, object: object, paths: string[]): object {
  return paths.reduce((result, path) => {
    const segments = path.split('.');
    if (segments.filter((segment) => segment !== 'data').length > MAX_DEPTH)
      throw invalidRequest(`You cannot expand more than ${String(MAX_DEPTH)} levels of a property.`, {
        param: 'expand',
      });
    return walk(context, result, segments, path) as object;
  }, object);
}
