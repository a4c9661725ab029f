import { Type } from 'typebox';
import { addIntervals, DAY } from '../billing-engine/periods.ts';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import { listObjects } from '../lists.ts';
import type { TestClock } from '../objects/platform.ts';
import { listParams, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { deleteCustomer } from './customers.ts';

const LIFE = 30 * DAY;
const TWO_YEARS = 2 * 365 * DAY;

const create = route({
  method: 'POST',
  path: '/v1/test_helpers/test_clocks',
  params: params({ frozen_time: Type.Integer({ minimum: 0 }), name: optional(Type.String()) }),
  handle: (context, { frozen_time, name }) => {
    const created = context.now();
    const clock: TestClock = {
      id: newId('test_helpers.test_clock'),
      object: 'test_helpers.test_clock',
      ...{ created, deletes_after: created + LIFE, frozen_time, livemode: false, name: name ?? null },
      ...{ status: 'ready', status_details: {} },
    };
    return context.create(clock, 'test_helpers.test_clock.created');
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/test_helpers/test_clocks/{test_clock}',
  params: params({}),
  handle: (context, _given, id) => context.need('test_helpers.test_clock', id),
});

const list = route({
  method: 'GET',
  path: '/v1/test_helpers/test_clocks',
  params: listParams({}),
  handle: ({ store }, given) => listObjects(store, 'test_helpers.test_clock', '/v1/test_helpers/test_clocks', given),
});

/** Stripe's limit: two intervals of the shortest subscription on the clock, two years when there is none. */
function furthest(context: Context, clock: TestClock): number {
  const limits = context.store
    .all('subscription', { test_clock: clock.id })
    .filter(({ ended_at }) => ended_at === null)
    .flatMap(({ items }) => items.data)
    .map(({ price }) => (price.recurring ? addIntervals(clock.frozen_time, price.recurring, 2) : Infinity));
  return Math.min(clock.frozen_time + TWO_YEARS, ...limits);
}

const advance = route({
  method: 'POST',
  path: '/v1/test_helpers/test_clocks/{test_clock}/advance',
  params: params({ frozen_time: Type.Integer({ minimum: 0 }) }),
  handle: (context, { frozen_time }, id) => {
    const clock = context.need('test_helpers.test_clock', id);
    if (clock.status === 'advancing')
      throw invalidRequest(
        'Test clock advancement underway - cannot advance the test clock until it is ready.',
        {
          code: 'test_clock_not_ready',
        },
        429,
      );
    if (frozen_time <= clock.frozen_time)
      throw invalidRequest('The time to advance to must be after the current frozen time of the test clock.', {
        param: 'frozen_time',
      });
    if (frozen_time > furthest(context, clock))
      throw invalidRequest(
        'The time to advance to cannot be more than two intervals in the future from the shortest subscription interval on the test clock.',
        { param: 'frozen_time' },
      );
    const status_details = { advancing: { target_frozen_time: frozen_time } };
    const advancing = context.update(clock, { status: 'advancing', status_details });
    context.emit('test_helpers.test_clock.advancing', advancing);
    context.settings.onAdvance(id);
    return advancing;
  },
});

const remove = route({
  method: 'DELETE',
  path: '/v1/test_helpers/test_clocks/{test_clock}',
  params: Type.Object({}),
  handle: (context, _given, id) => {
    const clock = context.need('test_helpers.test_clock', id);
    for (const customer of context.store.all('customer', { test_clock: id })) deleteCustomer(context, customer);
    context.remove(clock, 'test_helpers.test_clock.deleted');
    return { id, object: 'test_helpers.test_clock', deleted: true };
  },
});

export const testClockRoutes = [create, retrieve, list, advance, remove];
