import { eraseAccount } from '../../api/support/erasures.ts';
import { erasureWorkflowId } from '../../workflows/contract/erasure.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

let orders = 0;
const erase = (customerId: string) =>
  eraseAccount(
    harness.deps,
    { customerId, actor: 'staff', commandId: `erase-${String((orders += 1))}` },
    'asked by phone',
  );
const row = (id: string) => harness.untilRow(id, 'there', () => true);
const isForgotten = async (id: string): Promise<void> => {
  await harness.untilRow(id, 'forgotten', ({ email, companyName }) => email === null && companyName === null);
  expect(await row(id)).toMatchObject({ phase: 'ended', stripeCustomerId: null, fullName: null, slug: null });
  expect((await harness.inStripe(id)).live).toEqual([]);
};

test('one whose onboarding was abandoned is erased, and told so', async () => {
  const { customerId: id, email } = await harness.signUp({
    beforeStart: (signedUp) => void harness.failpoints.arm('checkInstance', signedUp, 'before'),
  });
  await harness.untilRow(id, 'parked', ({ attention }) => attention === 'instanceHealth');
  await harness.command(id, 'abandonOnboarding', {});
  await harness.handle(id).result();
  expect(await row(id)).toMatchObject({ phase: 'ended', email });
  await erase(id);
  await harness.temporal.client.workflow.getHandle(erasureWorkflowId(id)).result();
  await isForgotten(id);
  await erase(id);
});

test('an erasure waits for no backup that cannot be taken', async () => {
  const { customerId: id } = await harness.inTrial();
  harness.failpoints.arm('backupTenant', id, 'before');
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilRow(id, 'alerted', ({ attention }) => attention !== null);
  await erase(id);
  await harness.handle(id).result();
  await isForgotten(id);
  expect(harness.stacks.stacks.has(id)).toBe(false);
});

test('an erasure accepted while the end is being written is carried out, and told once', async () => {
  const customer = await harness.inTrial();
  const id = customer.customerId;
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  const held = harness.failpoints.arm('endCustomer', id, 'hold');
  const retention = harness.advance(id, (await harness.trialEndsAt(id)) + 60 * 86_400_000);
  await held.reached;
  await erase(id);
  held.release();
  await retention;
  await harness.handle(id).result();
  await isForgotten(id);
  expect(
    (await harness.subjects(customer)).filter((subject) => subject === 'Your account has been erased'),
  ).toHaveLength(1);
});
