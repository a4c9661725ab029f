import { randomUUID } from 'node:crypto';
import { onboardCustomer } from '../../api/accounts/onboard.ts';
import { oweAccountMail, sendAccountMail } from '../../api/accounts/account-mail.ts';
import { passwordLinkIsGood, setPassword } from '../../api/accounts/set-password.ts';
import { signIn } from '../../api/accounts/sign-in.ts';
import { eventually } from '../support/eventually.ts';
import { spoken } from '../support/lifecycle-history.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';

// On the real engines, except stacks, which are stand-ins; the API in front is tested in test/api/onboard.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterEach(() => harness.clearFaults());
afterAll(() => harness.close());

async function onboard(change: object = {}) {
  const name = randomUUID().slice(0, 8);
  const particulars = { email: `owner-${name}@acme.example`, company_name: `Acme ${name}`, reason: 'by contract' };
  const { customer } = await onboardCustomer(harness.deps, { ...particulars, ...change }, 'staff:token');
  return { ...particulars, customerId: customer.customerId };
}
const subjects = async (email: string) => (await harness.inbox.to(email)).map(({ subject }) => subject);
const ledger = async (customerId: string) =>
  Object.fromEntries((await harness.ledger(customerId)).map(({ step, state }) => [step, state]));
const linkIn = (text: string | undefined): string => /\/set-password\/([\w-]+)/.exec(text ?? '')?.[1] ?? '';
const attempts = { email: '', password: 'Brand-new-pass1' };

test('the welcome mail has a link that sets the password, once; then the owner signs in', async () => {
  const { customerId, email } = await onboard();
  await harness.untilPhase(customerId, 'trial');
  const [welcome] = await harness.inbox.to(email);
  const token = linkIn(welcome?.text);
  expect(token).toHaveLength(43);
  expect(linkIn(welcome?.html)).toBe(token);
  const stored = harness.database.selectFrom('oneTimeLinks').selectAll().where('customerId', '=', customerId);
  expect(JSON.stringify(await stored.execute())).not.toContain(token);
  const hours = (await stored.where('purpose', '=', 'set_password').execute()).map(
    ({ expiresAt, createdAt }) => (expiresAt.getTime() - createdAt.getTime()) / 3_600_000,
  );
  expect(hours).toEqual([24]);
  const signingIn = () => signIn(harness.deps, { ...attempts, email }, { ip: '127.0.0.1' });
  await expect(signingIn()).rejects.toMatchObject({ statusCode: 401 });
  const typed = { password: attempts.password, revokeKeys: false };
  expect(await setPassword(harness.deps, token, typed)).toMatchObject({ customerId });
  expect(await setPassword(harness.deps, token, { ...typed, password: 'Another-pass1' })).toBeUndefined();
  expect(await signingIn()).toMatchObject({ customerId });
  await eventually('the notice', async () => (await subjects(email)).includes('Your Tenure password was changed'));
});

test('a link that was asked for is mailed by a workflow of its own; its token is in no history', async () => {
  const { customerId, email } = await harness.inTrial();
  await sendAccountMail(harness.deps, await oweAccountMail(harness.database, customerId, 'passwordLink'));
  const mail = await eventually('the mail', async () =>
    (await harness.inbox.to(email)).find(({ subject }) => subject === 'Set your Tenure password'),
  );
  const token = linkIn(mail.text);
  expect(await passwordLinkIsGood(harness.database, token)).toBe(true);
  // A customer who signed up has a password already: the welcome mail has no such link.
  const [welcome] = await harness.inbox.to(email);
  expect(linkIn(welcome?.text)).toBe('');
  const runs = harness.temporal.client.workflow.list({ query: `WorkflowType = 'accountMail'` });
  const histories = await eventually('the run', async () => {
    const found: string[] = [];
    for await (const { workflowId, runId } of runs)
      found.push(spoken(await harness.temporal.client.workflow.getHandle(workflowId, runId).fetchHistory()));
    return found.length > 0 && found;
  });
  const told = histories.join('');
  expect(told).toContain(customerId);
  expect(told).not.toContain(token);
  expect(told).not.toContain(email);
});

test('S0-10 without provisioning: Stripe customer, trial and mails, but no instance and no word of one', async () => {
  const { customerId, email } = await onboard({ skip_provisioning: true });
  const customer = await harness.untilPhase(customerId, 'trial');
  expect(customer).toMatchObject({ instanceUrl: null, standing: 'active', subscriptionStatus: 'trialing' });
  expect(await ledger(customerId)).toEqual({
    ...{ welcomeMail: 'done', stripeCustomer: 'done', trialSubscription: 'done' },
  });
  expect(await harness.stepStates(customerId)).not.toHaveProperty('stack');
  expect((await harness.inStripe(customerId)).live).toHaveLength(1);
  expect(await subjects(email)).toEqual(['Welcome to Tenure']);
  const [welcome] = await harness.inbox.to(email);
  expect(`${welcome?.text ?? ''}${welcome?.html ?? ''}`).not.toMatch(/instance/i);
  expect(harness.stacks.of(customerId)).toEqual([]);
});

test('its trial is extended, expires, is suspended and ends, with no stack to touch', async () => {
  const { customerId, email } = await onboard({ skip_provisioning: true });
  await harness.untilPhase(customerId, 'trial');
  await eventually('the extension', () => harness.command(customerId, 'extendTrial', { days: 7 }));
  const end = await harness.trialEndsAt(customerId);
  await harness.advance(customerId, end + DAY);
  await harness.untilRow(customerId, 'read-only', ({ standing }) => standing === 'read_only');
  await harness.advance(customerId, end + 4 * DAY);
  await harness.untilRow(customerId, 'suspended', ({ standing }) => standing === 'suspended');
  await harness.advance(customerId, end + 40 * DAY);
  await harness.untilPhase(customerId, 'ended');
  await harness.handle(customerId).result();
  expect(harness.stacks.of(customerId)).toEqual([]);
  expect(harness.stacks.backups.has(customerId)).toBe(false);
  expect((await harness.inStripe(customerId)).live).toEqual([]);
  expect(await subjects(email)).toEqual([
    'Welcome to Tenure',
    '7 days left in your trial',
    '2 days left - time to upgrade!',
    'Trial expired - upgrade to continue',
    'Your account has been closed',
  ]);
  expect((await harness.alerts(customerId)).filter(({ resolvedAt }) => resolvedAt === null)).toEqual([]);
});

test('it pays, and leaves; a failure of it is replayed without a stack', async () => {
  await harness.stopWorker('lifecycle');
  const { customerId } = await onboard({ skip_provisioning: true });
  harness.failpoints.arm('ensureTrialSubscription', customerId, 'before', 3);
  await harness.startWorker('lifecycle');
  await harness.untilRow(customerId, 'parked', ({ attention }) => attention === 'trialSubscription');
  await expect(harness.command(customerId, 'resumeOnboarding', { from: 'stack' })).rejects.toMatchObject({
    body: { message: expect.stringMatching(/^This customer has no step "stack"/) as string },
  });
  const replay = await eventually('the replay', () =>
    harness.command(customerId, 'resumeOnboarding', { from: 'start' }),
  );
  expect(replay.willRun).toEqual(['welcomeMail', 'stripeCustomer', 'trialSubscription']);
  await harness.untilPhase(customerId, 'trial');
  await harness.pay(await harness.checkout(customerId, 'now'));
  await harness.untilPhase(customerId, 'subscription');
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(customerId, 'ended');
  expect(harness.stacks.of(customerId)).toEqual([]);
});
