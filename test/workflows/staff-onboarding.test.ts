import { randomUUID } from 'node:crypto';
import { onboardCustomer } from '../../api/accounts/onboard.ts';
import { oweAccountMail, sendAccountMail } from '../../api/accounts/account-mail.ts';
import { passwordLinkIsGood, setPassword } from '../../api/accounts/set-password.ts';
import { signIn } from '../../api/accounts/sign-in.ts';
import { eventually } from '../support/eventually.ts';
import { spoken } from '../support/lifecycle-history.ts';
import { Bench, DAY } from '../support/lifecycle.ts';

// On the real engines but stacks, which are stand-ins; the API in front of it is tried in test/api/onboard.test.ts.
let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.clearFaults());
afterAll(() => bench.close());

async function onboard(change: object = {}) {
  const name = randomUUID().slice(0, 8);
  const particulars = { email: `owner-${name}@acme.example`, company_name: `Acme ${name}`, reason: 'by contract' };
  const { customer } = await onboardCustomer(bench.deps, { ...particulars, ...change }, 'staff:token');
  return { ...particulars, customerId: customer.customerId };
}
const subjects = async (email: string) => (await bench.inbox.to(email)).map(({ subject }) => subject);
const ledger = async (customerId: string) =>
  Object.fromEntries((await bench.ledger(customerId)).map(({ step, state }) => [step, state]));
const linkIn = (text: string | undefined): string => /\/set-password\/([\w-]+)/.exec(text ?? '')?.[1] ?? '';
const attempts = { email: '', password: 'Brand-new-pass1' };

test('the welcome mail has a link that sets the password, once; then the owner signs in', async () => {
  const { customerId, email } = await onboard();
  await bench.untilPhase(customerId, 'trial');
  const [welcome] = await bench.inbox.to(email);
  const token = linkIn(welcome?.text);
  expect(token).toHaveLength(43);
  expect(linkIn(welcome?.html)).toBe(token);
  const stored = bench.database.selectFrom('oneTimeLinks').selectAll().where('customerId', '=', customerId);
  expect(JSON.stringify(await stored.execute())).not.toContain(token);
  const hours = (await stored.where('purpose', '=', 'set_password').execute()).map(
    ({ expiresAt, createdAt }) => (expiresAt.getTime() - createdAt.getTime()) / 3_600_000,
  );
  expect(hours).toEqual([24]);
  const signingIn = () => signIn(bench.deps, { ...attempts, email }, { ip: '127.0.0.1' });
  await expect(signingIn()).rejects.toMatchObject({ statusCode: 401 });
  const typed = { password: attempts.password, revokeKeys: false };
  expect(await setPassword(bench.deps, token, typed)).toMatchObject({ customerId });
  expect(await setPassword(bench.deps, token, { ...typed, password: 'Another-pass1' })).toBeUndefined();
  expect(await signingIn()).toMatchObject({ customerId });
  await eventually('the notice', async () => (await subjects(email)).includes('Your Tenure password was changed'));
});

test('a link that was asked for is mailed by a workflow of its own; its token is in no history', async () => {
  const { customerId, email } = await bench.inTrial();
  await sendAccountMail(bench.deps, await oweAccountMail(bench.database, customerId, 'passwordLink'));
  const mail = await eventually('the mail', async () =>
    (await bench.inbox.to(email)).find(({ subject }) => subject === 'Set your Tenure password'),
  );
  const token = linkIn(mail.text);
  expect(await passwordLinkIsGood(bench.database, token)).toBe(true);
  // Whoever signed up has a password: the welcome mail has no such link.
  const [welcome] = await bench.inbox.to(email);
  expect(linkIn(welcome?.text)).toBe('');
  const runs = bench.temporal.client.workflow.list({ query: `WorkflowType = 'accountMail'` });
  const histories = await eventually('the run', async () => {
    const found: string[] = [];
    for await (const { workflowId, runId } of runs)
      found.push(spoken(await bench.temporal.client.workflow.getHandle(workflowId, runId).fetchHistory()));
    return found.length > 0 && found;
  });
  const told = histories.join('');
  expect(told).toContain(customerId);
  expect(told).not.toContain(token);
  expect(told).not.toContain(email);
});

test('S0-10 without provisioning: Stripe customer, trial and mails, but no instance and no word of one', async () => {
  const { customerId, email } = await onboard({ skip_provisioning: true });
  const customer = await bench.untilPhase(customerId, 'trial');
  expect(customer).toMatchObject({ instanceUrl: null, standing: 'active', subscriptionStatus: 'trialing' });
  expect(await ledger(customerId)).toEqual({
    ...{ welcomeMail: 'done', stripeCustomer: 'done', trialSubscription: 'done' },
  });
  expect(await bench.stepStates(customerId)).not.toHaveProperty('stack');
  expect((await bench.inStripe(customerId)).live).toHaveLength(1);
  expect(await subjects(email)).toEqual(['Welcome to Tenure']);
  const [welcome] = await bench.inbox.to(email);
  expect(`${welcome?.text ?? ''}${welcome?.html ?? ''}`).not.toMatch(/instance/i);
  expect(bench.stacks.of(customerId)).toEqual([]);
});

test('its trial is extended, expires, is suspended and ends, with no stack to touch', async () => {
  const { customerId, email } = await onboard({ skip_provisioning: true });
  await bench.untilPhase(customerId, 'trial');
  await eventually('the extension', () => bench.command(customerId, 'extendTrial', { days: 7 }));
  const end = await bench.trialEndsAt(customerId);
  await bench.advance(customerId, end + DAY);
  await bench.untilRow(customerId, 'read-only', ({ standing }) => standing === 'read_only');
  await bench.advance(customerId, end + 4 * DAY);
  await bench.untilRow(customerId, 'suspended', ({ standing }) => standing === 'suspended');
  await bench.advance(customerId, end + 40 * DAY);
  await bench.untilPhase(customerId, 'ended');
  await bench.handle(customerId).result();
  expect(bench.stacks.of(customerId)).toEqual([]);
  expect(bench.stacks.backups.has(customerId)).toBe(false);
  expect((await bench.inStripe(customerId)).live).toEqual([]);
  expect(await subjects(email)).toEqual([
    'Welcome to Tenure',
    '7 days left in your trial',
    '2 days left - time to upgrade!',
    'Trial expired - upgrade to continue',
    'Your account has been closed',
  ]);
  expect((await bench.alerts(customerId)).filter(({ resolvedAt }) => resolvedAt === null)).toEqual([]);
});

test('it pays, and leaves; a failure of it is replayed without a stack', async () => {
  await bench.stopWorker('lifecycle');
  const { customerId } = await onboard({ skip_provisioning: true });
  bench.failpoints.arm('ensureTrialSubscription', customerId, 'before', 3);
  await bench.startWorker('lifecycle');
  await bench.untilRow(customerId, 'parked', ({ attention }) => attention === 'trialSubscription');
  await expect(bench.command(customerId, 'resumeOnboarding', { from: 'stack' })).rejects.toMatchObject({
    body: { message: expect.stringMatching(/^This customer has no step "stack"/) as string },
  });
  const replay = await eventually('the replay', () => bench.command(customerId, 'resumeOnboarding', { from: 'start' }));
  expect(replay.willRun).toEqual(['welcomeMail', 'stripeCustomer', 'trialSubscription']);
  await bench.untilPhase(customerId, 'trial');
  await bench.pay(await bench.checkout(customerId, 'now'));
  await bench.untilPhase(customerId, 'subscription');
  await bench.command(customerId, 'cancel', { when: 'now' });
  await bench.untilPhase(customerId, 'ended');
  expect(bench.stacks.of(customerId)).toEqual([]);
});
