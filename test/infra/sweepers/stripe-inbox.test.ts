import { sweepStripeInbox } from '../../../infra/sweepers/index.ts';
import { createApiHarness, member, type ApiHarness, type Member } from '../../api/harness.ts';

let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  own = await member(harness);
  harness.temporal.signals.length = 0;
});

let events = 0;
async function received(change: object = {}): Promise<string> {
  const eventId = `evt_${String((events += 1))}`;
  await harness.database
    .insertInto('stripeEvents')
    .values({
      eventId,
      type: 'invoice.paid',
      livemode: false,
      eventCreatedAt: new Date(),
      customerId: own.customerId,
      nextAttemptAt: new Date(0),
      ...change,
    })
    .execute();
  return eventId;
}
const row = (eventId: string) =>
  harness.database.selectFrom('stripeEvents').selectAll().where('eventId', '=', eventId).executeTakeFirstOrThrow();
const customer = (change: object) =>
  harness.database.updateTable('customers').set(change).where('customerId', '=', own.customerId).execute();

/** The sweeper runs in a worker, which serves all products. */
const worker = () => ({ ...harness.deps, database: harness.database });

test('an event nobody took is handed on and done; done stays done', async () => {
  const eventId = await received();
  expect(await sweepStripeInbox(worker())).toBe(1);
  expect(await row(eventId)).toMatchObject({ state: 'done', attempts: 1 });
  expect(await sweepStripeInbox(worker())).toBe(0);
  expect(harness.temporal.signals).toHaveLength(1);
});

test('several sweepers at once hand each event on once', async () => {
  for (let n = 0; n < 20; n += 1) await received();
  await Promise.all([0, 1, 2, 3].map(() => sweepStripeInbox(worker())));
  expect(harness.temporal.signals).toHaveLength(20);
});

test('for a customer who has left it is ignored without an alert', async () => {
  await customer({ phase: 'ended' });
  const eventId = await received();
  await sweepStripeInbox(worker());
  expect(await row(eventId)).toMatchObject({ state: 'ignored', reason: 'the customer has left' });
  expect(harness.temporal.signals).toEqual([]);
});

test.each([
  ['nobody is known for it yet', { customerId: null, stripeCustomerId: 'cus_unknown' }, {}],
  ['the workflow is not started yet', {}, { workflowStartedAt: null }],
])('%s: later, with a growing wait', async (_name, change, ofCustomer) => {
  await customer({ ...ofCustomer, phase: 'onboarding' });
  const eventId = await received(change);
  await sweepStripeInbox(worker());
  const first = await row(eventId);
  expect(first).toMatchObject({ state: 'received', attempts: 1, lastError: expect.any(String) as string });
  const wait = first.nextAttemptAt.getTime() - Date.now();
  await harness.database
    .updateTable('stripeEvents')
    .set({ nextAttemptAt: new Date(0), attempts: 5 })
    .where('eventId', '=', eventId)
    .execute();
  await sweepStripeInbox(worker());
  const later = await row(eventId);
  expect(later.nextAttemptAt.getTime() - Date.now()).toBeGreaterThan(wait);
  expect(harness.temporal.signals).toEqual([]);
});

test('it comes back when the customer is known', async () => {
  const eventId = await received({ customerId: null, stripeCustomerId: 'cus_late' });
  await sweepStripeInbox(worker());
  expect(await row(eventId)).toMatchObject({ state: 'received' });
  await customer({ stripeCustomerId: 'cus_late' });
  await harness.database
    .updateTable('stripeEvents')
    .set({ nextAttemptAt: new Date(0) })
    .where('eventId', '=', eventId)
    .execute();
  await sweepStripeInbox(worker());
  expect(await row(eventId)).toMatchObject({ state: 'done' });
});

test('after a day of nobody it is parked with the reason', async () => {
  const eventId = await received({
    customerId: null,
    stripeCustomerId: 'cus_never',
    receivedAt: new Date(Date.now() - 25 * 3_600_000),
  });
  await sweepStripeInbox(worker());
  expect(await row(eventId)).toMatchObject({
    state: 'parked',
    reason: 'no customer is known for it yet',
  });
});

test('with Temporal away it stays, and the sweep goes on to the next', async () => {
  const first = await received();
  const second = await received();
  harness.temporal.down = true;
  expect(await sweepStripeInbox(worker())).toBe(2);
  harness.temporal.down = false;
  expect([await row(first), await row(second)]).toMatchObject([
    { state: 'received', attempts: 1 },
    { state: 'received', attempts: 1 },
  ]);
});
