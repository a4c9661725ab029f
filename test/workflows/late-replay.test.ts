import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { buildApp } from '../../api/http/app.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract/customer.ts';
import { REPLAY_PLAN } from '../../workflows/contract/replay.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, type SignedUp, type SignUpOptions } from '../support/lifecycle.ts';
import { LocalSns } from '../support/sns.ts';
import { storeCorrection } from '../../infra/db/repositories/corrections.ts';

let bench: Bench;
let sns: LocalSns;
/** Posts a message of SNS to the API. */
let post: (message: object) => Promise<number>;
beforeAll(async () => {
  [bench, sns] = await Promise.all([Bench.start(), LocalSns.start()]);
  const app = await buildApp({ ...bench.deps, mailEvents: sns.topic });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/webhooks/ses`;
  const headers = { 'content-type': 'text/plain' };
  post = async (message) => (await fetch(url, { method: 'POST', headers, body: JSON.stringify(message) })).status;
  closeApp = () => app.close();
});
let closeApp: () => Promise<unknown>;
afterAll(async () => {
  sns.close();
  await closeApp();
  await bench.close();
});
afterEach(() => bench.clearFaults());

/** In trial, with a welcome mail that the mail service refused. */
async function withoutWelcome(): Promise<SignedUp> {
  bench.inbox.fault(/^Welcome/, 'refuse');
  const customer = await bench.inTrial();
  await eventually('the alert', async () => (await bench.alerts(customer.customerId)).length === 1);
  return customer;
}

const ATTENTION = defineSearchAttributeKey(SEARCH_ATTRIBUTES.attention, SearchAttributeType.KEYWORD);
const inTemporal = async ({ customerId }: SignedUp): Promise<string | undefined> =>
  (await bench.handle(customerId).describe()).typedSearchAttributes.get(ATTENTION);

const attentionOf = async ({ customerId }: SignedUp): Promise<string | null> => (await bench.row(customerId)).attention;

test('a mail that failed is alerted, and stays a matter for support in the trial', async () => {
  const customer = await withoutWelcome();
  expect(await attentionOf(customer)).toBe('welcomeMail');
  expect(await inTemporal(customer)).toBe('welcomeMail');
  expect(await bench.supportMails(customer.customerId)).toHaveLength(1);
});

test('replayed in the trial it is sent, once, to the corrected address, and nothing else runs again', async () => {
  const customer = await withoutWelcome();
  const { customerId } = customer;
  await bench.clearFaults();
  const email = `right-${customer.email}`;
  const correctionId = await storeCorrection(bench.database, { customerId, actor: 'staff', patch: { email } });
  expect(await bench.handle(customerId).query(REPLAY_PLAN, { from: 'failed', corrected: ['email'] })).toMatchObject({
    willRun: ['stripeCustomer', 'welcomeMail'],
    willUndo: [],
  });
  const result = await bench.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId }, 'late-1');
  expect(result.willRun).toEqual(['stripeCustomer', 'welcomeMail']);
  expect(await bench.command(customerId, 'resumeOnboarding', { from: 'failed' }, 'late-1')).toEqual(result);
  expect((await bench.inbox.to(email)).map(({ subject }) => subject)).toEqual(['Welcome to Tenure']);
  expect(await attentionOf(customer)).toBeNull();
  expect((await bench.alerts(customerId)).every(({ resolvedAt }) => resolvedAt !== null)).toBe(true);
  expect(await inTemporal(customer)).toBeUndefined();
  const { customers, live } = await bench.inStripe(customerId);
  expect(customers.map((one) => one.email)).toEqual([email]);
  expect(live).toHaveLength(1);
  const rows = (await bench.ledger(customerId)).filter(({ epoch }) => epoch > 1);
  expect(rows).toMatchObject([{ step: 'welcomeMail', epoch: 2, state: 'done' }]);
});

test('refused again, it is alerted again; with nothing owed, or for another step, a replay is refused', async () => {
  const customer = await withoutWelcome();
  const { customerId } = customer;
  await bench.command(customerId, 'resumeOnboarding', { from: 'welcomeMail' });
  expect(await attentionOf(customer)).toBe('welcomeMail');
  expect((await bench.alerts(customerId)).map(({ resolvedAt }) => resolvedAt === null)).toEqual([false, true]);
  await expect(bench.command(customerId, 'resumeOnboarding', { from: 'stack' })).rejects.toMatchObject({
    body: { message: 'The onboarding is done; only what failed can be replayed: welcomeMail.' },
  });
  await bench.clearFaults();
  await bench.command(customerId, 'resumeOnboarding', { from: 'failed' });
  await expect(bench.command(customerId, 'resumeOnboarding', { from: 'failed' })).rejects.toMatchObject({
    body: { message: 'The onboarding is done; there is nothing to replay.' },
  });
});

test('after the onboarding only the address can be corrected with it', async () => {
  const { customerId, companyName } = await withoutWelcome();
  const correctionId = await storeCorrection(bench.database, {
    customerId,
    actor: 'staff',
    patch: { companyName: 'X' },
  });
  await expect(bench.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId })).rejects.toMatchObject({
    body: { message: 'Now only this can be corrected: email.' },
  });
  expect((await bench.row(customerId)).companyName).toBe(companyName);
});

describe('SES tells of a welcome whose answer was lost', () => {
  const welcomes = async (email: string) =>
    (await bench.inbox.to(email)).filter(({ subject }) => subject === 'Welcome to Tenure').length;
  const event = (type: string, { email }: SignedUp) => sns.event(type, bench.inbox.idOf(email, /^Welcome/));
  const stateOf = async ({ customerId }: SignedUp) => (await bench.stepStates(customerId)).welcomeMail?.state;
  const openAlerts = async ({ customerId }: SignedUp) =>
    (await bench.alerts(customerId)).filter(({ resolvedAt }) => resolvedAt === null);
  const mailOf = ({ customerId }: SignedUp) =>
    bench.database
      .selectFrom('emails')
      .select(['state', 'sesMessageId'])
      .where('customerId', '=', customerId)
      .where('template', '=', 'welcome')
      .execute();

  async function inDoubt(given: SignUpOptions = {}): Promise<SignedUp> {
    bench.inbox.fault(/^Welcome/, 'drop-reply', 1);
    const customer = await bench.signUp(given);
    await eventually('the doubt', async () => (await mailOf(customer)).some(({ state }) => state === 'unknown'));
    return customer;
  }

  test('in the trial: the customer is whole without a person, and has one welcome', async () => {
    const customer = await inDoubt();
    await bench.untilPhase(customer.customerId, 'trial');
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
    expect((await bench.stepStates(customer.customerId)).welcomeMail?.epoch).toBe(2);
  });

  test('while the onboarding runs: at its end nothing is in doubt any more', async () => {
    await bench.stopWorker('provisioning');
    const customer = await inDoubt();
    expect(await post(event('Send', customer))).toBe(503);
    await bench.startWorker('provisioning');
    await bench.untilPhase(customer.customerId, 'trial');
    expect(await stateOf(customer)).toBe('done');
    expect(await bench.alerts(customer.customerId)).toEqual([]);
    expect(await post(event('Delivery', customer))).toBe(200);
    expect(await welcomes(customer.email)).toBe(1);
    expect((await bench.stepStates(customer.customerId)).welcomeMail?.epoch).toBe(1);
  });

  test.each(['', 'right-'])('of an onboarding that failed: support replays it, to %sthe address', async (correct) => {
    const customer = await inDoubt({
      beforeStart: (id) => {
        bench.failpoints.arm('ensureTrialSubscription', id, 'before');
      },
    });
    const { customerId } = customer;
    await bench.untilRow(customerId, 'parked', ({ attention }) => attention?.includes('trialSubscription') === true);
    bench.failpoints.disarm(customerId);
    expect(await post(event('Send', customer))).toBe(200);
    const patch = { email: `${correct}${customer.email}` };
    const correctionId = await storeCorrection(bench.database, { customerId, actor: 'staff', patch });
    await bench.command(customerId, 'resumeOnboarding', { from: 'failed', ...(correct !== '' && { correctionId }) });
    await bench.untilPhase(customerId, 'trial');
    expect(await stateOf(customer)).toBe('done');
    expect(await welcomes(customer.email)).toBe(1);
    expect(await welcomes(patch.email)).toBe(1);
  });

  test('that it came back: support is told, and corrects the address of a customer who lacks nothing else', async () => {
    const customer = await bench.inTrial();
    const { customerId, email } = customer;
    const patch = { email: `right-${email}` };
    const correctionId = await storeCorrection(bench.database, { customerId, actor: 'staff', patch });
    const correct = () => bench.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
    await expect(correct()).rejects.toMatchObject({
      body: { message: 'There is nothing to replay, and no mail to this address has bounced.' },
    });
    const id = bench.inbox.idOf(email, /^Welcome/);
    expect(await post(sns.event('Bounce', id, { bounce: { bounceType: 'Permanent' } }))).toBe(200);
    expect(await openAlerts(customer)).toMatchObject([{ errorType: 'MailBounced', step: 'welcome' }]);
    await eventually('support to be told', async () => (await bench.supportMails(customerId)).length === 1);
    expect((await correct()).willRun).toEqual(['stripeCustomer', 'welcomeMail']);
    expect(await welcomes(patch.email)).toBe(1);
    expect(await openAlerts(customer)).toEqual([]);
    expect(await attentionOf(customer)).toBeNull();
  });
});
