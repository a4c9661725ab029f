import { storeCorrection } from '../../infra/db/repositories/corrections.ts';
import { linkIsGood } from '../../infra/db/repositories/one-time-links.ts';
import { makeApiKey, revealApiKey, findApiKeyOwner } from '../../api/accounts/api-keys.ts';
import { setPassword } from '../../api/accounts/set-password.ts';
import { signIn } from '../../api/accounts/sign-in.ts';
import { hashToken, newToken } from '../../infra/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, type SignedUp } from '../support/lifecycle.ts';

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());
afterEach(() => harness.clearFaults());

const tokenIn = (text: string): string => /\/reveal\/([\w-]+)/.exec(text)?.[1] ?? '';
const welcomes = async (email: string) =>
  (await harness.inbox.to(email)).filter(({ subject }) => subject === 'Welcome to Tenure');

async function parked(): Promise<SignedUp> {
  const customer = await harness.signUp({
    beforeStart: (id) => {
      harness.failpoints.arm('ensureTrialSubscription', id, 'before');
    },
  });
  await harness.untilRow(customer.customerId, 'parked', ({ attention }) => attention === 'trialSubscription');
  await eventually('the welcome to the wrong address', async () => (await welcomes(customer.email)).length === 1);
  harness.failpoints.disarm(customer.customerId);
  return customer;
}
const correction = (customerId: string, email: string) =>
  storeCorrection(harness.database, { customerId, actor: 'staff', patch: { email } });
/** A password link for the stranger who has the wrong address. */
async function passwordLink(customerId: string): Promise<string> {
  const token = newToken();
  const row = {
    tokenHash: hashToken(token),
    customerId,
    purpose: 'set_password',
    expiresAt: new Date(Date.now() + 60_000),
  };
  await harness.database.insertInto('oneTimeLinks').values(row).execute();
  return token;
}

test('what was mailed to a wrong address is dead once it is corrected, and the right one is welcomed', async () => {
  const { customerId, email: wrong } = await parked();
  const [mail] = await welcomes(wrong);
  const stolenKey = (await revealApiKey(harness.database, tokenIn(mail?.text ?? ''))) ?? '';
  const [first, second] = [await passwordLink(customerId), await passwordLink(customerId)];
  const password = 'Strangers-pass1';
  expect(await setPassword(harness.deps, first, { password, revokeKeys: false })).toMatchObject({ customerId });
  const { key: keyOfSession } = await makeApiKey(
    harness.database,
    { customerId, sessionVersion: 2 },
    { name: 'Stranger' },
  );
  await harness.database
    .insertInto('sessions')
    .values({
      ...{ tokenHash: hashToken('strangers'), customerId, sessionVersion: 2, expiresAt: new Date(Date.now() + 60_000) },
    })
    .execute();
  const third = await passwordLink(customerId);
  const right = `right-${wrong}`;
  const correctionId = await correction(customerId, right);
  const { willRun } = await harness.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
  expect(willRun).toContain('welcomeMail');
  await harness.untilPhase(customerId, 'trial');
  for (const token of [second, third])
    expect(await linkIsGood(harness.database, hashToken(token), 'set_password')).toBe(false);
  for (const key of [stolenKey, keyOfSession]) expect(await findApiKeyOwner(harness.database, key)).toBeUndefined();
  for (const email of [wrong, right])
    await expect(signIn(harness.deps, { email, password }, { ip: '127.0.0.1' })).rejects.toMatchObject({
      statusCode: 401,
    });
  const sessions = harness.database.selectFrom('sessions').selectAll().where('customerId', '=', customerId);
  expect(await sessions.execute()).toEqual([]);
  const [welcome, ...more] = await welcomes(right);
  expect(more).toEqual([]);
  expect(welcome?.text).toContain('/set-password/');
  expect(await linkIsGood(harness.database, hashToken(tokenIn(welcome?.text ?? '')), 'reveal_api_key')).toBe(true);
  expect(await welcomes(wrong)).toHaveLength(1);
});

test('a password that the customer chose at signup stays, and an address that stays welcomes nobody again', async () => {
  const { customerId, email, password } = await parked();
  const { key } = await makeApiKey(harness.database, { customerId, sessionVersion: 1 }, { name: 'Own' });
  const right = `right-${email}`;
  const correctionId = await correction(customerId, right);
  await harness.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
  await harness.untilPhase(customerId, 'trial');
  expect(await signIn(harness.deps, { email: right, password }, { ip: '127.0.0.1' })).toMatchObject({ customerId });
  expect(await findApiKeyOwner(harness.database, key)).toBe(customerId);
  const other = await parked();
  const same = await correction(other.customerId, other.email.toUpperCase());
  const replayed = await harness.command(other.customerId, 'resumeOnboarding', { from: 'failed', correctionId: same });
  expect(replayed.willRun).not.toContain('welcomeMail');
});

test('corrected with a mail that is still owed after the onboarding, the right address is welcomed too', async () => {
  harness.inbox.fault(/^Your instance is ready/, 'refuse');
  const { customerId, email } = await harness.inTrial();
  await eventually('the alert', async () => (await harness.alerts(customerId)).length === 1);
  await harness.clearFaults();
  const right = `right-${email}`;
  const correctionId = await correction(customerId, right);
  const { willRun } = await harness.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
  expect(willRun).toEqual(['stripeCustomer', 'welcomeMail', 'readyMail']);
  expect((await harness.inbox.to(right)).map(({ subject }) => subject).sort()).toEqual([
    'Welcome to Tenure',
    'Your instance is ready',
  ]);
});
