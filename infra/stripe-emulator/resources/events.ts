import { Type } from 'typebox';
import { noSuch } from '../errors.ts';
import { findEvent, withPending, type StripeEvent } from '../events.ts';
import { listEvents } from '../lists.ts';
import { listParams, optional, params } from '../params.ts';
import { route } from '../routes.ts';

const retrieve = route({
  method: 'GET',
  path: '/v1/events/{id}',
  params: params({}),
  handle: ({ store }, _given, id) => {
    const event = findEvent(store, id);
    if (!event) throw noSuch('event', id, 'id');
    return event;
  },
});

const list = route({
  method: 'GET',
  path: '/v1/events',
  params: listParams({
    delivery_success: optional(Type.Boolean()),
    type: optional(Type.String()),
    types: optional(Type.Array(Type.String(), { maxItems: 20 })),
  }),
  handle: ({ store }, given) => {
    const found = listEvents(store, given, given.types ?? (given.type ? [given.type] : []));
    return { ...found, data: found.data.map((event) => withPending(store, event as StripeEvent)) };
  },
});

export const eventRoutes = [retrieve, list];
