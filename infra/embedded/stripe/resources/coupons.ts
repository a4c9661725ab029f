import { Type } from 'typebox';
import { invalidRequest } from '../errors.ts';
import { randomText } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Coupon } from '../objects/catalogue.ts';
import { clearable, listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';

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
    const { amount_off, percent_off, duration = 'once', duration_in_months } = given;
    if ((amount_off === undefined) === (percent_off === undefined))
      throw invalidRequest('Must provide either percent_off or amount_off and currency, and not both.');
    if (amount_off !== undefined && given.currency === undefined)
      throw invalidRequest('You must pass currency when passing amount_off', { param: 'currency' });
    if ((duration === 'repeating') !== (duration_in_months !== undefined))
      throw invalidRequest('duration_in_months goes with duration=repeating.', { param: 'duration_in_months' });
    if (given.id && context.store.find('coupon', given.id))
      throw invalidRequest('Coupon already exists.', { code: 'resource_already_exists', param: 'id' });
    const coupon: Coupon = {
      id: given.id ?? randomText(8),
      object: 'coupon',
      ...{ amount_off: amount_off ?? null, created: context.now(), currency: given.currency ?? null, duration },
      ...{ duration_in_months: duration_in_months ?? null, livemode: false },
      ...{ max_redemptions: given.max_redemptions ?? null, metadata: mergeMetadata({}, given.metadata) },
      ...{ name: given.name ?? null, percent_off: percent_off ?? null, redeem_by: given.redeem_by ?? null },
      ...{ times_redeemed: 0, valid: true },
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
