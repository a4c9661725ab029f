import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { sql } from 'kysely';
import { createApiHarness, member, staff, supporter, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
let customerId: string;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

const changes = { create: 1, update: 0, delete: 0, same: 3 };
const lines = ['create instance'];
const plan = {
  willRun: ['stack', 'instanceHealth', 'readyMail'],
  willUndo: [],
  willSkip: ['welcomeMail', 'stripeCustomer', 'trialSubscription'],
};
const park = (id: string) =>
  harness.database
    .updateTable('customers')
    .set({ attention: 'stack', standing: 'failed' })
    .where('customerId', '=', id)
    .execute();

beforeEach(async () => {
  ({ customerId } = await member(harness));
  await park(customerId);
  harness.temporal.started.clear();
  harness.temporal.updates.length = 0;
  harness.temporal.queries = { replayPlan: () => plan };
  harness.temporal.results = { stackPreview: () => ({ changes, lines }), billingPreview: () => ({ lines: inStripe }) };
});
const inStripe = ["update the customer's name (cus_1)"];
/** The input of each preview. */
const previews = (): Record<string, { correctionId?: string; operation?: string }> =>
  Object.fromEntries(
    [...harness.temporal.started.values()].map((started) => {
      const { name, args } = started as { name: string; args: [object] };
      return [name, args[0]];
    }),
  );

interface Shown {
  readonly will_run: string[];
  readonly will_undo: string[];
  readonly stack: object | null;
  readonly stack_note: string | null;
  readonly stripe: { readonly lines: string[] } | null;
  readonly stripe_note: string | null;
}
const ask = (body: object = {}, headers: object = staff) =>
  harness.app.inject({
    method: 'POST',
    url: `/api/admin/customers/${customerId}/replay`,
    payload: { dry_run: true, ...body },
    headers: { ...headers },
  });
const shown = async (body: object = {}): Promise<Shown> => (await ask(body)).json<Shown>();
const noted = () =>
  harness.database
    .selectFrom('auditEvents')
    .select(['actor', 'details'])
    .where('customerId', '=', customerId)
    .where('action', '=', 'replay.previewed')
    .execute();
const ledger = () => Promise.all((['corrections', 'onboardingSteps'] as const).map(harness.count));

test('tells what would run, be skipped, be undone and change; needs no reason and leaves nothing but a line in the trail', async () => {
  const before = await ledger();
  const reply = await ask({}, supporter);
  expect(reply.statusCode).toBe(200);
  expect(reply.json()).toEqual({
    will_run: plan.willRun,
    will_skip: plan.willSkip,
    will_undo: [],
    stack: { changes, lines },
    stack_note: null,
    stripe: null,
    stripe_note: 'The replay does not touch Stripe.',
    own_steps: [],
  });
  expect(await ledger()).toEqual(before);
  expect(await noted()).toEqual([{ actor: 'staff:support-token', details: { from: 'failed', corrected: [] } }]);
  expect(harness.temporal.updates).toEqual([]);
  const [[id, started] = []] = [...harness.temporal.started];
  expect(id).toMatch(new RegExp(`^stack-preview/${customerId}/`));
  expect(started).toMatchObject({ name: 'stackPreview', args: [{ customerId, operation: 'update' }] });
});

test('what it would change in Stripe is asked of a worker, with what is taken back and what runs', async () => {
  const whole = { willRun: ['stripeCustomer', 'trialSubscription'], willUndo: ['trialSubscription'], willSkip: [] };
  harness.temporal.queries = { replayPlan: () => whole };
  expect(await shown()).toMatchObject({ stripe: { lines: inStripe }, stripe_note: null });
  const { willRun, willUndo } = whole;
  expect(previews()).toEqual({ billingPreview: { customerId, willRun, willUndo } });
});

test('asks the workflow from where', async () => {
  const asked: unknown[] = [];
  harness.temporal.queries = { replayPlan: (argument) => (asked.push(argument), plan) };
  await ask({ from: 'trialSubscription' });
  expect(asked).toEqual([{ from: 'trialSubscription', corrected: [] }]);
});

test('a correction is a row while it is looked at: its id travels, and nothing of it stays', async () => {
  const asked: unknown[] = [];
  const rows: unknown[] = [];
  harness.temporal.queries = {
    replayPlan: (question) => (asked.push(question), { ...plan, willRun: ['stripeCustomer', 'stack'] }),
  };
  harness.temporal.results = {
    stackPreview: async () => {
      rows.push(...(await harness.database.selectFrom('corrections').selectAll().execute()));
      return { changes, lines };
    },
    billingPreview: () => ({ lines: inStripe }),
  };
  const before = await ledger();
  await shown({ corrections: { company_name: 'Better & Sons', slug: 'better-name', region: 'us-east' } });
  const patch = { companyName: 'Better & Sons', slug: 'better-name', region: 'us-east' };
  expect(asked).toEqual([{ from: 'failed', corrected: expect.arrayContaining(Object.keys(patch)) as string[] }]);
  expect(rows).toMatchObject([{ customerId, patch, preview: true, appliedAt: null }]);
  const { correctionId } = rows[0] as { correctionId: string };
  expect(previews()).toMatchObject({ stackPreview: { correctionId }, billingPreview: { correctionId } });
  expect(JSON.stringify([...harness.temporal.started])).not.toContain('etter');
  expect(await ledger()).toEqual(before);
});

test('nothing of a correction stays when the look fails', async () => {
  harness.temporal.results = {
    stackPreview: () => {
      throw new Error('broken');
    },
  };
  await shown({ corrections: { slug: 'better-name' } });
  expect(await harness.count('corrections')).toBe(0);
});

test('a replay that takes the stack back first previews both', async () => {
  harness.temporal.queries = { replayPlan: () => ({ ...plan, willUndo: ['stack'] }) };
  expect((await shown({ from: 'stack' })).will_undo).toEqual(['stack']);
  expect(previews()).toMatchObject({ stackPreview: { operation: 'replace' } });
});

test('a replay that leaves the stack alone starts no engine', async () => {
  harness.temporal.queries = { replayPlan: () => ({ ...plan, willRun: ['readyMail'] }) };
  expect(await shown()).toMatchObject({ stack: null, stack_note: expect.stringContaining('not touch') as string });
  expect(harness.temporal.started.size).toBe(0);
});

test('a preview that fails says why and what helps', async () => {
  const failure = ApplicationFailure.nonRetryable("The instance's name is reserved.", 'InvalidSpec');
  const activity = new ActivityFailure('failed', 'previewStack', '1', RetryState.NON_RETRYABLE_FAILURE, 'w', failure);
  harness.temporal.results = {
    stackPreview: () => {
      throw new WorkflowFailedError('failed', activity, RetryState.NON_RETRYABLE_FAILURE);
    },
  };
  const { stack, stack_note, will_run } = await shown();
  expect(stack).toBeNull();
  expect(stack_note).toMatch(/InvalidSpec.*reserved.*Correct the slug/);
  expect(will_run).toEqual(plan.willRun);
});

test('a preview that returns what nobody can read is said to be wrong, and not the step', async () => {
  const failure = ApplicationFailure.nonRetryable("The step's preview must return a list of texts.", 'WrongPreview');
  harness.temporal.results = {
    stackPreview: () => {
      throw new WorkflowFailedError('failed', failure, RetryState.NON_RETRYABLE_FAILURE);
    },
  };
  expect((await shown()).stack_note).toBe("There is no preview. The step's preview must return a list of texts.");
});

test('no preview in time is no failure of the rest', async () => {
  harness.temporal.results = {
    stackPreview: () => {
      throw Object.assign(new Error('4 DEADLINE_EXCEEDED'), { code: 4 });
    },
  };
  expect(await shown()).toMatchObject({ stack: null, stack_note: expect.stringContaining('no preview') as string });
});

test('no worker: 503, and nothing is said that is not known', async () => {
  harness.temporal.queries = {};
  const reply = await ask();
  expect(reply.statusCode).toBe(503);
  expect(reply.json()).toMatchObject({ code: 'no_worker' });
});

test.each([
  ['running', { attention: null, standing: 'pending' }, /still running/],
  ['done', { attention: null, phase: 'trial' }, /is done/],
  ['over', { phase: 'ended' }, /has left/],
])('an onboarding that is %s has nothing to replay', async (_name, change, sentence) => {
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  const reply = await ask();
  expect(reply.statusCode).toBe(409);
  expect(reply.json<{ message: string }>().message).toMatch(sentence);
});

test('corrections are held to what the replay would hold them to', async () => {
  const other = await member(harness, { company_name: 'Taken Name' });
  for (const [status, corrections, field] of [
    [422, { slug: 'taken-name' }, 'corrections.slug'],
    [422, { email: other.email.toUpperCase() }, 'corrections.email'],
    [400, { plan: 'gold' }, 'corrections.plan'],
    [400, { region: 'moon' }, 'corrections.region'],
    [400, { email: 'nope' }, 'corrections.email'],
  ] as const) {
    const reply = await ask({ corrections });
    expect(reply.statusCode).toBe(status);
    expect(reply.json()).toMatchObject({ problems: [{ field }] });
    if (field === 'corrections.region') expect(reply.body).toContain('eu-central, us-east, ap-southeast');
  }
});

const inEuros = sql<string>`jsonb_set(terms, '{price}', '{"monthlyCents": 9900, "currency": "eur"}')`;

test.each([
  [
    'to a plan that is not sold in their currency',
    { terms: inEuros },
    { corrections: { plan: 'professional' } },
    'The plan "professional" has no monthly price in EUR, which is how this customer pays.',
  ],
  [
    'of the slug, after the onboarding',
    { phase: 'trial', attention: 'readyMail' },
    { corrections: { slug: 'better-name' } },
    'Now only this can be corrected: email.',
  ],
  [
    'from a step that is done, after the onboarding',
    { phase: 'trial', attention: 'readyMail' },
    { from: 'stack' },
    'The onboarding is done; only what failed can be replayed: readyMail.',
  ],
])('a replay that would be refused is refused in its words: %s', async (_name, change, body, message) => {
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  const reply = await ask(body);
  expect([reply.statusCode, reply.json()]).toMatchObject([409, { message, code: 'command_refused' }]);
  expect(harness.temporal.started.size).toBe(0);
});

test('after the onboarding an address is previewed when a mail to it bounced, and only then', async () => {
  const change = { phase: 'trial', attention: null, standing: 'active' } as const;
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  const body = { corrections: { email: 'right@acme.example' } };
  const refused = await ask(body);
  expect([refused.statusCode, refused.json()]).toMatchObject([
    409,
    { message: 'There is nothing to replay, and no mail to this address has bounced.' },
  ]);
  await harness.database
    .insertInto('alerts')
    .values({ customerId, kind: 'MailBounced: welcome', summary: 'A mail bounced.', suggestedFix: 'Correct it.' })
    .execute();
  expect((await ask(body)).statusCode).toBe(200);
});

test('a step that the customer does not have is refused with those they have', async () => {
  const reply = await ask({ from: 'lunch' });
  expect(reply.statusCode).toBe(422);
  expect(reply.json()).toMatchObject({
    problems: [
      { field: 'from', message: expect.stringMatching(/^from must be failed, start, welcomeMail, /) as string },
    ],
  });
  expect(harness.temporal.updates).toEqual([]);
});

test.each([
  ['what is no name of a step', { from: 'lunch break' }],
  ['a dry run that is no boolean', { dry_run: 'yes' }],
  ['a replay without a reason', { dry_run: false }],
])('bad input: %s', async (_name, body) => {
  const reply = await ask(body);
  expect(reply.statusCode).toBe(400);
  expect(reply.json()).toMatchObject({ code: 'validation_failed' });
  expect(harness.temporal.updates).toEqual([]);
});

test('a customer may not look', async () => {
  expect((await ask({}, (await member(harness)).headers)).statusCode).toBe(403);
});
