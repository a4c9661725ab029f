import { Type } from 'typebox';
import { attachPaymentMethod, newPaymentMethod, resolvePaymentMethod } from '../billing-engine/payment-methods.ts';
import { cardByNumber, cardByToken } from '../cards.ts';
import { invalidRequest } from '../errors.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import { listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';

const ONLY_TEST_CARDS = 'The local emulator takes Stripe test cards only. Never send it a real card number.';

const create = route({
  method: 'POST',
  path: '/v1/payment_methods',
  params: params({
    type: oneOf('card'),
    card: Type.Object({
      token: optional(Type.String()),
      number: optional(Type.String()),
      exp_month: optional(Type.Integer({ minimum: 1, maximum: 12 })),
      exp_year: optional(Type.Integer()),
      cvc: optional(Type.String()),
    }),
    billing_details: optional(Type.Object({ email: optional(Type.String()), name: optional(Type.String()) })),
    metadata: optional(Type.Record(Type.String(), Type.String())),
  }),
  handle: (context, { card, billing_details, metadata }) => {
    const known = cardByToken(card.token ?? '') ?? cardByNumber(card.number ?? '');
    if (!known) throw invalidRequest(ONLY_TEST_CARDS, { param: card.token ? 'card[token]' : 'card[number]' });
    const method = newPaymentMethod(context, {
      card: known,
      ...(card.exp_month && card.exp_year ? { expMonth: card.exp_month, expYear: card.exp_year } : {}),
      ...billing_details,
    });
    return context.update(method, { metadata: mergeMetadata({}, metadata) });
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/payment_methods/{payment_method}',
  params: params({}),
  handle: (context, _given, id) => resolvePaymentMethod(context, id, 'id'),
});

const update = route({
  method: 'POST',
  path: '/v1/payment_methods/{payment_method}',
  params: params({
    card: optional(
      Type.Object({
        exp_month: optional(Type.Integer({ minimum: 1, maximum: 12 })),
        exp_year: optional(Type.Integer()),
      }),
    ),
    metadata: optional(metadataParam),
  }),
  handle: (context, { card, metadata }, id) => {
    const method = context.need('payment_method', id);
    const next = { card: { ...method.card, ...card }, metadata: mergeMetadata(method.metadata, metadata) };
    return context.update(method, next, 'payment_method.updated');
  },
});

const attach = route({
  method: 'POST',
  path: '/v1/payment_methods/{payment_method}/attach',
  params: params({ customer: Type.String() }),
  handle: (context, { customer }, id) => {
    const owner = context.need('customer', customer, 'customer');
    return attachPaymentMethod(context, resolvePaymentMethod(context, id, 'id'), owner);
  },
});

const detach = route({
  method: 'POST',
  path: '/v1/payment_methods/{payment_method}/detach',
  params: params({}),
  handle: (context, _given, id) => {
    const method = context.need('payment_method', id);
    if (method.customer === null)
      throw invalidRequest(
        'The payment method you provided is not attached to a customer so detachment is impossible.',
        {
          code: 'payment_method_unexpected_state',
        },
      );
    const owner = context.need('customer', method.customer);
    if (owner.invoice_settings.default_payment_method === id)
      context.update(
        owner,
        { invoice_settings: { ...owner.invoice_settings, default_payment_method: null } },
        'customer.updated',
      );
    return context.update(method, { customer: null }, 'payment_method.detached');
  },
});

const list = route({
  method: 'GET',
  path: '/v1/payment_methods',
  params: listParams({ customer: optional(Type.String()), type: optional(oneOf('card')) }),
  handle: (context, given) => {
    const customer = given.customer ? context.need('customer', given.customer, 'customer').id : undefined;
    return listObjects(context.store, 'payment_method', '/v1/payment_methods', given, { customer });
  },
});

export const paymentMethodRoutes = [create, retrieve, update, attach, detach, list];
