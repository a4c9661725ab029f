import { waitingOf } from '../../infra/db/repositories/waiting-work.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, DAY } from '../support/lifecycle.ts';

// The trials that wait in real time: on the server's own timers and Stripe's own clock, through a worker's death.
// Provisioning is a stand-in here; it is real in life.test.ts and compensation-stack.test.ts.
const SECOND = 1_000 / DAY;

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ testClocks: false });
});
afterAll(() => bench.close());

const sentReminders = async (customerId: string): Promise<string[]> => {
  const emails = bench.database.selectFrom('emails').select('claimKey').where('customerId', '=', customerId);
  const rows = await emails.where('template', '=', 'trialReminder').where('state', '=', 'sent').execute();
  return rows.map(({ claimKey }) => claimKey);
};

test('S1-4: a reminder that falls due before the trial has taken its first decision is still sent', async () => {
  // Each three times as far from the signup as the one before: however slow the machine, the next is not near.
  const trialDays = 3_600 * SECOND;
  const fromSignup = [5, 15, 45, 135, 405, 1_215].map((seconds) => seconds * SECOND);
  const reminderDaysBeforeEnd = fromSignup.map((days) => trialDays - days);
  const lastStep = Promise.withResolvers<ReturnType<typeof bench.failpoints.arm>>();
  const customer = await bench.signUp({
    profile: { trialDays, reminderDaysBeforeEnd },
    beforeStart: (id) => {
      lastStep.resolve(bench.failpoints.arm('sendReadyMail', id, 'hold'));
    },
  });
  const { customerId } = customer;
  const onboarding = await lastStep.promise;
  await onboarding.reached;
  const trial = bench.failpoints.arm('enterPhase', customerId, 'hold');
  onboarding.release();
  await trial.reached;
  const end = await bench.trialEndsAt(customerId);
  const dates = reminderDaysBeforeEnd.map((days) => ({ days, at: end - days * DAY }));
  const next = dates.find(({ at }) => at > Date.now());
  await eventually('the reminder to be due', () => Date.now() > (next?.at ?? Infinity));
  trial.release();
  const [first] = await eventually('a reminder', async () => {
    const keys = await sentReminders(customerId);
    return keys.length > 0 && keys;
  });
  expect(first).toContain(`:remind:${String(next?.days)}:`);
  expect((await bench.subjects(customer)).at(-1)).toBe('1 day left in your trial');
});

test('S1-4: a trial of seconds expires, is read-only and then suspended by itself, though the worker was away', async () => {
  const profile = { trialDays: 30 * SECOND, reminderDaysBeforeEnd: [], graceDays: 2 * SECOND, retentionDays: 1 };
  const customer = await bench.inTrial({ profile });
  const { customerId } = customer;
  await bench.stopWorker('lifecycle');
  const end = await bench.trialEndsAt(customerId);
  await eventually('the end to come while nobody is there', () => Date.now() > end);
  await bench.startWorker('lifecycle');
  await bench.untilRow(customerId, 'suspended', ({ standing }) => standing === 'suspended');
  expect(await bench.standings(customerId)).toEqual(['read_only', 'suspended']);
  const [, , ...later] = await bench.subjects(customer);
  expect(later).toEqual(['Trial expired - upgrade to continue']);
});

test('a clock of ours that is wrong takes nothing from a customer whose trial goes on in Stripe, and is told', async () => {
  const customer = await bench.inTrial({ profile: { reminderDaysBeforeEnd: [] } });
  const { customerId } = customer;
  const end = await bench.trialEndsAt(customerId);
  await bench.command(customerId, 'advanceClock', { to: new Date(end + DAY / 8).toISOString() });
  const waitingFor = async () => (await waitingOf(bench.database, customerId)).map(({ waitsFor }) => waitsFor);
  await eventually('the clock to be doubted', async () => (await waitingFor()).includes('the clock'));
  expect(await bench.row(customerId)).toMatchObject({ phase: 'trial', standing: 'active' });
  expect(await bench.subjects(customer)).not.toContain('Trial expired - upgrade to continue');
  await bench.pay(await bench.checkout(customerId, 'now'));
  await bench.untilPhase(customerId, 'subscription');
  expect(await waitingFor()).toEqual([]);
});

test('an alert of a phase ends with it, and that of an instance with its next update, in whatever phase', async () => {
  const { customerId } = await bench.inTrial({ profile: { reminderDaysBeforeEnd: [] } });
  const open = async () =>
    (await bench.alerts(customerId)).filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);
  const alerted = (kind: string) => eventually(`an alert: ${kind}`, async () => (await open()).includes(kind));
  bench.failpoints.arm('renewLicence', customerId, 'refused');
  await bench.command(customerId, 'extendTrial', { days: 5 });
  await alerted('instance update');
  bench.failpoints.disarm(customerId);
  await bench.pay(await bench.checkout(customerId, 'now'));
  await bench.untilPhase(customerId, 'subscription');
  await eventually('the alert of the instance to end', async () => (await open()).length === 0);
  bench.failpoints.arm('readBillingState', customerId, 'refused');
  await bench.handle(customerId).signal('billingChanged', { eventId: 'evt_1', kind: 'customer.subscription.updated' });
  await alerted('phase');
  bench.failpoints.disarm(customerId);
  await bench.command(customerId, 'cancel', { when: 'now' });
  await bench.untilPhase(customerId, 'ended');
  expect(await open()).toEqual([]);
});
