import { eraseAccount } from '../../api/support/erasures.ts';
import { erasureWorkflowId } from '../../workflows/contract/erasure.ts';
import { Bench } from '../support/lifecycle.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

let orders = 0;
const erase = (customerId: string) =>
  eraseAccount(
    bench.deps,
    { customerId, actor: 'staff', commandId: `erase-${String((orders += 1))}` },
    'asked by phone',
  );
const row = (id: string) => bench.untilRow(id, 'there', () => true);
const isForgotten = async (id: string): Promise<void> => {
  await bench.untilRow(id, 'forgotten', ({ email, companyName }) => email === null && companyName === null);
  expect(await row(id)).toMatchObject({ phase: 'ended', stripeCustomerId: null, fullName: null, slug: null });
  expect((await bench.inStripe(id)).live).toEqual([]);
};

test('one whose onboarding was abandoned is erased, and told so', async () => {
  const { customerId: id, email } = await bench.signUp({
    beforeStart: (signedUp) => void bench.failpoints.arm('checkInstance', signedUp, 'before'),
  });
  await bench.untilRow(id, 'parked', ({ attention }) => attention === 'instanceHealth');
  await bench.command(id, 'abandonOnboarding', {});
  await bench.handle(id).result();
  expect(await row(id)).toMatchObject({ phase: 'ended', email });
  await erase(id);
  await bench.temporal.client.workflow.getHandle(erasureWorkflowId(id)).result();
  await isForgotten(id);
  await erase(id);
});

test('an erasure waits for no backup that cannot be taken', async () => {
  const { customerId: id } = await bench.inTrial();
  bench.failpoints.arm('backupTenant', id, 'before');
  await bench.command(id, 'cancel', { when: 'now' });
  await bench.untilRow(id, 'alerted', ({ attention }) => attention !== null);
  await erase(id);
  await bench.handle(id).result();
  await isForgotten(id);
  expect(bench.stacks.stacks.has(id)).toBe(false);
});

test('an erasure accepted while the end is being written is carried out, and told once', async () => {
  const customer = await bench.inTrial();
  const id = customer.customerId;
  await bench.command(id, 'cancel', { when: 'now' });
  await bench.untilPhase(id, 'ended');
  const held = bench.failpoints.arm('endCustomer', id, 'hold');
  const retention = bench.advance(id, (await bench.trialEndsAt(id)) + 60 * 86_400_000);
  await held.reached;
  await erase(id);
  held.release();
  await retention;
  await bench.handle(id).result();
  await isForgotten(id);
  expect((await bench.subjects(customer)).filter((subject) => subject === 'Your account has been erased')).toHaveLength(
    1,
  );
});
