import { waitingOf } from '../../infra/db/repositories/waiting-work.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';

// Trials that wait in real time, on the server's own timers and Stripe's own clock, and through a worker's death.
// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
const SECOND = 1_000 / DAY;

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ testClocks: false });
});
afterAll(() => harness.close());

const sentReminders = async (customerId: string): Promise<string[]> => {
  const emails = harness.database.selectFrom('emails').select('claimKey').where('customerId', '=', customerId);
  const rows = await emails.where('template', '=', 'trialReminder').where('state', '=', 'sent').execute();
  return rows.map(({ claimKey }) => claimKey);
};

test('S1-4: a reminder that falls due before the trial has taken its first decision is still sent', async () => {
  // Each is three times as far from the signup as the one before: even on a slow machine the next is not near.
  const trialDays = 3_600 * SECOND;
  const fromSignup = [5, 15, 45, 135, 405, 1_215].map((seconds) => seconds * SECOND);
  const reminderDaysBeforeEnd = fromSignup.map((days) => trialDays - days);
  const lastStep = Promise.withResolvers<ReturnType<typeof harness.failpoints.arm>>();
  const customer = await harness.signUp({
    profile: { trialDays, reminderDaysBeforeEnd },
    beforeStart: (id) => {
      lastStep.resolve(harness.failpoints.arm('sendReadyMail', id, 'hold'));
    },
  });
  const { customerId } = customer;
  const onboarding = await lastStep.promise;
  await onboarding.reached;
  const trial = harness.failpoints.arm('enterPhase', customerId, 'hold');
  onboarding.release();
  await trial.reached;
  const end = await harness.trialEndsAt(customerId);
  const dates = reminderDaysBeforeEnd.map((days) => ({ days, at: end - days * DAY }));
  const next = dates.find(({ at }) => at > Date.now());
  await eventually('the reminder to be due', () => Date.now() > (next?.at ?? Infinity));
  trial.release();
  const [first] = await eventually('a reminder', async () => {
    const keys = await sentReminders(customerId);
    return keys.length > 0 && keys;
  });
  expect(first).toContain(`:remind:${String(next?.days)}:`);
  expect((await harness.subjects(customer)).at(-1)).toBe('1 day left in your trial');
});

test('S1-4: a trial of seconds expires, is read-only and then suspended by itself, though the worker was away', async () => {
  const profile = { trialDays: 30 * SECOND, reminderDaysBeforeEnd: [], graceDays: 2 * SECOND, retentionDays: 1 };
  const customer = await harness.inTrial({ profile });
  const { customerId } = customer;
  await harness.stopWorker('lifecycle');
  const end = await harness.trialEndsAt(customerId);
  await eventually('the end to come while nobody is there', () => Date.now() > end);
  await harness.startWorker('lifecycle');
  await harness.untilRow(customerId, 'suspended', ({ standing }) => standing === 'suspended');
  expect(await harness.standings(customerId)).toEqual(['read_only', 'suspended']);
  const [, , ...later] = await harness.subjects(customer);
  expect(later).toEqual(['Trial expired - upgrade to continue']);
});

test('a clock of ours that is wrong takes nothing from a customer whose trial goes on in Stripe, and is told', async () => {
  const customer = await harness.inTrial({ profile: { reminderDaysBeforeEnd: [] } });
  const { customerId } = customer;
  const end = await harness.trialEndsAt(customerId);
  await harness.command(customerId, 'advanceClock', { to: new Date(end + DAY / 8).toISOString() });
  const waitingFor = async () => (await waitingOf(harness.database, customerId)).map(({ waitsFor }) => waitsFor);
  await eventually('the clock to be doubted', async () => (await waitingFor()).includes('the clock'));
  expect(await harness.row(customerId)).toMatchObject({ phase: 'trial', standing: 'active' });
  expect(await harness.subjects(customer)).not.toContain('Trial expired - upgrade to continue');
  await harness.pay(await harness.checkout(customerId, 'now'));
  await harness.untilPhase(customerId, 'subscription');
  expect(await waitingFor()).toEqual([]);
});

test('an alert of a phase ends with it, and that of an instance with its next update, in whatever phase', async () => {
  const { customerId } = await harness.inTrial({ profile: { reminderDaysBeforeEnd: [] } });
  const open = async () =>
    (await harness.alerts(customerId)).filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);
  const alerted = (kind: string) => eventually(`an alert: ${kind}`, async () => (await open()).includes(kind));
  harness.failpoints.arm('renewLicence', customerId, 'refused');
  await harness.command(customerId, 'extendTrial', { days: 5 });
  await alerted('instance update');
  harness.failpoints.disarm(customerId);
  await harness.pay(await harness.checkout(customerId, 'now'));
  await harness.untilPhase(customerId, 'subscription');
  await eventually('the alert of the instance to end', async () => (await open()).length === 0);
  harness.failpoints.arm('readBillingState', customerId, 'refused');
  await harness
    .handle(customerId)
    .signal('billingChanged', { eventId: 'evt_1', kind: 'customer.subscription.updated' });
  await alerted('phase');
  harness.failpoints.disarm(customerId);
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(customerId, 'ended');
  expect(await open()).toEqual([]);
});
