import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Interval, Price, Product } from '../objects/catalogue.ts';
import { clearable, listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { orNull } from '../values.ts';
import { createProduct, type NewProduct } from './products.ts';

const FIXED = {
  ...{ billing_scheme: 'per_unit', custom_unit_amount: null, livemode: false, tax_behavior: 'unspecified' },
  ...{ tiers_mode: null, transform_quantity: null },
};
const CURRENCY = /^[a-z]{3}$/i;

/** A lookup key stands for one price at a time; `transfer_lookup_key` takes it from the one that has it. */
function claimLookupKey(context: Context, key: string, transfer: boolean, self?: string): void {
  const holder = context.store.all('price', { lookup_key: key }).find(({ id }) => id !== self);
  if (!holder) return;
  if (!transfer)
    throw invalidRequest(
      `A price (\`${holder.id}\`) already uses that lookup key. Pass \`transfer_lookup_key=true\` to remove the lookup key from that price.`,
      { param: 'lookup_key' },
    );
  context.update(holder, { lookup_key: null }, 'price.updated');
}

interface RecurringParam {
  interval: Interval;
  interval_count?: number;
}

/** Three years. */
const LONGEST: Readonly<Record<Interval, number>> = { day: 1095, week: 156, month: 36, year: 3 };

function recurringOf({ interval, interval_count = 1 }: RecurringParam) {
  const most = LONGEST[interval];
  if (interval_count > most)
    throw invalidRequest(`Invalid interval_count: the longest is three years, ${String(most)} for ${interval}.`, {
      param: 'recurring[interval_count]',
    });
  return { interval, interval_count, meter: null, usage_type: 'licensed' };
}

interface ProductParams {
  product?: string;
  product_data?: NewProduct;
}

function productOf(context: Context, { product, product_data }: ProductParams): Product {
  if (product_data) return createProduct(context, product_data);
  if (product) return context.need('product', product, 'product');
  throw invalidRequest('You must specify either `product` or `product_data` when creating a price.', {
    code: 'parameter_missing',
    param: 'product',
  });
}

const create = route({
  method: 'POST',
  path: '/v1/prices',
  params: params({
    active: optional(Type.Boolean()),
    currency: Type.String(),
    lookup_key: optional(Type.String()),
    metadata: optional(metadataParam),
    nickname: optional(Type.String()),
    product: optional(Type.String()),
    product_data: optional(
      Type.Object({ id: optional(Type.String()), name: Type.String(), metadata: optional(metadataParam) }),
    ),
    recurring: optional(
      Type.Object({
        interval: oneOf('day', 'week', 'month', 'year'),
        interval_count: optional(Type.Integer({ minimum: 1 })),
      }),
    ),
    transfer_lookup_key: optional(Type.Boolean()),
    unit_amount: Type.Integer({ minimum: 0, maximum: 99_999_999 }),
  }),
  handle: (context, given) => {
    const { recurring, lookup_key } = given;
    if (!CURRENCY.test(given.currency))
      throw invalidRequest(`Invalid currency: ${given.currency}`, { param: 'currency' });
    if (lookup_key) claimLookupKey(context, lookup_key, given.transfer_lookup_key ?? false);
    const price: Price = {
      id: newId('price'),
      object: 'price',
      ...FIXED,
      ...orNull(given, 'lookup_key', 'nickname'),
      ...{ active: given.active ?? true, created: context.now(), currency: given.currency.toLowerCase() },
      ...{ metadata: mergeMetadata({}, given.metadata), product: productOf(context, given).id },
      ...{ recurring: recurring ? recurringOf(recurring) : null, type: recurring ? 'recurring' : 'one_time' },
      ...{ unit_amount: given.unit_amount, unit_amount_decimal: String(given.unit_amount) },
    };
    return context.create(price, 'price.created');
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/prices/{price}',
  params: params({}),
  handle: (context, _given, id) => context.need('price', id),
});

const update = route({
  method: 'POST',
  path: '/v1/prices/{price}',
  params: params({
    active: optional(Type.Boolean()),
    lookup_key: optional(clearable(Type.String())),
    metadata: optional(metadataParam),
    nickname: optional(clearable(Type.String())),
    transfer_lookup_key: optional(Type.Boolean()),
  }),
  handle: (context, { active, lookup_key, metadata, nickname, transfer_lookup_key }, id) => {
    const price = context.need('price', id);
    if (lookup_key) claimLookupKey(context, lookup_key, transfer_lookup_key ?? false, id);
    const patch: Partial<Price> = {
      active: active ?? price.active,
      metadata: mergeMetadata(price.metadata, metadata),
      ...(lookup_key === undefined ? {} : { lookup_key: lookup_key || null }),
      ...(nickname === undefined ? {} : { nickname: nickname || null }),
    };
    return context.update(price, patch, 'price.updated');
  },
});

const list = route({
  method: 'GET',
  path: '/v1/prices',
  params: listParams({
    active: optional(Type.Boolean()),
    currency: optional(Type.String()),
    lookup_keys: optional(Type.Array(Type.String())),
    product: optional(Type.String()),
    type: optional(oneOf('one_time', 'recurring')),
  }),
  handle: ({ store }, given) => {
    const { active, currency, product, type, lookup_keys } = given;
    const where = { active, currency, product, type };
    if (!lookup_keys) return listObjects(store, 'price', '/v1/prices', given, where);
    const data = lookup_keys.flatMap((lookup_key) => store.all('price', { ...where, lookup_key }));
    return { object: 'list', data, has_more: false, url: '/v1/prices' };
  },
});

export const priceRoutes = [create, retrieve, update, list];
