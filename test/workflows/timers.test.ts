import { findProfile } from '../../workflows/domain/profiles/index.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, DAY } from '../support/lifecycle.ts';

// The one trial that waits in real time: on the server's own timers and Stripe's own clock, through a worker's death.
// Provisioning is a stand-in here; it is real in life.test.ts and compensation-stack.test.ts.
const SECOND = 1_000 / DAY;
/** Wide apart: on a busy machine an onboarding takes seconds, and so does the start of a worker. */
const [TRIAL_SECONDS, REMINDER_SECONDS] = [40, 22];
const profile = {
  ...findProfile('tenure'),
  trialDays: TRIAL_SECONDS * SECOND,
  reminderDaysBeforeEnd: [REMINDER_SECONDS * SECOND],
  graceDays: 2 * SECOND,
  retentionDays: 1,
};

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ profile, testClocks: false });
});
afterAll(() => bench.close());

test('S1-4: a trial of seconds is reminded, expires, and is suspended by itself, though the worker was away', async () => {
  const customer = await bench.inTrial();
  const id = customer.customerId;
  await bench.stopWorker('lifecycle');
  const remindAt = (await bench.trialEndsAt(id)) - REMINDER_SECONDS * 1_000;
  await eventually('the reminder to be due while nobody is there', () => Date.now() > remindAt + 200);
  await bench.startWorker('lifecycle');
  await bench.untilRow(id, 'read-only', ({ standing }) => standing === 'read_only');
  await bench.untilRow(id, 'suspended', ({ standing }) => standing === 'suspended');
  const [, , reminder, ...later] = await bench.subjects(customer);
  expect(reminder).toMatch(/days left in your trial$/);
  expect(later).toEqual(['Trial expired - upgrade to continue']);
});
