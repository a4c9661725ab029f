import Stripe from 'stripe';
import { deliverEvent } from '../../infra/inbox/deliver-event.ts';
import { STRIPE_EVENTS } from '../../api/webhooks/events.ts';
import { sweepStripeInbox } from '../../infra/sweepers/index.ts';
import { eventually } from '../support/eventually.ts';
import { WEBHOOK_SECRET, createApiHarness, member, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
/** Known once the customer has signed up; the tables below are built before that. */
let ownId = 'cust_nobody';
beforeAll(async () => {
  harness = await createApiHarness();
  ownId = (await member(harness)).customerId;
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.temporal.signals.length = 0;
});

const { webhooks } = new Stripe('sk_test_x');
let events = 0;

function event(change: object = {}, object: object = {}) {
  const id = `evt_${String((events += 1))}`;
  const subject = {
    id: `in_${id}`,
    object: 'invoice',
    customer: 'cus_1',
    metadata: { customer_id: ownId },
    customer_email: 'canary-mail@example.com',
    ...object,
  };
  return {
    id,
    object: 'event',
    type: 'invoice.paid',
    api_version: Stripe.API_VERSION,
    created: 1_790_000_000,
    livemode: false,
    data: { object: subject },
    ...change,
  };
}

const sign = (payload: string, { secret = WEBHOOK_SECRET, age = 0 } = {}): string =>
  webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(Date.now() / 1000) - age });

function send(body: object | string, headers?: Record<string, string>, url = '/webhooks/stripe') {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const signed = headers ?? { 'stripe-signature': sign(payload) };
  return harness.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/json', ...signed },
  });
}

const row = (id: string) =>
  harness.database.selectFrom('stripeEvents').selectAll().where('eventId', '=', id).executeTakeFirst();
const settled = (id: string, state: string) =>
  eventually(`${id} to be ${state}`, async () => {
    const found = await row(id);
    return found?.state === state && found;
  });

describe('S0-14 an event', () => {
  test.each(['/webhooks/stripe', '/stripe/webhook'])(
    'at %s is stored by its ids, answered, and handed on as a hint (S2-5)',
    async (url) => {
      const sent = event();
      const reply = await send(sent, undefined, url);
      expect(reply.statusCode).toBe(200);
      expect(await settled(sent.id, 'done')).toMatchObject({
        type: 'invoice.paid',
        objectId: `in_${sent.id}`,
        stripeCustomerId: 'cus_1',
        customerId: ownId,
        livemode: false,
      });
      expect(harness.temporal.signals).toEqual([
        {
          workflowId: `customer/${ownId}`,
          name: 'billingChanged',
          argument: { eventId: sent.id, kind: 'invoice.paid' },
        },
      ]);
      expect(JSON.stringify(await row(sent.id))).not.toContain('canary-mail');
    },
  );

  test.each([
    ['a NUL in its id', event({ id: 'evt_\0' }), 400],
    ['a NUL in its type', event({ type: 'invoice\0paid' }), 400],
    ['a NUL in its version', event({ api_version: '2026\0' }), 400],
    ['a moment no calendar has', event({ created: 1e15 }), 400],
    ['a moment before all', event({ created: -1e12 }), 400],
    [
      'NULs in the ids of its object',
      event({}, { id: 'in_\0', customer: 'cus_\ud800', metadata: { customer_id: '\0' } }),
      200,
    ],
  ])('rightly signed, with %s, is answered for good', async (_name, sent, status) => {
    expect((await send(sent)).statusCode).toBe(status);
    if (status === 200)
      expect(await settled(sent.id, 'ignored')).toMatchObject({
        ...{ objectId: null, stripeCustomerId: null, customerId: null },
        reason: 'its object belongs to no customer',
      });
  });

  test('S0-21: has one row in the audit trail, however often it is delivered; what nobody uses has none', async () => {
    const [sent, ignored] = [event(), event({ type: 'price.created' })];
    for (const each of [sent, ignored]) await send(each);
    await settled(sent.id, 'done');
    await settled(ignored.id, 'ignored');
    const { database, temporal } = harness.deps;
    const again = { eventId: sent.id, type: sent.type, customerId: ownId, stripeCustomerId: null };
    await deliverEvent({ database, temporal }, { ...again, stripePaymentIntentId: null, receivedAt: new Date() });
    const audited = await harness.database
      .selectFrom('auditEvents')
      .select(['customerId', 'actor', 'details'])
      .where('action', '=', 'webhook.done')
      .where('commandId', 'in', [sent.id, ignored.id])
      .execute();
    expect(audited).toEqual([
      { customerId: ownId, actor: 'stripe', details: { eventId: sent.id, type: 'invoice.paid' } },
    ]);
  });

  test('sent again is answered and nothing else', async () => {
    const sent = event();
    await send(sent);
    await settled(sent.id, 'done');
    harness.temporal.signals.length = 0;
    const replies = await Promise.all([send(sent), send(sent), send(sent)]);
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(harness.temporal.signals).toEqual([]);
  });

  test('of an invoice is known by the metadata of its subscription', async () => {
    const parent = { subscription_details: { metadata: { customer_id: ownId } } };
    const sent = event({}, { metadata: {}, parent });
    await send(sent);
    expect(await settled(sent.id, 'done')).toMatchObject({ customerId: ownId });
  });

  test('is known by the Stripe customer when it carries no id of ours (S3-3)', async () => {
    const { customerId } = await member(harness);
    await harness.database
      .updateTable('customers')
      .set({ stripeCustomerId: 'cus_9' })
      .where('customerId', '=', customerId)
      .execute();
    const sent = event({}, { metadata: null, customer: { id: 'cus_9' } });
    await send(sent);
    await settled(sent.id, 'done');
    expect(harness.temporal.signals).toMatchObject([{ workflowId: `customer/${customerId}` }]);
  });

  test.each(Object.entries(STRIPE_EVENTS))('of type %s is taken', async (type, { object }) => {
    const sent = event({ type }, { object });
    expect((await send(sent)).statusCode).toBe(200);
    expect(await settled(sent.id, 'done')).toMatchObject({ reason: null, attempts: 1 });
  });
});

test.each(['2019-01-01', null])('an event of API version %s is a hint like any other', async (api_version) => {
  const sent = event({ api_version });
  expect((await send(sent)).statusCode).toBe(200);
  expect(await settled(sent.id, 'done')).toMatchObject({ reason: null });
  harness.temporal.signals.length = 0;
});

describe('set aside with a reason, and answered 200', () => {
  test.each([
    ['an unknown type', event({ type: 'invoice.upcoming' }), 'ignored', 'Tenure does not use events of this type'],
    [
      'the other mode',
      event({ livemode: true }),
      'parked',
      'it is of live mode, which is not the mode of this installation',
    ],
    ['another kind of object', event({}, { object: 'charge' }), 'parked', 'its object does not match its type'],
    [
      'an object of nobody',
      event({}, { customer: null, metadata: {} }),
      'ignored',
      'its object belongs to no customer',
    ],
  ])('%s', async (_name, sent, state, reason) => {
    expect((await send(sent)).statusCode).toBe(200);
    const stored = await settled(sent.id, state);
    expect(stored.reason).toContain(reason);
    expect(stored.doneAt !== null).toBe(state === 'ignored');
    expect(harness.temporal.signals).toEqual([]);
    expect(await sweepStripeInbox(harness.deps)).toBe(0);
  });
});

describe('refused with 400, nothing stored', () => {
  const good = JSON.stringify(event());
  test.each([
    ['no signature', good, {}],
    ['an empty signature', good, { 'stripe-signature': '' }],
    ['nonsense', good, { 'stripe-signature': 'v1=abc' }],
    ['another secret', good, { 'stripe-signature': sign(good, { secret: 'whsec_other' }) }],
    ['an empty secret', good, { 'stripe-signature': webhooks.generateTestHeaderString({ payload: good, secret: '' }) }],
    ['a signature of another body', `${good} `, { 'stripe-signature': sign(good) }],
    ['a signature older than five minutes', good, { 'stripe-signature': sign(good, { age: 301 }) }],
    ['an empty body', '', { 'stripe-signature': sign('') }],
    ['malformed JSON, signed', '{"id":', { 'stripe-signature': sign('{"id":') }],
  ])('%s', async (_name, body, headers: Record<string, string>) => {
    const before = await harness.count('stripeEvents');
    const reply = await send(body, headers);
    expect(reply.statusCode).toBe(400);
    expect(Object.keys(reply.json<object>()).sort()).toEqual(['code', 'error', 'message', 'problems']);
    expect(await harness.count('stripeEvents')).toBe(before);
    expect(harness.log()).not.toContain('whsec');
    expect(harness.log()).not.toContain('canary-mail');
  });

  test('more than a megabyte: 413', async () => {
    expect((await send(JSON.stringify({ x: 'y'.repeat(1_100_000) }))).statusCode).toBe(413);
  });

  test.each(['{}', '[]', '1', '{"id":"evt_x","object":"event"}', '{"id":"evt_x","type":"invoice.paid","data":{}}'])(
    'signed, but no event: %s',
    async (body) => {
      const before = await harness.count('stripeEvents');
      expect((await send(body)).statusCode).toBe(400);
      expect(await harness.count('stripeEvents')).toBe(before);
    },
  );
});

test('5xx only when the row could not be written, so that Stripe sends it again', async () => {
  const broken = new Proxy(harness.deps.database, {
    get: () => {
      throw new Error('no database');
    },
  });
  const app = await harness.another({ everyProduct: broken });
  const payload = JSON.stringify(event());
  const headers = { 'stripe-signature': sign(payload), 'content-type': 'application/json' };
  expect((await app.inject({ method: 'POST', url: '/webhooks/stripe', payload, headers })).statusCode).toBe(500);
});

test('with Temporal away it is stored, answered, and handed on later', async () => {
  harness.temporal.down = true;
  const sent = event();
  expect((await send(sent)).statusCode).toBe(200);
  expect(await row(sent.id)).toMatchObject({ state: 'received' });
  harness.temporal.down = false;
  await harness.database
    .updateTable('stripeEvents')
    .set({ nextAttemptAt: new Date(0) })
    .where('eventId', '=', sent.id)
    .execute();
  await sweepStripeInbox(harness.deps);
  expect(await row(sent.id)).toMatchObject({ state: 'done' });
  // The route's own first try may still be under way and succeed too: the same hint twice counts once.
  const hinted = harness.temporal.signals.map(({ argument }) => (argument as { eventId: string }).eventId);
  expect([...new Set(hinted)]).toEqual([sent.id]);
});
