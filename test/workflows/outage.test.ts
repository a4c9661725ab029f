import { eventually } from '../support/eventually.ts';
import { Bench, DAY } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.test.ts and compensation-stack.test.ts.
let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

const openAlerts = async (id: string): Promise<string[]> =>
  (await bench.alerts(id)).filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);
const isRunning = async (id: string): Promise<boolean> => (await bench.handle(id).describe()).status.name === 'RUNNING';
const moved = async (id: string, byMs: number): Promise<void> => {
  const { clockOffsetMs } = await bench.row(id);
  await bench.advance(id, Date.now() + clockOffsetMs + byMs);
};

test('Stripe is down for long: nobody fails, support is told once a try, and all heals when it is back', async () => {
  const [inTrial, leaving] = await Promise.all([bench.inTrial(), bench.inTrial()]);
  const [stays, leaves] = [inTrial.customerId, leaving.customerId];
  await eventually('the trial to have read Stripe', () => bench.command(stays, 'convertTrial', { chargeWhen: 'now' }));
  for (const match of ['GET /v1/subscriptions', 'GET /v1/customers/*', 'GET /v1/customers/search'])
    await bench.stripeFault({ match, mode: 'error', times: 10_000 });
  await bench.handle(stays).signal('billingChanged', { eventId: 'evt_1', kind: 'customer.subscription.updated' });
  await bench.command(leaves, 'cancel', { when: 'now' });

  await eventually('both alerts', async () => {
    const [trial, end] = await Promise.all([openAlerts(stays), openAlerts(leaves)]);
    return trial.includes('phase') && end.includes('cancellation: stop billing');
  });
  expect(await Promise.all([isRunning(stays), isRunning(leaves)])).toEqual([true, true]);
  const query = `WorkflowId = 'customer/${stays}' AND TenureAttention = 'phase'`;
  await eventually('operators to find it', async () => (await bench.temporal.client.workflow.count(query)).count === 1);
  expect(await bench.supportMails(stays)).toHaveLength(1);
  // What comes after the failed duty has waited for it.
  expect(bench.stacks.stacks.has(leaves)).toBe(true);

  await bench.clearFaults();
  await Promise.all([moved(stays, DAY / 24), moved(leaves, DAY / 24)]);
  await bench.untilPhase(leaves, 'ended');
  expect((await bench.inStripe(leaves)).live).toEqual([]);
  expect(await openAlerts(leaves)).toEqual([]);
  await eventually('the alert of the trial to be resolved', async () => (await openAlerts(stays)).length === 0);
  expect((await bench.row(stays)).phase).toBe('trial');
});

test('an error that Stripe has saved under a key holds back neither who pays nor who leaves for the day it is kept', async () => {
  const [paying, leaving] = await Promise.all([bench.inTrial(), bench.inTrial()]);
  const [pays, leaves] = [paying.customerId, leaving.customerId];
  await bench.advance(pays, (await bench.trialEndsAt(pays)) + DAY);
  const [checkout] = await Promise.all([bench.checkout(pays, 'now'), bench.checkout(leaves, 'now')]);
  for (const match of ['POST /v1/subscriptions/*/resume', 'POST /v1/checkout/sessions/*/expire'])
    await bench.stripeFault({ match, mode: 'error', times: 1 });
  await Promise.all([bench.pay(checkout), bench.command(leaves, 'cancel', { when: 'now' })]);
  // Raised, not open: a webhook that comes late lets the next decision be taken, and heals, before the time.
  const alerted = async (id: string, what: string) => (await bench.alerts(id)).some(({ kind }) => kind === what);
  await eventually('the alert of who pays', () => alerted(pays, 'phase'));
  await eventually('the alert of who leaves', () => alerted(leaves, 'cancellation: stop billing'));
  await Promise.all([moved(pays, DAY / 24), moved(leaves, DAY / 24)]);
  await Promise.all([bench.untilPhase(pays, 'subscription'), bench.untilPhase(leaves, 'ended')]);
  expect((await bench.inStripe(pays)).live).toMatchObject([{ status: 'active' }]);
  expect((await bench.inStripe(leaves)).live).toEqual([]);
});

test("the Web UI's Cancel means: cancel this customer now", async () => {
  const { customerId } = await bench.inTrial();
  await bench.handle(customerId).cancel();
  await bench.untilPhase(customerId, 'ended');
  expect((await bench.inStripe(customerId)).live).toEqual([]);
  expect(bench.stacks.stacks.has(customerId)).toBe(false);
});

test('it means so too when it lands on a change of phase', async () => {
  const tries = Array.from({ length: 8 }, async (_, index) => {
    const { customerId } = await bench.signUp();
    const onboarding = bench.handle(customerId);
    await eventually('the last step', async () =>
      (await bench.ledger(customerId)).some(({ step }) => step === 'readyMail'),
    );
    await new Promise((resolve) => setTimeout(resolve, index * 12));
    await onboarding.cancel();
    await bench.untilPhase(customerId, 'ended');
    const { live } = await bench.inStripe(customerId);
    return live.length + (bench.stacks.stacks.has(customerId) ? 1 : 0);
  });
  expect(await Promise.all(tries)).toEqual(tries.map(() => 0));
});

test('a mail that cannot be sent becomes an alert and stops nobody', async () => {
  const customer = await bench.inTrial();
  bench.inbox.fault(/^7 days left/, 'drop-reply');
  await bench.advance(customer.customerId, (await bench.trialEndsAt(customer.customerId)) - 6 * DAY);
  const alerts = await bench.alerts(customer.customerId);
  expect(alerts.map(({ kind }) => kind)).toEqual(['mail: remind:7']);
  // Whether it went out is not known, so it is not repeated (reliability E1).
  expect((await bench.subjects(customer)).filter((subject) => subject.startsWith('7 days'))).toHaveLength(1);
  expect((await bench.row(customer.customerId)).phase).toBe('trial');
});
