import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { getCustomer } from '../../infra/db/repositories/customers.ts';
import { readKept } from '../../infra/db/repositories/kept-customer.ts';
import { CONFIG, createApiHarness, member, staff, supporter, type ApiHarness, type Member } from './harness.ts';

let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  own = await member(harness);
  harness.temporal.updates.length = 0;
  harness.temporal.answers = [];
});

const admin = (command: string, payload: object, headers: Record<string, string> = {}) =>
  harness.app.inject({
    method: 'POST',
    url: `/api/admin/customers/${own.customerId}/${command}`,
    payload,
    headers: { ...staff, ...headers },
  });
const replay = (body: object = {}, headers: Record<string, string> = {}) =>
  admin('replay', { reason: 'because', ...body }, headers);
const throwing = (error: unknown) => () => {
  throw error;
};
const replayed = () => ({ willRun: ['stack'], nothingToDo: false });
const audit = () =>
  harness.database
    .selectFrom('auditEvents')
    .selectAll()
    .where('customerId', '=', own.customerId)
    .orderBy('auditId')
    .execute();

describe('what travels', () => {
  test('a reason and a correction stay in Postgres; only their ids are sent', async () => {
    harness.temporal.answers = [replayed];
    const corrections = { slug: 'better-name', email: 'New.Person@example.com', company_name: 'Very Private Ltd' };
    const reply = await replay({ from: 'stack', corrections, reason: 'Ms Smith called from +44 20 7946' });
    expect(reply.json()).toEqual({ will_run: ['stack'], nothing_to_do: false });
    const [row] = await harness.database
      .selectFrom('corrections')
      .selectAll()
      .where('customerId', '=', own.customerId)
      .execute();
    expect(row).toMatchObject({
      patch: { slug: 'better-name', email: 'New.Person@example.com', companyName: 'Very Private Ltd' },
      actor: 'staff:token',
    });
    const said = (await audit()).at(-1);
    expect(said).toMatchObject({ action: 'command.resumeOnboarding', reason: 'Ms Smith called from +44 20 7946' });
    expect(harness.temporal.updates).toEqual([
      {
        workflowId: `customer/${own.customerId}`,
        name: 'resumeOnboarding',
        id: expect.stringMatching(/^resumeOnboarding:[0-9a-f-]{36}$/) as string,
        argument: { actor: 'staff:token', auditId: said?.auditId, from: 'stack', correctionId: row?.correctionId },
      },
    ]);
  });

  test.each([
    ['abandon', { reason: 'x' }, 'abandonOnboarding', {}],
    ['cancel', { when: 'now', reason: 'x' }, 'cancel', { when: 'now' }],
    ['extend-trial', { days: 7, reason: 'x' }, 'extendTrial', { days: 7 }],
    ['undo-cancellation', { reason: 'x' }, 'undoCancellation', {}],
  ])('%s', async (command, body, name, argument) => {
    harness.temporal.answers = [
      () => ({ endsAt: '2026-12-01T00:00:00.000Z', trialEndsAt: '2026-12-01T00:00:00.000Z' }),
    ];
    expect((await admin(command, body)).statusCode).toBe(200);
    const auditId = (await audit()).at(-1)?.auditId;
    expect(harness.temporal.updates).toMatchObject([
      { name, argument: { actor: 'staff:token', auditId, ...argument } },
    ]);
  });

  test('an upgrade answers with the address of Stripe', async () => {
    harness.temporal.answers = [() => ({ checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_1' })];
    const reply = await harness.app.inject({
      method: 'POST',
      url: '/me/upgrade',
      payload: { charge: 'at_trial_end' },
      headers: own.headers,
    });
    expect(reply.json()).toEqual({ checkout_url: 'https://checkout.stripe.com/c/pay/cs_1' });
    expect(harness.temporal.updates).toMatchObject([
      { name: 'convertTrial', argument: { actor: 'customer', chargeWhen: 'at_trial_end' } },
    ]);
  });

  test('an Idempotency-Key is of one person and of one wish; the same order again is the same row', async () => {
    harness.temporal.answers = [() => ({ trialEndsAt: '2027-01-01T00:00:00.000Z' })];
    const key = { 'idempotency-key': 'of-ann' };
    const extend = (days: number, who: object = staff) =>
      harness.app.inject({
        ...{ method: 'POST', url: `/api/admin/customers/${own.customerId}/extend-trial` },
        ...{ payload: { days, reason: 'asked' }, headers: { ...who, ...key } },
      });
    const codes = [];
    for (const reply of [await extend(5), await extend(5), await extend(30), await extend(5, supporter)])
      codes.push(reply.statusCode);
    expect(codes).toEqual([200, 200, 409, 409]);
    expect((await extend(30)).json()).toMatchObject({ code: 'key_used' });
    const rows = harness.database.selectFrom('auditEvents').select('details').where('commandId', '=', 'of-ann');
    expect(await rows.execute()).toEqual([{ details: { days: 5, commandId: 'of-ann' } }]);
    expect(harness.temporal.updates).toHaveLength(2);
    // A run that is started again knows the commands by the ids they were sent under.
    const { commandsOrdered } = await readKept(harness.database, await getCustomer(harness.database, own.customerId));
    expect(commandsOrdered).toEqual(harness.temporal.updates.slice(1).map(({ id }) => id));
  });

  test('Idempotency-Key becomes the id, apart for each kind of command', async () => {
    harness.temporal.answers = [replayed];
    await replay({}, { 'idempotency-key': 'click-1' });
    await admin('abandon', { reason: 'x' }, { 'idempotency-key': 'click-1' });
    expect(harness.temporal.updates.map(({ id }) => id)).toEqual([
      'resumeOnboarding:click-1',
      'abandonOnboarding:click-1',
    ]);
  });
});

test.each([
  ['ends and stays in turn', ['/me/cancel', '/me/undo-cancellation'], { when: 'now' }, 20],
  ['makes keys', ['/me/api-keys'], { name: 'k' }, 60],
] as const)('who %s is stopped after a while, before anything is noted', async (_what, urls, payload, limit) => {
  harness.temporal.refuse('Not now.');
  const call = (n: number) =>
    harness.app.inject({ method: 'POST', url: urls[n % urls.length] ?? '', headers: own.headers, payload });
  const codes = [];
  for (let n = 0; n <= limit + 1; n += 1) codes.push((await call(n)).statusCode);
  expect(codes.indexOf(429)).toBe(limit);
  const rows = harness.database.selectFrom('auditEvents').select('auditId').where('customerId', '=', own.customerId);
  expect((await rows.execute()).length).toBeLessThan(limit + 10);
});

test('a member of staff who is refused again and again does not fill the trail', async () => {
  const url = `/api/admin/customers/${own.customerId}/abandon`;
  for (let n = 0; n < 70; n += 1)
    await harness.app.inject({ method: 'POST', url, headers: supporter, payload: { reason: 'x' } });
  const rows = harness.database.selectFrom('auditEvents').select('auditId').where('action', '=', 'access.refused');
  expect((await rows.execute()).length).toBeLessThanOrEqual(60);
});

describe('what comes back', () => {
  test('a refusal is told in the workflow’s own words', async () => {
    harness.temporal.refuse('The onboarding is running now.');
    const reply = await replay();
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({ code: 'command_refused', message: 'The onboarding is running now.' });
  });

  test('a refusal by an activity in the command is told alike', async () => {
    const refusal = ApplicationFailure.nonRetryable('Another customer has that slug.', 'CommandRefused');
    const failure = new ActivityFailure(
      'failed',
      'applyCorrection',
      '1',
      RetryState.NON_RETRYABLE_FAILURE,
      'w',
      refusal,
    );
    harness.temporal.answers = [throwing(new WorkflowUpdateFailedError('failed', failure))];
    const reply = await replay();
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({ message: 'Another customer has that slug.' });
  });

  test('a customer who is changing phase is asked again under the same id', async () => {
    const moving = new WorkflowUpdateFailedError('moving', ApplicationFailure.nonRetryable('moving', 'MovingOn'));
    const cutOff = new WorkflowUpdateFailedError(
      'cut',
      ApplicationFailure.nonRetryable('cut', 'AcceptedUpdateCompletedWorkflow'),
    );
    harness.temporal.answers = [throwing(moving), throwing(cutOff), replayed];
    expect((await replay()).statusCode).toBe(200);
    expect(harness.temporal.updates).toHaveLength(3);
    expect(new Set(harness.temporal.updates.map(({ id }) => id)).size).toBe(1);
  });

  test('accepted without an outcome in time is a 202: it says where to look and which key tells the outcome', async () => {
    harness.temporal.answers = [throwing(new WorkflowUpdateRPCTimeoutOrCancelledError('deadline'))];
    const reply = await replay({}, { 'idempotency-key': 'click-2' });
    expect(reply.statusCode).toBe(202);
    const timeline = `/api/admin/customers/${own.customerId}/timeline`;
    expect(reply.json()).toMatchObject({ accepted: true, command_id: 'click-2', look_at: timeline });
    expect(reply.headers).toMatchObject({ location: timeline });
    expect(reply.json<{ message: string }>().message).toContain('Idempotency-Key: click-2');
    expect(harness.temporal.updates).toHaveLength(1);
  });

  test('Temporal away: unknown too, after a few tries', async () => {
    harness.temporal.down = true;
    const reply = await replay();
    harness.temporal.down = false;
    expect(reply.statusCode).toBe(504);
    expect(harness.temporal.updates.length).toBeGreaterThan(1);
    expect(new Set(harness.temporal.updates.map(({ id }) => id)).size).toBe(1);
  });

  test('work that failed is a 502 without its text', async () => {
    const failure = ApplicationFailure.create({ message: 'card of ada@example.com declined', type: 'StripeDown' });
    harness.temporal.answers = [throwing(new WorkflowUpdateFailedError('failed', failure))];
    const reply = await replay();
    expect(reply.statusCode).toBe(502);
    expect(reply.body).not.toContain('ada@');
    expect(harness.log()).not.toContain('ada@example.com');
    expect(reply.json()).toMatchObject({ message: expect.stringContaining('Try again in a minute') as string });
  });

  test('what was rejected for good is not said to be worth another try', async () => {
    const failure = ApplicationFailure.nonRetryable('Stripe answered 400', 'StripeRefused');
    harness.temporal.answers = [throwing(new WorkflowUpdateFailedError('failed', failure))];
    const reply = await replay();
    expect(reply.statusCode).toBe(502);
    expect(reply.json()).toMatchObject({ message: expect.stringContaining("trying again won't help") as string });
  });

  test('a customer who is not started yet, and a customer who has left', async () => {
    const gone = new WorkflowNotFoundError('not found', `customer/${own.customerId}`, undefined);
    harness.temporal.answers = [throwing(gone)];
    const set = (change: { workflowStartedAt?: null; phase?: string }) =>
      harness.database.updateTable('customers').set(change).where('customerId', '=', own.customerId).execute();
    await set({ workflowStartedAt: null });
    expect((await replay()).json()).toMatchObject({ code: 'not_started' });
    await set({ phase: 'ended' });
    harness.temporal.updates.length = 0;
    const reply = await replay();
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({ code: 'customer_ended' });
    expect(harness.temporal.updates).toEqual([]);
  });
});

describe('the test clock', () => {
  const to = '2026-12-24T00:00:00.000Z';

  test('is asked until the date is reached, each time under an id of its own', async () => {
    const part = (now: string, reached: boolean) => () => ({ now, reached });
    harness.temporal.answers = [
      part('2026-12-01T00:00:00.000Z', false),
      part('2026-12-05T00:00:00.000Z', false),
      part(to, true),
    ];
    const reply = await admin('advance', { to }, { 'idempotency-key': 'k' });
    expect(reply.json()).toEqual({ now: to, reached: true, phase: 'onboarding' });
    expect(harness.temporal.updates.map(({ id }) => id)).toEqual([
      'advanceClock:k:1',
      'advanceClock:k:2',
      'advanceClock:k:3',
    ]);
  });

  test.each([
    ['0001-01-01T00:00:00Z', 409],
    ['2099-01-01T00:00:00Z', 200],
  ])('of somebody who has left is not moved back: to %s answers %i', async (date, status) => {
    const left = await member(harness);
    harness.temporal.answers = [
      throwing(new WorkflowNotFoundError('not found', `customer/${left.customerId}`, undefined)),
    ];
    const ended = { phase: 'ended', endedAt: new Date() } as const;
    await harness.database.updateTable('customers').set(ended).where('customerId', '=', left.customerId).execute();
    const url = `/api/admin/customers/${left.customerId}/advance`;
    const reply = await harness.app.inject({ method: 'POST', url, payload: { to: date }, headers: staff });
    expect(reply.statusCode).toBe(status);
  });

  test.each([
    ['live keys', { live: true, testClocks: false }],
    ['no test clocks', { live: false, testClocks: false }],
  ])('is refused with %s', async (_name, stripe) => {
    const app = await harness.another({ config: { ...CONFIG, stripe: { ...CONFIG.stripe, ...stripe } } });
    const url = `/api/admin/customers/${own.customerId}/advance`;
    const reply = await app.inject({ method: 'POST', url, payload: { to }, headers: staff });
    expect(reply.statusCode).toBe(409);
    expect(harness.temporal.updates).toEqual([]);
  });
});

test('a customer may ask for another try only so often', async () => {
  harness.temporal.answers = [replayed];
  const codes = [];
  for (let n = 0; n < 6; n += 1)
    codes.push(
      (await harness.app.inject({ method: 'POST', url: '/me/retry-onboarding', headers: own.headers })).statusCode,
    );
  expect(codes).toEqual([200, 200, 200, 200, 200, 429]);
});
