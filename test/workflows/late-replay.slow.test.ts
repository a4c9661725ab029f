import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { buildApp } from '../../api/http/app.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract/customer.ts';
import { REPLAY_PLAN } from '../../workflows/contract/replay.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, type SignedUp, type SignUpOptions } from '../support/lifecycle.ts';
import { LocalSns } from '../support/sns.ts';
import { storeCorrection } from '../../infra/db/repositories/corrections.ts';

let harness: LifecycleHarness;
let sns: LocalSns;
/** Posts an SNS message to the API. */
let post: (message: object) => Promise<number>;
beforeAll(async () => {
  [harness, sns] = await Promise.all([LifecycleHarness.start(), LocalSns.start()]);
  const app = await buildApp({ ...harness.deps, mailEvents: sns.topic });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/webhooks/ses`;
  const headers = { 'content-type': 'text/plain' };
  post = async (message) => (await fetch(url, { method: 'POST', headers, body: JSON.stringify(message) })).status;
  closeApp = () => app.close();
});
let closeApp: () => Promise<unknown>;
afterAll(async () => {
  sns.close();
  await closeApp();
  await harness.close();
});
afterEach(() => harness.clearFaults());

/** A customer in trial, with a welcome mail that the mail service refused. */
async function withoutWelcome(): Promise<SignedUp> {
  harness.inbox.fault(/^Welcome/, 'refuse');
  const customer = await harness.inTrial();
  await eventually('the alert', async () => (await harness.alerts(customer.customerId)).length === 1);
  return customer;
}

const ATTENTION = defineSearchAttributeKey(SEARCH_ATTRIBUTES.attention, SearchAttributeType.KEYWORD);
const inTemporal = async ({ customerId }: SignedUp): Promise<string | undefined> =>
  (await harness.handle(customerId).describe()).typedSearchAttributes.get(ATTENTION);

const attentionOf = async ({ customerId }: SignedUp): Promise<string | null> =>
  (await harness.row(customerId)).attention;

test('a mail that failed is alerted, and stays a matter for support in the trial', async () => {
  const customer = await withoutWelcome();
  expect(await attentionOf(customer)).toBe('welcomeMail');
  expect(await inTemporal(customer)).toBe('welcomeMail');
  expect(await harness.supportMails(customer.customerId)).toHaveLength(1);
});

test('replayed in the trial it is sent, once, to the corrected address, and nothing else runs again', async () => {
  const customer = await withoutWelcome();
  const { customerId } = customer;
  await harness.clearFaults();
  const email = `right-${customer.email}`;
  const correctionId = await storeCorrection(harness.database, { customerId, actor: 'staff', patch: { email } });
  expect(await harness.handle(customerId).query(REPLAY_PLAN, { from: 'failed', corrected: ['email'] })).toMatchObject({
    willRun: ['stripeCustomer', 'welcomeMail'],
    willUndo: [],
  });
  const result = await harness.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId }, 'late-1');
  expect(result.willRun).toEqual(['stripeCustomer', 'welcomeMail']);
  expect(await harness.command(customerId, 'resumeOnboarding', { from: 'failed' }, 'late-1')).toEqual(result);
  expect((await harness.inbox.to(email)).map(({ subject }) => subject)).toEqual(['Welcome to Tenure']);
  expect(await attentionOf(customer)).toBeNull();
  expect((await harness.alerts(customerId)).every(({ resolvedAt }) => resolvedAt !== null)).toBe(true);
  expect(await inTemporal(customer)).toBeUndefined();
  const { customers, live } = await harness.inStripe(customerId);
  expect(customers.map((one) => one.email)).toEqual([email]);
  expect(live).toHaveLength(1);
  const rows = (await harness.ledger(customerId)).filter(({ epoch }) => epoch > 1);
  expect(rows).toMatchObject([{ step: 'welcomeMail', epoch: 2, state: 'done' }]);
});

test('refused again, it is alerted again; with nothing owed, or for another step, a replay is refused', async () => {
  const customer = await withoutWelcome();
  const { customerId } = customer;
  await harness.command(customerId, 'resumeOnboarding', { from: 'welcomeMail' });
  expect(await attentionOf(customer)).toBe('welcomeMail');
  expect((await harness.alerts(customerId)).map(({ resolvedAt }) => resolvedAt === null)).toEqual([false, true]);
  await expect(harness.command(customerId, 'resumeOnboarding', { from: 'stack' })).rejects.toMatchObject({
    body: { message: 'The onboarding is done; only what failed can be replayed: welcomeMail.' },
  });
  await harness.clearFaults();
  await harness.command(customerId, 'resumeOnboarding', { from: 'failed' });
  await expect(harness.command(customerId, 'resumeOnboarding', { from: 'failed' })).rejects.toMatchObject({
    body: { message: 'The onboarding is done; there is nothing to replay.' },
  });
});

test('after the onboarding only the address can be corrected with it', async () => {
  const { customerId, companyName } = await withoutWelcome();
  const correctionId = await storeCorrection(harness.database, {
    customerId,
    actor: 'staff',
    patch: { companyName: 'X' },
  });
  await expect(harness.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId })).rejects.toMatchObject(
    {
      body: { message: 'Now only this can be corrected: email.' },
    },
  );
  expect((await harness.row(customerId)).companyName).toBe(companyName);
});

describe('SES tells of a welcome whose answer was lost', () => {
  const welcomes = async (email: string) =>
    (await harness.inbox.to(email)).filter(({ subject }) => subject === 'Welcome to Tenure').length;
  const event = (type: string, { email }: SignedUp) => sns.event(type, harness.inbox.idOf(email, /^Welcome/));
  const stateOf = async ({ customerId }: SignedUp) => (await harness.stepStates(customerId)).welcomeMail?.state;
  const openAlerts = async ({ customerId }: SignedUp) =>
    (await harness.alerts(customerId)).filter(({ resolvedAt }) => resolvedAt === null);
  const mailOf = ({ customerId }: SignedUp) =>
    harness.database
      .selectFrom('emails')
      .select(['state', 'sesMessageId'])
      .where('customerId', '=', customerId)
      .where('template', '=', 'welcome')
      .execute();

  async function inDoubt(given: SignUpOptions = {}): Promise<SignedUp> {
    harness.inbox.fault(/^Welcome/, 'drop-reply', 1);
    const customer = await harness.signUp(given);
    await eventually('the doubt', async () => (await mailOf(customer)).some(({ state }) => state === 'unknown'));
    return customer;
  }

  test('in the trial: the customer is whole without a person, and has one welcome', async () => {
    const customer = await inDoubt();
    await harness.untilPhase(customer.customerId, 'trial');
    await eventually('the alert', async () => (await openAlerts(customer)).length === 1);
    expect(await post({ ...event('Send', customer), TopicArn: 'arn:aws:sns:eu-central-1:1:other' })).toBe(403);
    expect(await post({ ...event('Send', customer), MessageId: 'forged' })).toBe(400);
    expect(await stateOf(customer)).toBe('failed');
    expect(await post(event('Send', customer))).toBe(200);
    expect(await stateOf(customer)).toBe('done');
    expect(await openAlerts(customer)).toEqual([]);
    expect(await attentionOf(customer)).toBeNull();
    expect(await inTemporal(customer)).toBeUndefined();
    for (const type of ['Delivery', 'Send']) expect(await post(event(type, customer))).toBe(200);
    expect(await mailOf(customer)).toMatchObject([{ state: 'sent' }]);
    expect(await welcomes(customer.email)).toBe(1);
    expect((await harness.stepStates(customer.customerId)).welcomeMail?.epoch).toBe(2);
  });

  test('while the onboarding runs: at its end nothing is in doubt any more', async () => {
    await harness.stopWorker('provisioning');
    const customer = await inDoubt();
    expect(await post(event('Send', customer))).toBe(503);
    await harness.startWorker('provisioning');
    await harness.untilPhase(customer.customerId, 'trial');
    expect(await stateOf(customer)).toBe('done');
    expect(await harness.alerts(customer.customerId)).toEqual([]);
    expect(await post(event('Delivery', customer))).toBe(200);
    expect(await welcomes(customer.email)).toBe(1);
    expect((await harness.stepStates(customer.customerId)).welcomeMail?.epoch).toBe(1);
  });

  test.each(['', 'right-'])('of an onboarding that failed: support replays it, to %sthe address', async (correct) => {
    const customer = await inDoubt({
      beforeStart: (id) => {
        harness.failpoints.arm('ensureTrialSubscription', id, 'before');
      },
    });
    const { customerId } = customer;
    await harness.untilRow(customerId, 'parked', ({ attention }) => attention?.includes('trialSubscription') === true);
    harness.failpoints.disarm(customerId);
    expect(await post(event('Send', customer))).toBe(200);
    const patch = { email: `${correct}${customer.email}` };
    const correctionId = await storeCorrection(harness.database, { customerId, actor: 'staff', patch });
    await harness.command(customerId, 'resumeOnboarding', { from: 'failed', ...(correct !== '' && { correctionId }) });
    await harness.untilPhase(customerId, 'trial');
    expect(await stateOf(customer)).toBe('done');
    expect(await welcomes(customer.email)).toBe(1);
    expect(await welcomes(patch.email)).toBe(1);
  });

  test('that it came back: support is told, and corrects the address of a customer who lacks nothing else', async () => {
    const customer = await harness.inTrial();
    const { customerId, email } = customer;
    const patch = { email: `right-${email}` };
    const correctionId = await storeCorrection(harness.database, { customerId, actor: 'staff', patch });
    const correct = () => harness.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
    await expect(correct()).rejects.toMatchObject({
      body: { message: 'There is nothing to replay, and no mail to this address has bounced.' },
    });
    const id = harness.inbox.idOf(email, /^Welcome/);
    expect(await post(sns.event('Bounce', id, { bounce: { bounceType: 'Permanent' } }))).toBe(200);
    expect(await openAlerts(customer)).toMatchObject([{ errorType: 'MailBounced', step: 'welcome' }]);
    await eventually('support to be told', async () => (await harness.supportMails(customerId)).length === 1);
    expect((await correct()).willRun).toEqual(['stripeCustomer', 'welcomeMail']);
    expect(await welcomes(patch.email)).toBe(1);
    expect(await openAlerts(customer)).toEqual([]);
    expect(await attentionOf(customer)).toBeNull();
  });
});
