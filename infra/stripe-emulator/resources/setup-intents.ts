import { Type } from 'typebox';
import { resolvePaymentMethod } from '../billing-engine/payment-methods.ts';
import { confirmSetupIntent, newSetupIntent } from '../billing-engine/setup-intents.ts';
import { invalidRequest } from '../errors.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import { listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';

const create = route({
  method: 'POST',
  path: '/v1/setup_intents',
  params: params({
    confirm: optional(Type.Boolean()),
    customer: optional(Type.String()),
    metadata: optional(Type.Record(Type.String(), Type.String())),
    payment_method: optional(Type.String()),
    return_url: optional(Type.String()),
    usage: optional(oneOf('off_session')),
  }),
  handle: (context, { confirm, customer, metadata, payment_method }) => {
    const owner = customer ? context.need('customer', customer, 'customer').id : null;
    const intent = newSetupIntent(context, owner, mergeMetadata({}, metadata));
    if (!payment_method) return intent;
    const method = resolvePaymentMethod(context, payment_method, 'payment_method');
    if (confirm) return confirmSetupIntent(context, intent, method);
    return context.update(intent, { payment_method: method.id, status: 'requires_confirmation' });
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/setup_intents/{intent}',
  params: params({}),
  handle: (context, _given, id) => context.need('setup_intent', id),
});

const update = route({
  method: 'POST',
  path: '/v1/setup_intents/{intent}',
  params: params({ metadata: optional(metadataParam) }),
  handle: (context, { metadata }, id) => {
    const intent = context.need('setup_intent', id);
    return context.update(intent, { metadata: mergeMetadata(intent.metadata, metadata) });
  },
});

const confirm = route({
  method: 'POST',
  path: '/v1/setup_intents/{intent}/confirm',
  params: params({ payment_method: optional(Type.String()), return_url: optional(Type.String()) }),
  handle: (context, { payment_method }, id) => {
    const intent = context.need('setup_intent', id);
    if (intent.status === 'succeeded' || intent.status === 'canceled')
      throw invalidRequest(`This SetupIntent's status is ${intent.status}, so it cannot be confirmed.`, {
        code: 'setup_intent_unexpected_state',
      });
    const chosen = payment_method ?? intent.payment_method;
    if (!chosen) throw invalidRequest('Missing required param: payment_method.', { param: 'payment_method' });
    return confirmSetupIntent(context, intent, resolvePaymentMethod(context, chosen, 'payment_method'));
  },
});

const cancel = route({
  method: 'POST',
  path: '/v1/setup_intents/{intent}/cancel',
  params: params({}),
  handle: (context, _given, id) => {
    const intent = context.need('setup_intent', id);
    if (intent.status === 'succeeded' || intent.status === 'canceled')
      throw invalidRequest(`You cannot cancel this SetupIntent because it has a status of ${intent.status}.`, {
        code: 'setup_intent_unexpected_state',
      });
    const canceled = context.update(intent, { status: 'canceled' });
    context.emit('setup_intent.canceled', canceled);
    return canceled;
  },
});

const list = route({
  method: 'GET',
  path: '/v1/setup_intents',
  params: listParams({ customer: optional(Type.String()), payment_method: optional(Type.String()) }),
  handle: ({ store }, given) => {
    const { customer, payment_method } = given;
    return listObjects(store, 'setup_intent', '/v1/setup_intents', given, { customer, payment_method });
  },
});

export const setupIntentRoutes = [create, retrieve, update, confirm, cancel, list];
