import { storeCorrection } from '../../infra/db/repositories/corrections.ts';
import { linkIsGood } from '../../infra/db/repositories/one-time-links.ts';
import { makeApiKey, revealApiKey, findApiKeyOwner } from '../../api/accounts/api-keys.ts';
import { setPassword } from '../../api/accounts/set-password.ts';
import { signIn } from '../../api/accounts/sign-in.ts';
import { hashToken, newToken } from '../../infra/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, type SignedUp } from '../support/lifecycle.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());
afterEach(() => bench.clearFaults());

const tokenIn = (text: string): string => /\/reveal\/([\w-]+)/.exec(text)?.[1] ?? '';
const welcomes = async (email: string) =>
  (await bench.inbox.to(email)).filter(({ subject }) => subject === 'Welcome to Tenure');

async function parked(): Promise<SignedUp> {
  const customer = await bench.signUp({
    beforeStart: (id) => {
      bench.failpoints.arm('ensureTrialSubscription', id, 'before');
    },
  });
  await bench.untilRow(customer.customerId, 'parked', ({ attention }) => attention === 'trialSubscription');
  await eventually('the welcome to the wrong address', async () => (await welcomes(customer.email)).length === 1);
  bench.failpoints.disarm(customer.customerId);
  return customer;
}
const correction = (customerId: string, email: string) =>
  storeCorrection(bench.database, { customerId, actor: 'staff', patch: { email } });
/** As the stranger asks for it, whose mailbox the wrong address is. */
async function passwordLink(customerId: string): Promise<string> {
  const token = newToken();
  const row = {
    tokenHash: hashToken(token),
    customerId,
    purpose: 'set_password',
    expiresAt: new Date(Date.now() + 60_000),
  };
  await bench.database.insertInto('oneTimeLinks').values(row).execute();
  return token;
}

test('what was mailed to a wrong address is dead once it is corrected, and the right one is welcomed', async () => {
  const { customerId, email: wrong } = await parked();
  const [mail] = await welcomes(wrong);
  const stolenKey = (await revealApiKey(bench.database, tokenIn(mail?.text ?? ''))) ?? '';
  const [first, second] = [await passwordLink(customerId), await passwordLink(customerId)];
  const password = 'Strangers-pass1';
  expect(await setPassword(bench.deps, first, { password, revokeKeys: false })).toMatchObject({ customerId });
  const { key: keyOfSession } = await makeApiKey(
    bench.database,
    { customerId, sessionVersion: 2 },
    { name: 'Stranger' },
  );
  await bench.database
    .insertInto('sessions')
    .values({
      ...{ tokenHash: hashToken('strangers'), customerId, sessionVersion: 2, expiresAt: new Date(Date.now() + 60_000) },
    })
    .execute();
  const third = await passwordLink(customerId);
  const right = `right-${wrong}`;
  const correctionId = await correction(customerId, right);
  const { willRun } = await bench.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
  expect(willRun).toContain('welcomeMail');
  await bench.untilPhase(customerId, 'trial');
  for (const token of [second, third])
    expect(await linkIsGood(bench.database, hashToken(token), 'set_password')).toBe(false);
  for (const key of [stolenKey, keyOfSession]) expect(await findApiKeyOwner(bench.database, key)).toBeUndefined();
  for (const email of [wrong, right])
    await expect(signIn(bench.deps, { email, password }, { ip: '127.0.0.1' })).rejects.toMatchObject({
      statusCode: 401,
    });
  const sessions = bench.database.selectFrom('sessions').selectAll().where('customerId', '=', customerId);
  expect(await sessions.execute()).toEqual([]);
  const [welcome, ...more] = await welcomes(right);
  expect(more).toEqual([]);
  expect(welcome?.text).toContain('/set-password/');
  expect(await linkIsGood(bench.database, hashToken(tokenIn(welcome?.text ?? '')), 'reveal_api_key')).toBe(true);
  expect(await welcomes(wrong)).toHaveLength(1);
});

test('a password that the customer chose at signup stays, and an address that stays welcomes nobody again', async () => {
  const { customerId, email, password } = await parked();
  const { key } = await makeApiKey(bench.database, { customerId, sessionVersion: 1 }, { name: 'Own' });
  const right = `right-${email}`;
  const correctionId = await correction(customerId, right);
  await bench.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
  await bench.untilPhase(customerId, 'trial');
  expect(await signIn(bench.deps, { email: right, password }, { ip: '127.0.0.1' })).toMatchObject({ customerId });
  expect(await findApiKeyOwner(bench.database, key)).toBe(customerId);
  const other = await parked();
  const same = await correction(other.customerId, other.email.toUpperCase());
  const replayed = await bench.command(other.customerId, 'resumeOnboarding', { from: 'failed', correctionId: same });
  expect(replayed.willRun).not.toContain('welcomeMail');
});

test('corrected with a mail that is still owed after the onboarding, the right address is welcomed too', async () => {
  bench.inbox.fault(/^Your instance is ready/, 'refuse');
  const { customerId, email } = await bench.inTrial();
  await eventually('the alert', async () => (await bench.alerts(customerId)).length === 1);
  await bench.clearFaults();
  const right = `right-${email}`;
  const correctionId = await correction(customerId, right);
  const { willRun } = await bench.command(customerId, 'resumeOnboarding', { from: 'failed', correctionId });
  expect(willRun).toEqual(['stripeCustomer', 'welcomeMail', 'readyMail']);
  expect((await bench.inbox.to(right)).map(({ subject }) => subject).sort()).toEqual([
    'Welcome to Tenure',
    'Your instance is ready',
  ]);
});
