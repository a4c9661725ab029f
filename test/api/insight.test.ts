import type { Insertable } from 'kysely';
import type { CustomerStatus } from '../../workflows/contract/customer.ts';
import { openDatabase, type Database } from '../../infra/db/database.ts';
import { noteWaiting } from '../../infra/db/repositories/waiting-work.ts';
import type { DB } from '../../infra/db/schema.ts';
import { createApiHarness, member, staff, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
/** Sets dates that Tenure's own role may not set. */
let owner: Database;
beforeAll(async () => {
  harness = await createApiHarness();
  owner = openDatabase(harness.adminUrl, { max: 1 });
});
afterAll(async () => {
  await owner.destroy();
  await harness.stop();
});
afterEach(() => {
  harness.temporal.queries = {};
});

const DAY = 86_400_000;
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 1, 12, minute));
const get = async <Reply>(customerId: string, what: 'timeline' | 'explain'): Promise<Reply> =>
  (await harness.app.inject({ url: `/api/admin/customers/${customerId}/${what}`, headers: staff })).json<Reply>();

const insert = <T extends keyof DB>(table: T, row: Insertable<DB[T]>) => owner.insertInto(table).values(row).execute();
const set = (customerId: string, change: object) =>
  harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();

/** A customer whose onboarding failed at the stack a day ago, as the workflow leaves one. */
async function parked(change: object = {}): Promise<string> {
  const { customerId } = await member(harness);
  await set(customerId, { attention: 'stack', standing: 'failed', ...change });
  const step = { customerId, step: 'stack', state: 'failed', attempts: 1, startedAt: at(3), endedAt: at(4) };
  await insert('onboardingSteps', { ...step, epoch: 1, errorType: 'InvalidSpec', errorMessage: 'reserved' });
  const alert = { customerId, kind: 'onboarding:stack', step: 'stack', summary: 'It failed.', suggestedFix: 'slug' };
  await insert('alerts', { ...alert, raisedAt: at(5), lastRaisedAt: at(6) });
  return customerId;
}

interface Explained {
  readonly phase: string;
  readonly because: string;
  readonly waiting_for: string | null;
  readonly next: readonly { readonly at: string; readonly what: string }[];
  readonly failures: readonly object[];
}

const status = (change: Partial<CustomerStatus>): CustomerStatus => ({
  phase: 'onboarding',
  waitingFor: 'support to correct and replay',
  now: at(10).toISOString(),
  nextAt: null,
  trialEndsAt: at(0).toISOString(),
  leavesAtEnd: false,
  steps: {},
  ...change,
});

describe('timeline', () => {
  test('entries of every kind, oldest first, each with who and why', async () => {
    const customerId = await parked();
    const of = { customerId };
    const rule = 'trial ended, no payment method: read-only until paid';
    await insert('auditEvents', { ...of, actor: 'staff:1', action: 'command.cancel', reason: 'asked', at: at(1) });
    await insert('emails', { ...of, template: 'welcome', claimKey: `${customerId}:w`, state: 'sent', sentAt: at(2) });
    await insert('deploymentMetrics', {
      ...of,
      operation: 'create',
      status: 'failed',
      durationSeconds: 2.25,
      at: at(7),
    });
    const event = {
      ...of,
      eventId: `evt_${customerId}`,
      type: 'invoice.paid',
      livemode: false,
      eventCreatedAt: at(8),
      receivedAt: at(8),
    };
    await insert('stripeEvents', event);
    const changed = { ...of, actor: 'system', action: 'standing.changed', at: at(9) };
    await insert('auditEvents', { ...changed, details: JSON.stringify({ rule }) });
    const { timeline } = await get<{ timeline: { at: string; kind: string; what: string }[] }>(customerId, 'timeline');
    // The signup and the sign-in are later: they happened now.
    expect(timeline.filter(({ what }) => !['customer.signed_up', 'sign_in.ok'].includes(what))).toEqual([
      { at: at(1).toISOString(), kind: 'audit', what: 'command.cancel', who: 'staff:1', why: 'asked' },
      { at: at(2).toISOString(), kind: 'mail', what: 'welcome sent', who: 'system', why: null },
      { at: at(4).toISOString(), kind: 'step', what: 'stack failed', who: 'system', why: 'InvalidSpec: reserved' },
      { at: at(5).toISOString(), kind: 'alert', what: 'onboarding:stack', who: 'system', why: 'It failed.' },
      { at: at(7).toISOString(), kind: 'stack', what: 'create failed', who: 'system', why: '2.3 s' },
      { at: at(8).toISOString(), kind: 'stripe', what: 'invoice.paid', who: 'stripe', why: null },
      { at: at(9).toISOString(), kind: 'audit', what: 'standing.changed', who: 'system', why: rule },
    ]);
    expect(timeline.slice(-2)).toMatchObject([
      { what: 'customer.signed_up', who: 'customer' },
      { what: 'sign_in.ok', who: 'visitor' },
    ]);
  });

  test('a step is done when it was done, and undone when it was undone', async () => {
    const { customerId } = await member(harness);
    const step = { customerId, step: 'stack', epoch: 2 };
    const undone = { ...step, state: 'undone', undoState: 'undone', undoAttempts: 1, attempts: 1 };
    await insert('onboardingSteps', { ...undone, startedAt: at(3), endedAt: at(4), updatedAt: at(30) });
    const attempt = { ...step, direction: 'undo', attempt: 1, scheduledAt: at(19), startedAt: at(19) };
    await insert('onboardingStepAttempts', { ...attempt, endedAt: at(20), state: 'done' });
    const failed = { customerId, step: 'instanceHealth', epoch: 1, state: 'failed', errorType: 'InstanceUnhealthy' };
    const stuck = { undoState: 'undo_failed', undoAttempts: 3, startedAt: at(5), endedAt: at(6), updatedAt: at(25) };
    await insert('onboardingSteps', { ...failed, ...stuck });
    const { timeline } = await get<{ timeline: { at: string; kind: string; what: string; why: string | null }[] }>(
      customerId,
      'timeline',
    );
    const steps = timeline.filter(({ kind }) => kind === 'step').map((entry) => [entry.at, entry.what, entry.why]);
    expect(steps).toEqual([
      [at(4).toISOString(), 'stack done (try 2)', null],
      [at(6).toISOString(), 'instanceHealth failed', null],
      [at(20).toISOString(), 'stack undone (try 2)', null],
      [at(25).toISOString(), 'instanceHealth undo_failed', 'InstanceUnhealthy'],
    ]);
  });

  test('holds nothing of another customer', async () => {
    const [one, other] = [await parked(), (await member(harness)).customerId];
    const { timeline } = await get<{ timeline: object[] }>(other, 'timeline');
    expect(timeline).toMatchObject([{ what: 'customer.signed_up' }, { what: 'sign_in.ok' }]);
    expect(one).not.toBe(other);
  });
});

describe('explain', () => {
  test('parked, no worker: why, what helps, and when what happens', async () => {
    const explained = await get<Explained>(await parked(), 'explain');
    expect(explained).toMatchObject({
      phase: 'onboarding',
      standing: 'failed',
      because: expect.stringMatching(/failed at stack.*correct and replay/) as string,
      waiting_for: null,
      failures: [
        {
          step: 'stack',
          error_type: 'InvalidSpec',
          cause: expect.stringContaining('name') as string,
          suggestedFix: expect.stringContaining('slug') as string,
          replayMayHelp: false,
        },
      ],
    });
    const { alertEveryHours, parkedDays } = harness.deps.profile.onboarding;
    expect(explained.next).toEqual([
      {
        at: new Date(at(6).getTime() + alertEveryHours * 3_600_000).toISOString(),
        what: 'support will be alerted again',
      },
      {
        at: new Date(at(5).getTime() + parkedDays * DAY).toISOString(),
        what: expect.stringContaining('removed') as string,
      },
    ]);
  });

  test('parked, with a worker: the next alert is the one the workflow means', async () => {
    const customerId = await parked();
    harness.temporal.queries = { customerStatus: () => status({ nextAt: at(30).toISOString() }) };
    const { waiting_for, next } = await get<Explained>(customerId, 'explain');
    expect(waiting_for).toBe('support to correct and replay');
    expect(next[0]).toEqual({ at: at(30).toISOString(), what: 'support will be alerted again' });
  });

  test('times are on the clock of the customer', async () => {
    const { next } = await get<Explained>(await parked({ clockOffsetMs: 3 * DAY }), 'explain');
    const { parkedDays } = harness.deps.profile.onboarding;
    expect(next[1]?.at).toBe(new Date(at(5).getTime() + (3 + parkedDays) * DAY).toISOString());
  });

  test('a trial: the duties that are still to come, with the rule that led here', async () => {
    const { customerId } = await member(harness);
    await set(customerId, { phase: 'trial', standing: 'active', trialEndsAt: new Date(Date.now() + 5 * DAY) });
    const { because, next, failures } = await get<Explained>(customerId, 'explain');
    expect(because).toContain('the trial runs');
    expect(failures).toEqual([]);
    expect(next.map(({ what }) => what)).toEqual([
      'reminder by mail, 2 days before the end',
      expect.stringMatching(/trial ends; .*read-only for \d+ days/) as string,
      expect.stringContaining('suspended') as string,
      expect.stringContaining('stack destroyed') as string,
    ]);
    const rule = 'trial extended by support';
    const changed = { customerId, actor: 'system', action: 'standing.changed' };
    await insert('auditEvents', { ...changed, details: JSON.stringify({ rule }) });
    expect((await get<Explained>(customerId, 'explain')).because).toBe(rule);
  });

  test('a trial that Stripe charges at its end: neither reminders nor what becomes of one who does not pay', async () => {
    const { customerId } = await member(harness);
    const trialEndsAt = new Date(Date.now() + 5 * DAY);
    await set(customerId, { phase: 'trial', standing: 'active', trialEndsAt });
    harness.temporal.queries = { customerStatus: () => status({ phase: 'trial', paysAtEnd: true }) };
    expect((await get<Explained>(customerId, 'explain')).next).toEqual([
      { at: trialEndsAt.toISOString(), what: 'the trial ends, and Stripe charges the customer' },
    ]);
  });

  test.each([
    ['free', 'the customer to subscribe or to leave'],
    ['subscription', 'a payment (the subscription is past_due)'],
  ] as const)('%s: %s: a date is only said of what has one', async (phase, waitingFor) => {
    const { customerId } = await member(harness);
    await set(customerId, { phase, standing: 'active' });
    const nextAt = new Date(Date.now() + DAY).toISOString();
    harness.temporal.queries = { customerStatus: () => status({ phase, waitingFor, nextAt }) };
    expect(await get(customerId, 'explain')).toMatchObject({
      waiting_for: waitingFor,
      next: [{ at: nextAt, what: 'Stripe is read again; nothing is due' }],
    });
    harness.temporal.queries = { customerStatus: () => status({ phase, waitingFor: 'another try', nextAt }) };
    expect(await get(customerId, 'explain')).toMatchObject({ next: [{ at: nextAt, what: 'another try' }] });
  });

  test.each([
    [{ renewsAt: '2099-01-02T03:04:05.000Z' }, 'the renewal, for which Stripe charges within about an hour'],
    [{ endsAt: '2099-01-02T03:04:05.000Z', leavesOn: '2099-01-02T03:04:05.000Z' }, 'the customer leaves'],
    [
      { endsAt: '2099-01-02T03:04:05.000Z', leavesOn: null },
      'the subscription ends in Stripe, which nobody ordered here: read-only',
    ],
  ])('a subscriber: %j, and not the date on which Stripe is read again', async (outlook, what) => {
    const { customerId } = await member(harness);
    await set(customerId, { phase: 'subscription', standing: 'active' });
    const nextAt = '2099-01-02T05:04:05.000Z';
    harness.temporal.queries = { customerStatus: () => status({ phase: 'subscription', nextAt, ...outlook }) };
    expect(await get(customerId, 'explain')).toMatchObject({ next: [{ at: '2099-01-02T03:04:05.000Z', what }] });
  });

  test('a workflow that was stopped waits for nothing and has nothing before it, whatever it says of itself', async () => {
    const { customerId } = await member(harness);
    await set(customerId, { phase: 'trial', standing: 'active', trialEndsAt: new Date(Date.now() + 5 * DAY) });
    harness.temporal.queries = { customerStatus: () => status({ waitingFor: 'the end of the trial' }) };
    expect((await get<Explained>(customerId, 'explain')).waiting_for).toBe('the end of the trial');
    const seen = { firstSeen: new Date(Date.now() - 61_000), lastSeen: new Date() };
    await insert('differences', { customerId, kind: 'no_run', details: 'none', ...seen });
    const lost = await get<Explained>(customerId, 'explain');
    expect(lost).toMatchObject({ because: expect.stringMatching(/^the workflow was stopped/) as string, next: [] });
    expect(lost.waiting_for).toContain('support to start the workflow again');
    await harness.database.deleteFrom('differences').execute();
    await insert('alerts', { customerId, kind: 'workflow', summary: 'terminated' });
    expect(await get(customerId, 'explain')).toMatchObject({ because: lost.because, next: [] });
  });

  test('a stopped workflow whose new run would be the end of the customer needs --end, and no other does', async () => {
    const toldFor = async (phase: string, status: string, ordered?: { action: string }): Promise<string | null> => {
      const { customerId } = await member(harness);
      await set(customerId, { phase, standing: 'active' });
      await harness.database.updateTable('entitlements').set({ status }).where('customerId', '=', customerId).execute();
      await insert('alerts', { customerId, kind: 'workflow', summary: 'terminated' });
      if (ordered) await insert('auditEvents', { customerId, actor: 'staff:token', ...ordered });
      return (await get<Explained>(customerId, 'explain')).waiting_for;
    };
    const cancel = (when: string) => ({ action: 'command.cancel', details: JSON.stringify({ when }) });
    const withEnd = expect.stringContaining('`tenure reconcile <customer> --mend --end --reason …`') as string;
    const without = expect.stringContaining('`tenure reconcile <customer> --mend --reason …`') as string;
    expect(await toldFor('trial', 'trialing', cancel('now'))).toEqual(withEnd);
    expect(await toldFor('subscription', 'canceled')).toEqual(without);
    expect(await toldFor('onboarding', 'trialing', { action: 'command.abandonOnboarding' })).toEqual(withEnd);
    expect(await toldFor('subscription', 'active', cancel('period_end'))).toEqual(without);
    expect(await toldFor('cancellation', 'canceled', cancel('now'))).toEqual(without);
  });

  test('an onboarding that runs is not called failed', async () => {
    const { customerId } = await member(harness);
    harness.temporal.queries = { customerStatus: () => status({ waitingFor: 'the steps of the onboarding' }) };
    expect(await get(customerId, 'explain')).toMatchObject({
      because: expect.stringContaining('being carried out') as string,
      waiting_for: 'the steps of the onboarding',
      next: [],
      failures: [],
    });
  });

  test('held up by something that does not respond: that is what is waited for, not the step it holds up', async () => {
    const { customerId } = await member(harness);
    harness.temporal.queries = { customerStatus: () => status({ waitingFor: 'the steps of the onboarding' }) };
    const waits = { errorType: 'NoWorker', waitsFor: 'a worker', attempts: 1, lastingMs: 0, nextTryInMs: 0 };
    await noteWaiting(harness.database, {
      ...waits,
      workflowId: `customer/${customerId}`,
      work: 'applyStack',
      customerId,
    });
    expect((await get<Explained>(customerId, 'explain')).waiting_for).toMatch(/^a worker to respond, since 20/);
  });

  test('ended: the reason of the end, not the last rule of the life before; nobody is asked', async () => {
    const { customerId } = await member(harness);
    await set(customerId, { phase: 'ended', standing: 'ended' });
    const system = { customerId, actor: 'system' };
    await insert('auditEvents', { ...system, action: 'standing.changed', details: JSON.stringify({ rule: 'old' }) });
    await insert('auditEvents', {
      ...system,
      action: 'phase.ended',
      details: JSON.stringify({ reason: 'trial_expired' }),
    });
    harness.temporal.queries = { customerStatus: () => status({ waitingFor: 'nothing at all' }) };
    expect(await get(customerId, 'explain')).toMatchObject({
      because: 'the customer has left: the trial ended without a payment method',
      waiting_for: null,
      next: [],
    });
  });
});

describe.each(['timeline', 'explain'])('%s, bad input and roles', (what) => {
  const unknown = 'cust_00000000-0000-4000-8000-000000000000';
  test.each([
    ['an unknown customer', unknown, staff, 404],
    ['no id of ours', '1;drop', staff, 400],
    ['nobody', unknown, {}, 401],
  ])('%s', async (_name, id, headers, expected) => {
    const reply = await harness.app.inject({ url: `/api/admin/customers/${id}/${what}`, headers });
    expect(reply.statusCode).toBe(expected);
  });

  test('a customer may not, not even their own', async () => {
    const { customerId, headers } = await member(harness);
    expect((await harness.app.inject({ url: `/api/admin/customers/${customerId}/${what}`, headers })).statusCode).toBe(
      403,
    );
  });
});
