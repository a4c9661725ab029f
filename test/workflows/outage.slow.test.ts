import { WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { oweAccountMail, sendAccountMail } from '../../api/accounts/account-mail.ts';
import { resendMail } from '../../api/support/resend-mail.ts';
import { listOutages, openOutage, openOutages } from '../../infra/db/repositories/outages.ts';
import { endWaiting, noteWaiting, waitingOf } from '../../infra/db/repositories/waiting-work.ts';
import { watchDependencies } from '../../infra/sweepers/dependencies.ts';
import { tellOfOutages } from '../../infra/sweepers/outages.ts';
import { noteUnstarted } from '../../infra/sweepers/unstarted-work.ts';
import { describeIfKnown } from '../../infra/temporal/describe.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract/customer.ts';
import { owedMailWorkflowId } from '../../workflows/contract/mails.ts';
import { stackWorkflowId } from '../../workflows/contract/stack.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY, SUPPORT, type SignedUp } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterEach(() => harness.clearFaults());
afterAll(() => harness.close());

const TRIAL_ENDS_AT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.trialEndsAt, 'DATETIME');
const openAlerts = async (id: string): Promise<string[]> =>
  (await harness.alerts(id)).filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);
const isRunning = async (id: string): Promise<boolean> =>
  (await harness.handle(id).describe()).status.name === 'RUNNING';
const waitingFor = async (id: string): Promise<string[]> =>
  (await waitingOf(harness.database, id)).map(({ waitsFor }) => waitsFor);
const follow = () => tellOfOutages(harness.sweeperDeps(), { openAfterSeconds: 0 });
const outageMails = async () => (await harness.inbox.to(SUPPORT)).filter(({ subject }) => subject.includes('Stripe'));

test('Stripe is away: nobody fails or needs a person, support is told once for all, and all goes on by itself', async () => {
  const [inTrial, leaving] = await Promise.all([harness.inTrial(), harness.inTrial()]);
  const [stays, leaves] = [inTrial.customerId, leaving.customerId];
  await eventually('the trial to have read Stripe', () =>
    harness.command(stays, 'convertTrial', { chargeWhen: 'now' }),
  );
  for (const match of ['GET /v1/subscriptions', 'GET /v1/customers/*', 'GET /v1/customers', 'POST /v1/customers'])
    await harness.stripeFault({ match, mode: 'error', times: 10_000 });
  await harness.handle(stays).signal('billingChanged', { eventId: 'evt_1', kind: 'customer.subscription.updated' });
  await harness.command(leaves, 'cancel', { when: 'now' });
  const { customerId: signsUp } = await harness.signUp();
  const everybody = [stays, leaves, signsUp];

  await eventually('all three to wait for Stripe', async () =>
    (await Promise.all(everybody.map(waitingFor))).every((what) => what.includes('Stripe')),
  );
  await follow();
  await follow();
  expect(await outageMails()).toHaveLength(1);
  const [outage] = await listOutages(harness.database);
  expect(outage).toMatchObject({ waitsFor: 'Stripe', errorType: 'StripeUnavailable', customers: 3, resolvedAt: null });
  expect(await Promise.all(everybody.map(isRunning))).toEqual([true, true, true]);
  expect(await Promise.all(everybody.map(openAlerts))).toEqual([[], [], []]);
  expect((await harness.row(signsUp)).attention).toBeNull();
  // The duties after the waiting one have waited too.
  expect(harness.stacks.stacks.has(leaves)).toBe(true);

  await harness.clearFaults();
  await Promise.all([harness.untilPhase(leaves, 'ended'), harness.untilPhase(signsUp, 'trial')]);
  expect((await harness.inStripe(leaves)).live).toEqual([]);
  expect((await harness.inStripe(signsUp)).customers).toHaveLength(1);
  expect((await harness.inStripe(signsUp)).live).toHaveLength(1);
  await eventually('nobody to wait any more', async () => {
    await follow();
    return (await listOutages(harness.database))[0]?.resolvedAt != null;
  });
  expect(await outageMails()).toHaveLength(1);
  expect((await harness.row(stays)).phase).toBe('trial');
});

test('an error that Stripe has saved under a key holds back neither a payment nor a cancellation for the day it is kept', async () => {
  const [paying, leaving] = await Promise.all([harness.inTrial(), harness.inTrial()]);
  const [pays, leaves] = [paying.customerId, leaving.customerId];
  await harness.advance(pays, (await harness.trialEndsAt(pays)) + DAY);
  const [checkout] = await Promise.all([harness.checkout(pays, 'now'), harness.checkout(leaves, 'now')]);
  for (const match of ['POST /v1/subscriptions/*/resume', 'POST /v1/checkout/sessions/*/expire'])
    await harness.stripeFault({ match, mode: 'error', times: 2 });
  await Promise.all([harness.pay(checkout), harness.command(leaves, 'cancel', { when: 'now' })]);
  await Promise.all([harness.untilPhase(pays, 'subscription'), harness.untilPhase(leaves, 'ended')]);
  expect((await harness.inStripe(pays)).live).toMatchObject([{ status: 'active' }]);
  expect((await harness.inStripe(leaves)).live).toEqual([]);
  expect([...(await openAlerts(pays)), ...(await openAlerts(leaves))]).toEqual([]);
});

test('one error of Stripe at each call of an onboarding parks nobody', async () => {
  for (const match of ['POST /v1/test_helpers/test_clocks', 'POST /v1/customers', 'POST /v1/subscriptions'])
    await harness.stripeFault({ match, mode: 'error', times: 1 });
  const { customerId } = await harness.signUp();
  await harness.untilPhase(customerId, 'trial');
  const { customers, live } = await harness.inStripe(customerId);
  expect([customers.length, live.length]).toEqual([1, 1]);
  expect(await harness.alerts(customerId)).toEqual([]);
  const { data: clocks } = await harness.stripe.testHelpers.testClocks.list({ limit: 100 });
  expect(clocks.filter(({ name }) => name === customerId)).toHaveLength(1);
});

test('an outage of the database that support was told of while nothing could be noted is not told again', async () => {
  const { customerId } = await harness.inTrial();
  const seen = { waitsFor: 'the database', errorType: 'DatabaseUnavailable', since: new Date(Date.now() - 600_000) };
  const { since, ...of } = seen;
  const waits = { lastingMs: Date.now() - since.getTime(), attempts: 9, nextTryInMs: 60_000 };
  await noteWaiting(harness.database, { ...of, ...waits, customerId, workflowId: 'x', work: 'y' });
  await openOutage(harness.database, { ...seen, alertedAt: new Date() });
  await follow();
  const told = await harness.inbox.to(SUPPORT);
  expect(told.filter(({ subject }) => subject.includes('the database'))).toEqual([]);
  expect(await listOutages(harness.database)).toContainEqual(expect.objectContaining({ waitsFor: seen.waitsFor }));
});

test('an outage that one process sees lasts, whatever others see, and ends when nobody sees it any more', async () => {
  const seen = { waitsFor: 'Temporal', errorType: 'TemporalUnavailable', since: new Date(Date.now() - 600_000) };
  await openOutage(harness.database, { ...seen, alertedAt: new Date() });
  await follow();
  expect((await openOutages(harness.database)).map(({ waitsFor }) => waitsFor)).toContain('Temporal');
  await watchDependencies()(harness.sweeperDeps());
  await follow();
  expect((await openOutages(harness.database)).map(({ waitsFor }) => waitsFor)).toContain('Temporal');
  await harness.database
    .updateTable('outages')
    .set({ seenAt: new Date(Date.now() - 120_000) })
    .where('waitsFor', '=', 'Temporal')
    .execute();
  await follow();
  expect((await openOutages(harness.database)).map(({ waitsFor }) => waitsFor)).not.toContain('Temporal');
});

test('work that no worker takes up is an outage; what waits for another reason is not forgotten meanwhile', async () => {
  await harness.stopWorker('provisioning');
  const { customerId } = await harness.signUp();
  const workflowId = stackWorkflowId(customerId);
  const stack = () => describeIfKnown(harness.temporal.client, workflowId);
  const look = async () => noteUnstarted(harness.database, workflowId, await stack(), 0);
  await eventually('an outage', async () => {
    await look();
    await follow();
    return (await openOutages(harness.database)).some(({ waitsFor }) => waitsFor === 'a worker');
  });
  const work = (await stack())?.raw.pendingActivities?.[0]?.activityId ?? '';
  const overdue = { lastingMs: 0, attempts: 9, nextTryInMs: -600_000, errorType: 'GatewayUnavailable' };
  for (const name of [work, 'given up'])
    await noteWaiting(harness.database, { ...overdue, waitsFor: 'provisioning', customerId, workflowId, work: name });
  await follow();
  const noted = harness.database.selectFrom('waitingWork').select('work').where('workflowId', '=', workflowId);
  expect(await noted.execute()).toEqual([{ work }]);
  await endWaiting(harness.database, { workflowId, work });
  await eventually('it to wait for a worker', async () => {
    await look();
    return (await waitingFor(customerId)).includes('a worker');
  });
  await harness.startWorker('provisioning');
  await harness.untilPhase(customerId, 'trial');
  await look();
  expect(await waitingFor(customerId)).toEqual([]);
});

test('what a stack depends on is away for more tries than a step has: nobody is parked, neither in it nor in taking it back', async () => {
  const away = (activity: string) => (id: string) => {
    harness.failpoints.arm(activity, id, 'before', 6, 'TenantDatabaseUnavailable');
  };
  const { customerId } = await harness.signUp({ beforeStart: away('applyStack') });
  await harness.untilPhase(customerId, 'trial');
  const { customerId: leaves } = await harness.signUp({
    beforeStart: (id) => {
      harness.failpoints.arm('checkInstance', id, 'before');
      for (const activity of ['destroyStack', 'verifyStackGone']) away(activity)(id);
    },
  });
  await harness.untilRow(leaves, 'parked', ({ attention }) => attention === 'instanceHealth');
  await harness.command(leaves, 'abandonOnboarding', {});
  await harness.untilPhase(leaves, 'ended');
  expect(harness.stacks.stacks.has(leaves)).toBe(false);
  expect([...(await openAlerts(customerId)), ...(await openAlerts(leaves))]).toEqual([]);
});

test('the mail service is away: the onboarding goes on, every mail is owed and goes out once when it is back', async () => {
  harness.inbox.fault(/./, 'throttle');
  const customer = await harness.inTrial();
  expect(await harness.subjects(customer)).toEqual([]);
  expect((await harness.row(customer.customerId)).attention).toBeNull();
  await eventually('both mails to be owed', async () => (await waitingFor(customer.customerId)).length === 2);
  harness.inbox.clearFaults();
  await eventually('both mails', async () => (await harness.subjects(customer)).length === 2);
  expect((await harness.subjects(customer)).sort()).toEqual(['Welcome to Tenure', 'Your instance is ready']);
  await eventually('nothing to be waited for', async () => (await waitingFor(customer.customerId)).length === 0);
});

test('a reminder that is owed when the trial ends is overtaken by the mail that says so', async () => {
  const customer = await harness.inTrial();
  const { customerId } = customer;
  harness.inbox.fault(/left in your trial|left - time/, 'throttle');
  await harness.advance(customerId, (await harness.trialEndsAt(customerId)) - 6 * DAY);
  await harness.advance(customerId, (await harness.trialEndsAt(customerId)) + DAY / 2);
  harness.inbox.clearFaults();
  const states = async () =>
    (
      await harness.database
        .selectFrom('emails')
        .select(['template', 'state'])
        .where('customerId', '=', customerId)
        .execute()
    )
      .filter(({ template }) => template === 'trialReminder')
      .map(({ state }) => state);
  await eventually('the reminders to be overtaken', async () =>
    (await states()).every((state) => state === 'overtaken'),
  );
  expect((await harness.subjects(customer)).slice(2)).toEqual(['Trial expired - upgrade to continue']);
});

describe('commands that are accepted while Stripe is away, and whose turn has not come when the phase ends', () => {
  const accept = async (id: string, name: string, argument: object) => {
    const asked = { actor: 'customer', auditId: 1, ...argument };
    await harness.handle(id).startUpdate(name, { updateId: `${name}:late`, waitForStage: 'ACCEPTED', args: [asked] });
  };
  const askAgain = (id: string) =>
    harness.handle(id).executeUpdate('cancel', { updateId: 'cancel:late', args: [{ actor: 'customer', auditId: 1 }] });

  test('an erasure is carried out by the next phase; what that phase refuses is refused to whoever asks again', async () => {
    const customers = await Promise.all([harness.inTrial(), harness.inTrial()]);
    const [erased, left] = customers.map(({ customerId }) => customerId) as [string, string];
    await harness.stripeFault({ match: 'GET /v1/subscriptions', mode: 'error', times: 10_000 });
    for (const id of [erased, left]) {
      await harness.stripe.subscriptions.cancel((await harness.row(id)).stripeSubscriptionId ?? '');
      await eventually('the trial to wait for Stripe', async () => (await waitingFor(id)).includes('Stripe'));
    }
    await accept(erased, 'eraseAccount', {});
    await accept(left, 'cancel', { when: 'period_end' });
    await harness.clearFaults();
    await harness.untilPhase(erased, 'ended');
    expect((await harness.row(erased)).email).toBeNull();
    await harness.untilRow(left, 'the next phase', ({ phase }) => phase !== 'trial');
    await expect(askAgain(left)).rejects.toMatchObject({
      cause: { type: 'CommandRefused', message: expect.stringContaining('can only be cancelled now') as string },
    });
  });
});

test.each([
  ['two days', 12],
  ['longer than the trial', -1],
] as const)('an outage of %s before the subscription: the trial begins when it is over', async (_outage, ends) => {
  const began = Date.now();
  const { customerId, email } = await harness.signUp({
    beforeStart: async (id) => {
      const outdated = { trialEndsAt: new Date(began + ends * DAY) };
      await harness.database.updateTable('customers').set(outdated).where('customerId', '=', id).execute();
    },
  });
  await expectWholeTrial({ customerId, email }, began);
});

/** A customer with a subscription, whose instance waits for the gateway until a day of the trial is over. */
async function waitsForInstance(spareMs: number): Promise<SignedUp> {
  const end = new Date(Date.now() + 13 * DAY + spareMs);
  const signedUp = await harness.signUp({
    beforeStart: async (id) => {
      harness.failpoints.arm('checkInstance', id, 'before', undefined, 'GatewayUnavailable', 100);
      await harness.database.updateTable('customers').set({ trialEndsAt: end }).where('customerId', '=', id).execute();
    },
  });
  const { customerId } = signedUp;
  const { trial_end: inStripe } = await eventually('the subscription', async () => {
    const { stripeCustomerId } = await harness.row(customerId);
    return stripeCustomerId === null ? undefined : (await harness.inStripe(customerId)).live[0];
  });
  // On a slow machine the day was over too early: then it was the subscription that waited.
  if (inStripe !== Math.floor(end.getTime() / 1_000)) return waitsForInstance(spareMs * 2);
  await eventually('a day of the trial to be over', () => Date.now() > end.getTime() - 13 * DAY);
  return signedUp;
}

test('days that an outage takes after the subscription has begun are not days of the trial either', async () => {
  const signedUp = await waitsForInstance(4_000);
  const over = Date.now();
  const { customerId } = signedUp;
  harness.failpoints.disarm(customerId);
  await expectWholeTrial(signedUp, over);
  const end = await harness.trialEndsAt(customerId);
  await eventually('a licence that lasts for it', async () => {
    const licences = harness.database.selectFrom('licences').select('expiresAt').where('customerId', '=', customerId);
    return (await licences.execute()).some(({ expiresAt }) => expiresAt.getTime() >= end);
  });
});

async function expectWholeTrial({ customerId, email }: Pick<SignedUp, 'customerId' | 'email'>, since: number) {
  await harness.untilPhase(customerId, 'trial');
  const end = await harness.trialEndsAt(customerId);
  expect(end).toBeGreaterThanOrEqual(since + 14 * DAY);
  const [subscription] = (await harness.inStripe(customerId)).live;
  expect(subscription?.trial_end).toBe(Math.floor(end / 1_000));
  const { typedSearchAttributes } = await harness.handle(customerId).describe();
  expect(typedSearchAttributes.get(TRIAL_ENDS_AT)?.getTime()).toBe(end);
  const day = new Date(end).toLocaleDateString('en-GB', {
    ...{ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' },
  });
  const ready = (await harness.inbox.to(email)).find(({ subject }) => subject === 'Your instance is ready');
  expect(ready?.text).toContain(`Your trial runs until ${day}.`);
  expect(await openAlerts(customerId)).toEqual([]);
}

test('a trial that somebody extends in Stripe ends for us when it does there', async () => {
  const { customerId } = await harness.inTrial();
  const later = Math.floor((await harness.trialEndsAt(customerId)) / 1_000) + 5 * 86_400;
  const { stripeSubscriptionId } = await harness.row(customerId);
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', {
    trial_end: later,
    proration_behavior: 'none',
  });
  await eventually('our end to follow', async () => (await harness.trialEndsAt(customerId)) === later * 1_000);
  expect((await harness.status(customerId)).trialEndsAt).toBe(new Date(later * 1_000).toISOString());
});

test("the Web UI's Cancel means: cancel this customer now", async () => {
  const { customerId } = await harness.inTrial();
  await harness.handle(customerId).cancel();
  await harness.untilPhase(customerId, 'ended');
  expect((await harness.inStripe(customerId)).live).toEqual([]);
  expect(harness.stacks.stacks.has(customerId)).toBe(false);
});

test('it means so too when it lands on a change of phase', async () => {
  const tries = Array.from({ length: 8 }, async (_, index) => {
    const { customerId } = await harness.signUp();
    const onboarding = harness.handle(customerId);
    await eventually('the last step', async () =>
      (await harness.ledger(customerId)).some(({ step }) => step === 'readyMail'),
    );
    await new Promise((resolve) => setTimeout(resolve, index * 12));
    await onboarding.cancel();
    await harness.untilPhase(customerId, 'ended');
    const { live } = await harness.inStripe(customerId);
    return live.length + (harness.stacks.stacks.has(customerId) ? 1 : 0);
  });
  expect(await Promise.all(tries)).toEqual(tries.map(() => 0));
});

async function resend(customerId: string, template: string): Promise<void> {
  const mails = harness.database.selectFrom('emails').select('emailId').where('customerId', '=', customerId);
  const { emailId } = await mails.where('template', '=', template).executeTakeFirstOrThrow();
  const earlier = harness.temporal.client.workflow.getHandle(owedMailWorkflowId(customerId, emailId));
  await earlier.result().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
  const order = { customerId, actor: 'staff', commandId: emailId };
  await resendMail(harness.deps, order, { email_id: emailId, may_come_twice: true, reason: 'test' });
}

test.each([
  // Nobody knows whether it was sent, so it is not repeated.
  ['whose answer is lost', 'drop-reply', { errorType: 'MailAnswerLost', sent: 1 }],
  ['that the mail service refuses', 'refuse', { errorType: 'MailNotSent', sent: 0 }],
] as const)('a mail %s becomes an alert and stops nobody', async (_what, fault, { errorType, sent }) => {
  const customer = await harness.inTrial();
  const { customerId } = customer;
  harness.inbox.fault(/^7 days left/, fault);
  await harness.advance(customerId, (await harness.trialEndsAt(customerId)) - 6 * DAY);
  expect(await harness.alerts(customerId)).toMatchObject([{ kind: 'mail: remind:7', errorType }]);
  const arrived = async () =>
    (await harness.subjects(customer)).filter((subject) => subject.includes('days left')).length;
  expect(await arrived()).toBe(sent);
  expect((await harness.row(customerId)).phase).toBe('trial');
  await harness.clearFaults();
  await resend(customerId, 'trialReminder');
  await eventually('the alert to end', async () => (await openAlerts(customerId)).length === 0);
  expect([await arrived(), (await harness.row(customerId)).attention]).toEqual([sent + 1, null]);
});

test('a sign-in mail whose answer is lost becomes an alert, which ends when the mail is sent again', async () => {
  const customer = await harness.inTrial();
  const { customerId } = customer;
  harness.inbox.fault(/^Set your .* password/, 'drop-reply', 1);
  await sendAccountMail(harness.deps, await oweAccountMail(harness.database, customerId, 'passwordLink'));
  await eventually('an alert', async () => (await openAlerts(customerId)).includes('mail: passwordLink'));
  expect((await harness.alerts(customerId))[0]).toMatchObject({ errorType: 'MailAnswerLost', step: 'passwordLink' });
  await resend(customerId, 'passwordLink');
  await eventually('the alert to end', async () => (await openAlerts(customerId)).length === 0);
});

test('a mail that is owed and then refused becomes an alert, and its one-time links do not pile up', async () => {
  const customer = await harness.inTrial();
  const { customerId } = customer;
  const links = async () =>
    harness.database.selectFrom('oneTimeLinks').selectAll().where('customerId', '=', customerId).execute();
  const before = (await links()).length;
  harness.inbox.fault(/^A new .* API key/, 'throttle', 3);
  harness.inbox.fault(/^A new .* API key/, 'refuse');
  await sendAccountMail(harness.deps, await oweAccountMail(harness.database, customerId, 'apiKeyLink'));
  await eventually('an alert', async () => (await openAlerts(customerId)).length === 1);
  expect(await links()).toHaveLength(before);
  await resend(customerId, 'apiKeyLink');
  await eventually('the alert again', async () => (await harness.alerts(customerId))[0]?.raisedCount === 2);
  expect(await openAlerts(customerId)).toHaveLength(1);
});
