import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId, randomText } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { PromotionCode } from '../objects/catalogue.ts';
import { listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { orNull } from '../values.ts';

/** Upper and lower case are one, and of the active codes none is there twice. */
function checkUnused({ store }: Context, code: string): void {
  const same = store.all('promotion_code').find((one) => one.active && one.code.toLowerCase() === code.toLowerCase());
  if (same)
    throw invalidRequest('An active promotion code with `code: ' + code + '` already exists.', {
      code: 'resource_already_exists',
      param: 'code',
    });
}

const create = route({
  method: 'POST',
  path: '/v1/promotion_codes',
  params: params({
    active: optional(Type.Boolean()),
    code: optional(Type.String()),
    customer: optional(Type.String()),
    expires_at: optional(Type.Integer()),
    max_redemptions: optional(Type.Integer({ minimum: 1 })),
    metadata: optional(metadataParam),
    promotion: Type.Object({ type: oneOf('coupon'), coupon: Type.String() }),
    restrictions: optional(
      Type.Object({
        first_time_transaction: optional(Type.Boolean()),
        minimum_amount: optional(Type.Integer({ minimum: 1 })),
        minimum_amount_currency: optional(Type.String()),
      }),
    ),
  }),
  handle: (context, given) => {
    const coupon = context.need('coupon', given.promotion.coupon, 'promotion[coupon]');
    const code = given.code ?? randomText(8).toUpperCase();
    checkUnused(context, code);
    if (given.customer) context.need('customer', given.customer, 'customer');
    const { first_time_transaction = false, ...minimum } = given.restrictions ?? {};
    const promotion: PromotionCode = {
      id: newId('promotion_code'),
      object: 'promotion_code',
      ...orNull(given, 'customer', 'expires_at', 'max_redemptions'),
      ...{ active: (given.active ?? true) && coupon.valid, code, created: context.now(), customer_account: null },
      ...{ livemode: false, metadata: mergeMetadata({}, given.metadata), times_redeemed: 0 },
      promotion: { type: 'coupon', coupon: coupon.id },
      restrictions: { first_time_transaction, ...orNull(minimum, 'minimum_amount', 'minimum_amount_currency') },
    };
    return context.create(promotion, 'promotion_code.created');
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/promotion_codes/{promotion_code}',
  params: params({}),
  handle: (context, _given, id) => context.need('promotion_code', id),
});

const update = route({
  method: 'POST',
  path: '/v1/promotion_codes/{promotion_code}',
  params: params({ active: optional(Type.Boolean()), metadata: optional(metadataParam) }),
  handle: (context, { active, metadata }, id) => {
    const found = context.need('promotion_code', id);
    if (active && !found.active) checkUnused(context, found.code);
    const next = { active: active ?? found.active, metadata: mergeMetadata(found.metadata, metadata) };
    return context.update(found, next, 'promotion_code.updated');
  },
});

const list = route({
  method: 'GET',
  path: '/v1/promotion_codes',
  params: listParams({
    active: optional(Type.Boolean()),
    code: optional(Type.String()),
    coupon: optional(Type.String()),
    customer: optional(Type.String()),
  }),
  handle: ({ store }, given) => {
    const { active, code, coupon, customer } = given;
    const where = { active, code, customer, 'promotion.coupon': coupon };
    return listObjects(store, 'promotion_code', '/v1/promotion_codes', given, where);
  },
});

export const promotionCodeRoutes = [create, retrieve, update, list];
