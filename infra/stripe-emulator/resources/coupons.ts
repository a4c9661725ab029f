import { Type } from 'typebox';
import { invalidRequest } from '../errors.ts';
import { randomText } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Coupon } from '../objects/catalogue.ts';
import { orNull } from '../values.ts';
import { clearable, listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';

interface Terms {
  amount_off?: number;
  currency?: string;
  duration?: string;
  duration_in_months?: number;
  percent_off?: number;
}

function checkTerms({ amount_off, currency, duration, duration_in_months, percent_off }: Terms): void {
  if ((amount_off === undefined) === (percent_off === undefined))
    throw invalidRequest('Must provide either percent_off or amount_off and currency, and not both.');
  if (amount_off !== undefined && currency === undefined)
    throw invalidRequest('You must pass currency when passing amount_off', { param: 'currency' });
  if ((duration === 'repeating') !== (duration_in_months !== undefined))
    throw invalidRequest('duration_in_months goes with duration=repeating.', { param: 'duration_in_months' });
}

const create = route({
  method: 'POST',
  path: '/v1/coupons',
  params: params({
    amount_off: optional(Type.Integer({ minimum: 1 })),
    currency: optional(Type.String()),
    duration: optional(oneOf('once', 'repeating', 'forever')),
    duration_in_months: optional(Type.Integer({ minimum: 1 })),
    id: optional(Type.String()),
    max_redemptions: optional(Type.Integer({ minimum: 1 })),
    metadata: optional(metadataParam),
    name: optional(Type.String()),
    percent_off: optional(Type.Number({ minimum: 0, maximum: 100 })),
    redeem_by: optional(Type.Integer()),
  }),
  handle: (context, given) => {
    checkTerms(given);
    if (given.id && context.store.find('coupon', given.id))
      throw invalidRequest('Coupon already exists.', { code: 'resource_already_exists', param: 'id' });
    const coupon: Coupon = {
      id: given.id ?? randomText(8),
      object: 'coupon',
      ...orNull(given, 'amount_off', 'currency', 'duration_in_months', 'max_redemptions', 'name', 'percent_off'),
      ...orNull(given, 'redeem_by'),
      ...{ created: context.now(), duration: given.duration ?? 'once', livemode: false },
      ...{ metadata: mergeMetadata({}, given.metadata), times_redeemed: 0, valid: true },
    };
    return context.create(coupon, 'coupon.created');
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/coupons/{coupon}',
  params: params({}),
  handle: (context, _given, id) => context.need('coupon', id),
});

const update = route({
  method: 'POST',
  path: '/v1/coupons/{coupon}',
  params: params({ metadata: optional(metadataParam), name: optional(clearable(Type.String())) }),
  handle: (context, { metadata, name }, id) => {
    const coupon = context.need('coupon', id);
    const patch = name === undefined ? {} : { name: name || null };
    const next = { ...patch, metadata: mergeMetadata(coupon.metadata, metadata) };
    return context.update(coupon, next, 'coupon.updated');
  },
});

const remove = route({
  method: 'DELETE',
  path: '/v1/coupons/{coupon}',
  params: Type.Object({}),
  handle: (context, _given, id) => {
    context.remove(context.need('coupon', id), 'coupon.deleted');
    return { id, object: 'coupon', deleted: true };
  },
});

const list = route({
  method: 'GET',
  path: '/v1/coupons',
  params: listParams({}),
  handle: ({ store }, given) => listObjects(store, 'coupon', '/v1/coupons', given),
});

export const couponRoutes = [create, retrieve, update, remove, list];
