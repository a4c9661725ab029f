import { sql } from 'kysely';
import type { Client } from '@temporalio/client';
import type { MailRequest, Mailer } from '../../../activities/email/mailer.ts';
import { createSupportActivities, type SupportActivities } from '../../../activities/support/index.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { getCustomer } from '../../../infra/db/repositories/customers.ts';
import { createLogger } from '../../../infra/logger.ts';
import { createDatabase } from '../../support/embedded.ts';
import { activityEnvironment } from '../provisioning/support/arrangement.ts';
import { addSignup } from '../../support/lifecycle-signup.ts';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
let support: SupportActivities;
let mailed: MailRequest[] = [];
let mailFails = false;
// Mails that wait for the service are in test/workflows/outage.slow.test.ts.
const temporal = {} as unknown as Client;
// The mailer itself is tested in test/activities/email; here only its input matters.
const mailer: Mailer = {
  ...{
    sendToCustomer: () => Promise.resolve(),
    sendOwed: () => Promise.resolve(),
    remindProspect: () => Promise.resolve(),
    sendOutage: () => Promise.resolve(),
    sendDifference: () => Promise.resolve(),
  },
  sendToSupport: (request) => {
    if (mailFails) return Promise.reject(new Error('SES is down.'));
    mailed.push(request);
    return Promise.resolve();
  },
};
beforeAll(async () => {
  stored = await createDatabase();
  database = openDatabase(stored.url);
  support = createSupportActivities({ ...{ database, mailer, temporal }, logger: createLogger('test', 'silent') });
});
beforeEach(() => {
  mailed = [];
  mailFails = false;
});
afterAll(async () => {
  await database.destroy();
  await stored.drop();
});

const alertsOf = (customerId: string) =>
  database.selectFrom('alerts').selectAll().where('customerId', '=', customerId).execute();
const alert = (customerId: string, kind = 'onboarding:stack') => ({
  ...{ customerId, kind, step: 'stack', errorType: 'InvalidSpec', key: `${customerId}:${kind}:1` },
});

test('S1-10: an alert says cause and way out; raised again it is counted, not doubled', async () => {
  const { customerId } = await addSignup(database);
  await support.raiseAlert(alert(customerId));
  await support.raiseAlert(alert(customerId));
  const [row, ...others] = await alertsOf(customerId);
  expect(others).toEqual([]);
  expect(row).toMatchObject({ raisedCount: 2, step: 'stack', resolvedAt: null });
  expect(row?.summary).toMatch(/^InvalidSpec: /);
  expect(row?.suggestedFix).toMatch(/slug/);
  expect(mailed[0]?.details).toMatchObject({ errorType: 'InvalidSpec' });
});

test('what fails again and again is told once for each cause; resolved and raised again, once more', async () => {
  const { customerId } = await addSignup(database);
  const raise = (attempt: number, errorType = 'InvalidSpec') =>
    support.raiseAlert({ ...alert(customerId, 'phase'), errorType, key: `${customerId}:phase:${String(attempt)}` });
  const keys = () => new Set(mailed.map(({ key }) => key)).size;
  for (const attempt of [1, 2, 3]) await raise(attempt);
  expect(keys()).toBe(1);
  await raise(4, 'UnknownPrice');
  await raise(5);
  expect(keys()).toBe(2);
  await support.resolveAlert({ customerId, kind: 'phase' });
  await raise(6);
  expect(keys()).toBe(3);
  mailed = [];
  for (const attempt of [1, 2]) await support.raiseAlert({ ...alert(customerId), key: String(attempt) });
  expect(keys()).toBe(2);
});

test('the alert stands though support cannot be mailed', async () => {
  const { customerId } = await addSignup(database);
  mailFails = true;
  await support.raiseAlert(alert(customerId));
  expect(await alertsOf(customerId)).toHaveLength(1);
});

test('resolved, the next one of its kind is a new alert; others stay open', async () => {
  const { customerId } = await addSignup(database);
  await support.raiseAlert(alert(customerId));
  await support.raiseAlert(alert(customerId, 'phase'));
  await support.resolveAlert({ customerId, kind: 'onboarding:stack' });
  await support.raiseAlert(alert(customerId));
  const open = (await alertsOf(customerId)).filter(({ resolvedAt }) => resolvedAt === null);
  expect(open.map(({ kind, raisedCount }) => [kind, raisedCount]).sort()).toEqual([
    ['onboarding:stack', 1],
    ['phase', 1],
  ]);
});

const steps = {
  stack: { state: 'failed', epoch: 1, errorType: 'InvalidSpec' },
  welcomeMail: { state: 'done', epoch: 1 },
} as const;

const record = (outcome: Parameters<SupportActivities['recordOnboarding']>[0]): Promise<void> =>
  activityEnvironment().run(support.recordOnboarding, outcome);

test('the outcome of an onboarding brings ledger, attention and standing in line, and a success clears them', async () => {
  const { customerId } = await addSignup(database);
  await record({ customerId, outcome: 'failed', generation: 1, steps });
  expect(await getCustomer(database, customerId)).toMatchObject({ attention: 'stack', standing: 'failed' });
  await support.raiseAlert(alert(customerId));
  const whole = { ...steps, stack: { state: 'done', epoch: 2 } } as const;
  await record({ customerId, outcome: 'replaying', generation: 2, steps: whole });
  expect((await getCustomer(database, customerId)).standing).toBe('pending');
  await record({ customerId, outcome: 'done', generation: 2, steps: whole });
  expect(await getCustomer(database, customerId)).toMatchObject({ attention: null, standing: 'active' });
  const rows = await database
    .selectFrom('onboardingSteps')
    .select(['step', 'epoch', 'state'])
    .where('customerId', '=', customerId)
    .orderBy('step')
    .orderBy('epoch')
    .execute();
  expect(rows.map(({ step, epoch, state }) => [step, epoch, state])).toEqual([
    ['stack', 1, 'failed'],
    ['stack', 2, 'done'],
    ['welcomeMail', 1, 'done'],
  ]);
  expect((await alertsOf(customerId)).every(({ resolvedAt }) => resolvedAt !== null)).toBe(true);
});

test('work waits by the clock of Postgres: a worker whose own clock is late or early changes nothing', async () => {
  const right = Date.now;
  for (const minutes of [-10, 10]) {
    const { customerId } = await addSignup(database);
    Date.now = () => right() + minutes * 60_000;
    try {
      await support.raiseAlert({ ...alert(customerId, 'phase'), errorType: 'StripeUnavailable' });
    } finally {
      Date.now = right;
    }
    const isAhead = sql<boolean>`next_try_at > now() and since <= now()`.as('isAhead');
    const rows = database.selectFrom('waitingWork').select(isAhead).where('customerId', '=', customerId);
    expect(await rows.execute()).toEqual([{ isAhead: true }]);
  }
});
