import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { REPLAY_PLAN, SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, type SignedUp } from '../support/lifecycle.ts';
import { storeCorrection } from '../../infra/db/repositories/corrections.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());
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
