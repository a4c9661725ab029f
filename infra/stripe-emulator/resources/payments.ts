import { Type } from 'typebox';
import { listObjects } from '../lists.ts';
import { listParams, optional, params } from '../params.ts';
import { route } from '../routes.ts';

const retrieveIntent = route({
  method: 'GET',
  path: '/v1/payment_intents/{intent}',
  params: params({}),
  handle: (context, _given, id) => context.need('payment_intent', id),
});

const listIntents = route({
  method: 'GET',
  path: '/v1/payment_intents',
  params: listParams({ customer: optional(Type.String()) }),
  handle: ({ store }, given) =>
    listObjects(store, 'payment_intent', '/v1/payment_intents', given, { customer: given.customer }),
});

const retrieveCharge = route({
  method: 'GET',
  path: '/v1/charges/{charge}',
  params: params({}),
  handle: (context, _given, id) => context.need('charge', id),
});

const listCharges = route({
  method: 'GET',
  path: '/v1/charges',
  params: listParams({ customer: optional(Type.String()), payment_intent: optional(Type.String()) }),
  handle: ({ store }, given) => {
    const { customer, payment_intent } = given;
    return listObjects(store, 'charge', '/v1/charges', given, { customer, payment_intent });
  },
});

export const paymentRoutes = [retrieveIntent, listIntents, retrieveCharge, listCharges];
