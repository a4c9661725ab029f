import { randomUUID } from 'node:crypto';
import { sweepStripeInbox } from '../../infra/sweepers/index.ts';
import {
  STAFF_TOKEN,
  SUPPORT_TOKEN,
  createApiHarness,
  member,
  staff,
  type ApiHarness,
  type Member,
} from './harness.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  own = await member(harness, { company_name: 'Orbit' });
  harness.temporal.signals.length = 0;
  await harness.database.deleteFrom('stripeEvents').execute();
});

let events = 0;
const AN_HOUR_AGO = (): Date => new Date(Date.now() - 3_600_000);
/** A stored event that is not due at the moment, unless changed. */
async function received(change: object = {}): Promise<string> {
  const eventId = `evt_${String((events += 1))}`;
  const row = { eventId, type: 'invoice.paid', livemode: false, eventCreatedAt: AN_HOUR_AGO(), attempts: 1 };
  const later = { customerId: own.customerId, nextAttemptAt: new Date(Date.now() + 600_000) };
  await harness.database
    .insertInto('stripeEvents')
    .values({ ...row, ...later, ...change })
    .execute();
  return eventId;
}
const row = (eventId: string) =>
  harness.database.selectFrom('stripeEvents').selectAll().where('eventId', '=', eventId).executeTakeFirstOrThrow();
const PARKED = { state: 'parked', reason: 'the workflow it is for is not running' } as const;

interface Listed {
  readonly events: readonly { readonly event_id: string; readonly customer_id: string | null }[];
  readonly next_cursor: string | null;
}
const list = async (query: string) =>
  (await harness.app.inject({ url: `/api/admin/events?${query}`, headers: staff })).json<Listed>();
const listed = async (query: string) => (await list(query)).events.map(({ event_id }) => event_id);
const redrive = (eventId: string, headers: object = {}, payload: object = { reason: 'Temporal was restored.' }) => {
  const url = `/api/admin/events/${eventId}/redrive`;
  return harness.app.inject({ method: 'POST', url, payload, headers: { ...staff, ...headers } });
};
const orders = () =>
  harness.database
    .selectFrom('auditEvents')
    .selectAll()
    .where('action', '=', 'command.redriveEvent')
    .orderBy('auditId')
    .execute();
const told = () => harness.temporal.signals.map(({ argument }) => (argument as { eventId: string }).eventId);

describe('the list', () => {
  test('filters by type, state, customer and time', async () => {
    const stripeCustomerId = `cus_${randomUUID()}`;
    await harness.database
      .updateTable('customers')
      .set({ stripeCustomerId })
      .where('customerId', '=', own.customerId)
      .execute();
    const old = await received({ type: 'invoice.voided', receivedAt: new Date('2026-01-02T03:04:05Z') });
    const parked = await received({ ...PARKED, type: 'charge.refunded' });
    const byStripe = await received({ customerId: null, stripeCustomerId });
    const nobodys = await received({ customerId: null, state: 'ignored' });
    expect(await listed('')).toEqual([nobodys, byStripe, parked, old]);
    expect(await listed('type=invoice.')).toEqual([nobodys, byStripe, old]);
    expect(await listed('type=invoice.voided')).toEqual([old]);
    expect(await listed('state=parked')).toEqual([parked]);
    expect(await listed(`customer=${own.customerId}`)).toEqual([byStripe, parked, old]);
    expect(await listed(`customer=${stripeCustomerId}`)).toEqual([byStripe]);
    expect(await listed('since=2026-01-02T00:00:00Z&until=2026-01-03T00:00:00Z')).toEqual([old]);
    const { events: found } = await list('');
    expect(found.map(({ customer_id }) => customer_id)).toEqual([null, own.customerId, own.customerId, own.customerId]);
  });

  test('pages by cursor, none twice and none left out, also within one instant', async () => {
    const receivedAt = AN_HOUR_AGO();
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push(await received({ receivedAt }));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Listed = await list(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.events.map(({ event_id }) => event_id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(ids.toSorted().reverse());
  });
});

describe('handing on again', () => {
  test.each([
    ['one that was parked', PARKED],
    ['one that is done', { state: 'done', doneAt: new Date() }],
    ['one that waits', { lastError: 'the workflow of this customer is not started yet' }],
  ])('%s: its workflow is told at once, and the order is audited', async (_name, change) => {
    const eventId = await received(change);
    const reply = await redrive(eventId);
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({
      ...{ event_id: eventId, state: 'done', reason: null, attempts: 2, last_error: null },
      what_happened: expect.stringContaining('was told') as string,
      redrives: [{ actor: 'staff:token', reason: 'Temporal was restored.' }],
    });
    expect(harness.temporal.signals).toEqual([
      {
        ...{ workflowId: `customer/${own.customerId}`, name: 'billingChanged' },
        argument: { eventId, kind: 'invoice.paid' },
      },
    ]);
    expect((await orders()).at(-1)).toMatchObject({ customerId: own.customerId, details: { eventId } });
  });

  test('sent again with its key, also at the same moment, it is one order', async () => {
    const eventId = await received(PARKED);
    const key = { 'idempotency-key': 'once' };
    const before = (await orders()).length;
    await Promise.all([redrive(eventId, key), redrive(eventId, key)]);
    expect((await redrive(eventId, key)).json()).toMatchObject({ state: 'done', attempts: 2 });
    expect(told()).toEqual([eventId]);
    expect((await orders()).length - before).toBe(1);
    await redrive(eventId);
    expect(told()).toEqual([eventId, eventId]);
  });

  test('one of nobody yet is audited once a key too', async () => {
    const eventId = await received({ ...PARKED, customerId: null, stripeCustomerId: 'cus_unknown' });
    const key = { 'idempotency-key': 'nobody' };
    await redrive(eventId, key);
    expect((await redrive(eventId, key)).json()).toMatchObject({
      ...{ state: 'received', last_error: 'no customer is known for it yet' },
      redrives: [{ reason: 'Temporal was restored.' }],
    });
  });

  test('while Temporal is away it is taken up, and handed on by the sweeper', async () => {
    const eventId = await received(PARKED);
    harness.temporal.down = true;
    expect((await redrive(eventId)).json()).toMatchObject({ state: 'received', reason: null });
    harness.temporal.down = false;
    await harness.database
      .updateTable('stripeEvents')
      .set({ nextAttemptAt: new Date(0) })
      .where('eventId', '=', eventId)
      .execute();
    await sweepStripeInbox(harness.deps);
    expect(await row(eventId)).toMatchObject({ state: 'done' });
  });

  test.each([
    ['of a type without use', { type: 'invoice.upcoming' }, 'Tenure does not use events of this type'],
    ['of the other mode', { livemode: true }, 'it is of live mode, which is not the mode of this installation'],
    ['of nobody', { customerId: null }, 'its object belongs to no customer'],
  ])('one %s is refused and left as it is', async (_name, change, why) => {
    const eventId = await received({ state: 'ignored', ...change });
    const before = await orders();
    const reply = await redrive(eventId);
    expect([reply.statusCode, reply.json<{ message: string }>().message]).toEqual([
      409,
      `Redelivering it would have no effect: ${why}.`,
    ]);
    expect(await row(eventId)).toMatchObject({ state: 'ignored', attempts: 1 });
    expect(await orders()).toEqual(before);
  });

  test('needs a reason, and an event', async () => {
    expect((await redrive(await received(), {}, { reason: ' ' })).statusCode).toBe(400);
    expect((await redrive('evt_never')).statusCode).toBe(404);
  });
});

async function inConsole(token = STAFF_TOKEN): Promise<Browser> {
  const browser = new Browser(harness.app);
  await browser.get('/console/login');
  await browser.post('/console/login', { token, name: 'Tess' });
  return browser;
}
const squeezed = (markup: string): string => markup.replace(/\s+/g, ' ');

describe('in the console', () => {
  test('an operator finds an event, reads why nothing was done, and hands it on again', async () => {
    const eventId = await received(PARKED);
    const other = await received({ type: 'charge.refunded' });
    const operator = await inConsole();
    const found = squeezed((await operator.get('/console/events?type=invoice&state=parked&customer=&from=&to=')).body);
    expect(found).toContain(`href="/console/events/${eventId}">invoice.paid</a>`);
    expect(found).toContain('>Orbit</a>');
    expect(found).toContain(PARKED.reason);
    expect(found).not.toContain(other);

    const page = squeezed((await operator.get(`/console/events/${eventId}`)).body);
    expect(page).toContain(`Not acted on until it is redelivered: ${PARKED.reason}.`);
    const key = /name="key" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const refused = await operator.post(`/console/events/${eventId}/redrive`, { key, reason: '' });
    expect([refused.statusCode, told()]).toEqual([422, []]);
    const path = `/console/events/${eventId}/redrive`;
    const ordered = await operator.post(path, { key, reason: 'It runs again.' });
    expect(ordered.headers['location']).toBe(`/console/events/${eventId}?done=redrive`);
    await operator.post(path, { key, reason: 'It runs again.' });
    expect(told()).toEqual([eventId]);
    const after = squeezed((await operator.get(`/console/events/${eventId}?done=redrive`)).body);
    expect(after).toContain('The event was redelivered');
    expect(after).toContain('It runs again.');
    expect(after).toMatch(/Tess \(staff:\w+\)/);
  });

  test('support looks, and is offered no button; the form of another site is refused', async () => {
    const eventId = await received(PARKED);
    const support = await inConsole(SUPPORT_TOKEN);
    expect((await support.get(`/console/events/${eventId}`)).body).toContain('An operator can redeliver this event.');
    const path = `/console/events/${eventId}/redrive`;
    expect((await support.post(path, { reason: 'x' })).statusCode).toBe(403);
    const operator = await inConsole();
    operator.csrf = 'tossed-in';
    expect((await operator.post(path, { reason: 'x' })).statusCode).toBe(403);
    expect(told()).toEqual([]);
  });

  test('days are taken whole, and what is no filter is left out', async () => {
    const eventId = await received({ receivedAt: new Date('2026-01-02T23:59:59Z') });
    const operator = await inConsole();
    const body = async (query: string) => (await operator.get(`/console/events?${query}`)).body;
    expect(await body('from=2026-01-02&to=2026-01-02')).toContain(eventId);
    expect(await body('from=2026-01-03&to=')).not.toContain(eventId);
    expect(await body('from=nonsense&to=&type=%20&state=odd')).toContain(eventId);
  });
});
