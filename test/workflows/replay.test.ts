import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { viewSteps } from '../../infra/db/repositories/console.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { readTimeline } from '../../infra/db/repositories/timeline.ts';
import { isClosing } from '../../api/support/closing.ts';
import { replayOnboarding } from '../../api/support/customer-commands.ts';
import { dryRunReplay } from '../../api/support/dry-run.ts';
import { eventually } from '../support/eventually.ts';
import { historyText } from '../support/history-text.ts';
import { LifecycleHarness, DAY, type SignedUp } from '../support/lifecycle.ts';

// Stacks are stand-ins here; a preview by the real engine is in test/activities/provisioning.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

async function parkedAt(step: 'trialSubscription' | 'instanceHealth'): Promise<SignedUp> {
  const activity = { trialSubscription: 'ensureTrialSubscription', instanceHealth: 'checkInstance' }[step];
  const customer = await harness.signUp({
    beforeStart: (id) => {
      harness.failpoints.arm(activity, id, 'before');
    },
  });
  await harness.untilRow(customer.customerId, 'parked', ({ attention }) => attention === step);
  harness.failpoints.disarm(customer.customerId);
  return customer;
}
const order = (customerId: string, commandId: string) => ({ customerId, commandId, actor: 'staff:7f3a' });
const request = (reason: string, corrections = {}) => ({ from: 'failed', corrections, reason }) as const;

test('the ledger and the timeline say who replayed a step and why; the reason stays out of Temporal', async () => {
  const { customerId } = await parkedAt('trialSubscription');
  await replayOnboarding(harness.deps, order(customerId, 'once'), request('Stripe says it is mended'));
  await harness.untilPhase(customerId, 'trial');
  const steps = await viewSteps(harness.database, customerId);
  const of = (name: string) =>
    steps
      .filter(({ step }) => step === name)
      .map(({ epoch, replayActor, replayReason }) => [epoch, replayActor, replayReason]);
  expect(of('trialSubscription')).toEqual([
    [2, 'staff:7f3a', 'Stripe says it is mended'],
    [1, null, null],
  ]);
  expect(of('stripeCustomer')).toEqual([[1, null, null]]);
  const replayed = (await readTimeline(harness.database, customerId)).find(
    ({ what }) => what === 'trialSubscription done (try 2)',
  );
  expect(replayed).toMatchObject({ who: 'staff:7f3a', why: 'replayed: Stripe says it is mended' });
  const query = `WorkflowId = 'customer/${customerId}' and WorkflowType = 'onboarding'`;
  for await (const { runId } of harness.temporal.client.workflow.list({ query })) {
    const history = await harness.temporal.client.workflow.getHandle(`customer/${customerId}`, runId).fetchHistory();
    const text = historyText(history);
    expect(text).toContain('"actor":"staff:7f3a"');
    expect(text).not.toContain('mended');
  }
});

test('the same command again, after the customer moved on, gets the first result and does nothing', async () => {
  const { customerId } = await parkedAt('instanceHealth');
  const first = await replayOnboarding(harness.deps, order(customerId, 'twice'), request('mended'));
  await harness.untilPhase(customerId, 'trial');
  const before = harness.failpoints.count('checkInstance', customerId);
  const again = await replayOnboarding(harness.deps, order(customerId, 'twice'), request('mended'));
  expect(again).toEqual(first);
  expect(again.willRun).toEqual(['instanceHealth', 'readyMail']);
  expect(harness.failpoints.count('checkInstance', customerId)).toBe(before);
  await expect(replayOnboarding(harness.deps, order(customerId, 'another'), request('mended'))).rejects.toMatchObject({
    statusCode: 409,
  });
});

test('a dry run tells what the replay then does, corrections and all, in Stripe and of the steps', async () => {
  const { customerId } = await parkedAt('trialSubscription');
  const corrections = { companyName: 'Zebra Works', region: 'us-east' };
  const shown = await dryRunReplay(harness.deps, { customerId, actor: 'staff:test' }, { from: 'failed', corrections });
  const { stripeCustomerId } = await harness.row(customerId);
  expect(shown.willRun).toEqual(['stripeCustomer', 'trialSubscription', 'stack', 'instanceHealth', 'readyMail']);
  expect(shown.stripe).toEqual({
    changes: {
      lines: [
        `update the customer's name (${stripeCustomerId ?? ''})`,
        expect.stringMatching(/^create the trial subscription on starter ending 20/) as string,
      ],
    },
    note: null,
  });
  expect(shown.stack.changes).not.toBeNull();
  expect(await harness.database.selectFrom('corrections').selectAll().execute()).toEqual([]);
  const done = await replayOnboarding(harness.deps, order(customerId, 'now'), request('renamed', corrections));
  expect(done.willRun).toEqual(shown.willRun);
  await harness.untilPhase(customerId, 'trial');
  const { customers, live } = await harness.inStripe(customerId);
  expect(customers.map(({ name }) => name)).toEqual(['Zebra Works']);
  expect(live).toHaveLength(1);
  expect(await harness.row(customerId)).toMatchObject({ region: 'us-east' });
});

test('a dry run of a replay from the start tells what is taken back first, and takes nothing back', async () => {
  const { customerId } = await parkedAt('instanceHealth');
  const shown = await dryRunReplay(
    harness.deps,
    { customerId, actor: 'staff:test' },
    { from: 'start', corrections: {} },
  );
  expect(shown.willUndo).toEqual(['stack', 'trialSubscription', 'stripeCustomer']);
  const { stripeCustomerId, stripeSubscriptionId } = await harness.row(customerId);
  const lines = shown.stripe.changes?.lines ?? [];
  expect(lines.slice(0, 2)).toEqual([
    `cancel subscription ${stripeSubscriptionId ?? ''}`,
    `delete customer ${stripeCustomerId ?? ''}`,
  ]);
  expect(lines.at(-1)).toMatch(/^create the trial subscription/);
  expect((await harness.inStripe(customerId)).live).toHaveLength(1);
});

test.each([
  ['is running still', 10, (id: string) => [`move the end of the trial of ${id}`]],
  ['is over', 20, (id: string) => ['create the trial subscription', `cancel subscription ${id}, whose trial is over`]],
])(
  'days of the trial that our failure took are given back, where the trial in Stripe %s',
  async (_how, days, lines) => {
    const { customerId } = await parkedAt('instanceHealth');
    const endBefore = await harness.trialEndsAt(customerId);
    const held = (await harness.inStripe(customerId)).live.map(({ id }) => id);
    await harness.advance(customerId, endBefore + (days - 14) * DAY);

    const shown = await dryRunReplay(
      harness.deps,
      { customerId, actor: 'staff:test' },
      { from: 'failed', corrections: {} },
    );
    expect(shown.stripe.changes?.lines).toEqual(
      lines(held[0] ?? '').map((line) => expect.stringContaining(line) as string),
    );
    const done = await replayOnboarding(harness.deps, order(customerId, 'late'), request('mended'));
    expect(done.willRun).toEqual(['trialSubscription', 'instanceHealth', 'readyMail']);
    expect(shown.willRun).toEqual(done.willRun);
    await harness.untilPhase(customerId, 'trial');

    const end = await harness.trialEndsAt(customerId);
    expect((end - endBefore) / DAY).toBeCloseTo(days, 1);
    const { live } = await harness.inStripe(customerId);
    expect(live).toMatchObject([{ status: 'trialing', trial_end: Math.floor(end / 1_000) }]);
    await eventually('the first reminder to be next', async () =>
      (await harness.status(customerId)).waitingFor.includes('reminder 7'),
    );
    expect(await harness.row(customerId)).toMatchObject({ standing: 'active', stripeSubscriptionId: live[0]?.id });
  },
);

test('a region that is not known is refused by the step itself too', async () => {
  const { customerId } = await parkedAt('instanceHealth');
  const corrections = { region: 'moon' };
  await expect(
    replayOnboarding(harness.deps, order(customerId, 'moon'), request('moved', corrections)),
  ).rejects.toMatchObject({ message: expect.stringContaining('eu-central, us-east, ap-southeast') as string });
});

test('a cancellation closes an account once the workflow has taken it, and not by its order alone', async () => {
  const { customerId } = await parkedAt('instanceHealth');
  const closing = async () => {
    const customer = await findCustomer(harness.database, customerId);
    return customer && (await isClosing(harness.deps, customer));
  };
  expect(await closing()).toBe(false);
  const order = { customerId, actor: 'customer', action: 'command.cancel', details: { when: 'now' } } as const;
  await appendAudit(harness.database, order);
  expect(await closing()).toBe(false);
  await harness.stopWorker('lifecycle');
  expect(await closing()).toBe(true);
  await harness.startWorker('lifecycle');
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(customerId, 'ended');
});
