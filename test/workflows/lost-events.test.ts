import { sql } from 'kysely';
import { knownEvents } from '../../infra/db/repositories/stripe-events.ts';
import { sweepMissedEvents } from '../../infra/sweepers/index.ts';
import { missedEvents } from '../../workers/missed-events.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, type SignedUp } from '../support/lifecycle.ts';
import { Subscribers } from '../support/subscribers.ts';

let harness: LifecycleHarness;
let people: Subscribers;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
  people = new Subscribers(harness);
});
afterAll(() => harness.close());

const setEndpoint = async (disabled: boolean): Promise<void> => {
  const { data } = await harness.stripe.webhookEndpoints.list({ limit: 10 });
  for (const { id } of data) await harness.stripe.webhookEndpoints.update(id, { disabled });
};

/** Has completed their Checkout, and no event of it comes. */
async function unheard(): Promise<SignedUp> {
  const customer = await harness.inTrial();
  const url = await harness.checkout(customer.customerId, 'now');
  await setEndpoint(true);
  await harness.pay(url);
  expect((await harness.row(customer.customerId)).phase).toBe('trial');
  return customer;
}

test('what no webhook brought is found in Stripe’s own list, once, and acted upon', async () => {
  const { customerId: id } = await unheard();
  const stripeEvents = missedEvents(harness.stripe, false);
  const find = () => sweepMissedEvents({ ...harness.sweeperDeps(), stripeEvents });
  expect(await find()).toBeGreaterThan(0);
  await people.untilStatus(id, 'active');
  expect(await people.paid(id)).toEqual([9_900]);
  // What followed is missed too, until nothing more does. By then a pass has begun at an event that has settled.
  await harness.database
    .updateTable('stripeEvents')
    .set({ receivedAt: sql<Date>`received_at - interval '1 hour'` })
    .execute();
  await eventually('nothing more', async () => (await find()) === 0 || undefined);
  const states = async () => {
    const rows = harness.database.selectFrom('stripeEvents').select(['type', 'state']).where('customerId', '=', id);
    return (await rows.execute()).map(({ type, state }) => `${type} ${state}`);
  };
  await eventually('all to be acted upon', async () => {
    if ((await states()).some((one) => one.endsWith('received'))) throw new Error((await states()).join());
    return true;
  });
  expect(await states()).toContain('checkout.session.completed done');

  // Nobody looked while one was missed and the next one came.
  const { stripeCustomerId } = await harness.row(id);
  await harness.stripe.customers.update(stripeCustomerId ?? '', { description: 'missed' });
  const missed = (await harness.stripe.events.list({ limit: 1 })).data[0]?.id ?? '';
  await setEndpoint(false);
  await harness.stripe.customers.update(stripeCustomerId ?? '', { description: 'brought' });
  const brought = (await harness.stripe.events.list({ limit: 1 })).data[0]?.id ?? '';
  const has = async (eventId: string) => (await knownEvents(harness.database, [eventId])).has(eventId);
  await eventually('the next one', async () => (await has(brought)) || undefined);
  await harness.database
    .updateTable('stripeEvents')
    .set({ receivedAt: sql<Date>`received_at - interval '1 hour'` })
    .execute();
  expect(await has(missed)).toBe(false);
  await find();
  expect(await has(missed)).toBe(true);
});
