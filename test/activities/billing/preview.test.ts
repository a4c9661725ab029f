import { createBillingActivities, type BillingActivities } from '../../../activities/billing/index.ts';
import { storeCorrection, type CorrectionPatch } from '../../../infra/db/repositories/corrections.ts';
import type { CoreStepName } from '../../../workflows/domain/core-steps.ts';
import { LifecycleHarness } from '../../support/lifecycle.ts';
import { activityEnvironment } from '../provisioning/support/arrangement.ts';

// Over the emulator, which is checked against Stripe's OpenAPI document.
let harness: LifecycleHarness;
let billing: BillingActivities;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
  const { database, stripe } = harness;
  const { config } = harness.deps;
  billing = createBillingActivities({ database, stripe, config: config.stripe, publicUrl: 'http://localhost:1' });
  await harness.stopWorker('lifecycle');
});
afterEach(() => harness.clearFaults());
afterAll(() => harness.close());

const run = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input): Promise<Output> =>
  activityEnvironment().run<[Input], Output, (input: Input) => Promise<Output>>(activity, input);

const BOTH: readonly CoreStepName[] = ['stripeCustomer', 'trialSubscription'];
interface Asked {
  readonly willRun?: readonly CoreStepName[];
  readonly willUndo?: readonly CoreStepName[];
  readonly patch?: CorrectionPatch;
}

/** Returns what would change, and asserts that nothing did: Stripe saw only reads. */
async function preview(customerId: string, { willRun = BOTH, willUndo = [], patch }: Asked = {}) {
  const stored = patch && {
    correctionId: await storeCorrection(harness.database, { customerId, patch, actor: 'staff', preview: true }),
  };
  const before = (await harness.stripeRequests()).length;
  const { lines } = await run(billing.previewBilling, { customerId, willRun, willUndo, ...stored });
  const sent = (await harness.stripeRequests()).slice(before);
  expect([...new Set(sent.map(({ method }) => method))].filter((method) => method !== 'GET')).toEqual([]);
  return lines;
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

async function onboarded(
  plan = 'starter',
  trialEndsAt = inDays(14),
): Promise<{ customerId: string; act: () => Promise<void> }> {
  const { customerId } = await harness.signUp();
  let epoch = 0;
  const act = async (): Promise<void> => {
    epoch += 1;
    const key = (step: string): string => `${customerId}:${step}:${String(epoch)}:v1`;
    await run(billing.ensureStripeCustomer, { customerId, key: key('stripeCustomer'), now: new Date().toISOString() });
    await run(billing.ensureTrialSubscription, { customerId, key: key('trialSubscription'), plan, trialEndsAt });
  };
  await act();
  return { customerId, act };
}

test('nothing there yet: it would create the customer and the trial, and makes neither', async () => {
  const { customerId } = await harness.signUp();
  const lines = await preview(customerId);
  expect(lines.at(0)).toBe('create the customer, with a test clock');
  expect(lines.at(-1)).toBe(`create the trial subscription on starter ending ${inDays(14).slice(0, 10)}`);
  expect((await harness.inStripe(customerId)).customers).toEqual([]);
});

test('everything there: nothing but the end of a trial that begins anew', async () => {
  const { customerId } = await onboarded('starter', inDays(9));
  const [subscription] = (await harness.inStripe(customerId)).live;
  expect(await preview(customerId, { willRun: ['stripeCustomer'] })).toEqual([]);
  expect(await preview(customerId)).toEqual([
    `move the end of the trial of ${subscription?.id ?? ''} to ${inDays(14).slice(0, 10)}`,
  ]);
});

test('planted differences show, and the steps then make just those changes', async () => {
  const { customerId, act } = await onboarded();
  const { customers, live } = await harness.inStripe(customerId);
  const [customer, subscription] = [customers[0]?.id ?? '', live[0]?.id ?? ''];
  await harness.stripe.customers.update(customer, { name: 'Somebody else' });
  expect(await preview(customerId, { willRun: ['stripeCustomer'] })).toEqual([
    `update the customer's name (${customer})`,
  ]);
  await act();
  expect(await preview(customerId, { willRun: ['stripeCustomer'] })).toEqual([]);
  await harness.stripe.subscriptions.cancel(subscription);
  expect((await preview(customerId, { willRun: ['trialSubscription'] })).join()).toContain(
    'create the trial subscription',
  );
});

test('corrections asked for are in it, by the names of the particulars alone', async () => {
  const { customerId } = await onboarded('starter', inDays(9));
  const { customers, live } = await harness.inStripe(customerId);
  const [customer, subscription] = [customers[0]?.id ?? '', live[0]?.id ?? ''];
  const lines = await preview(customerId, {
    patch: { companyName: 'Zebra Works', email: 'zoe@zebra.example', plan: 'enterprise' },
  });
  expect(lines.filter((line) => !line.startsWith('create the price'))).toEqual([
    `update the customer's email (${customer})`,
    `update the customer's name (${customer})`,
    `change the price of ${subscription} to enterprise`,
    expect.stringContaining(`move the end of the trial of ${subscription}`) as string,
  ]);
  expect(lines.join()).not.toMatch(/zebra/i);
  // The preview read it, and did not apply it.
  expect(await harness.row(customerId)).toMatchObject({ plan: 'starter' });
});

test('what is taken back first is told by its ids, and is not there any more for what runs after it', async () => {
  const { customerId } = await onboarded();
  const { customers, live } = await harness.inStripe(customerId);
  const { stripeTestClockId } = await harness.row(customerId);
  expect(await preview(customerId, { willUndo: ['trialSubscription', 'stripeCustomer'] })).toEqual([
    `cancel subscription ${live[0]?.id ?? ''}`,
    `delete customer ${customers[0]?.id ?? ''}`,
    `delete test clock ${stripeTestClockId ?? ''}`,
    'create the customer, with a test clock',
    `create the trial subscription on starter ending ${inDays(14).slice(0, 10)}`,
  ]);
  expect((await harness.inStripe(customerId)).live).toHaveLength(1);
});

test('a correction that was only looked at is never applied, and one that is applied is not looked at', async () => {
  const { customerId } = await harness.signUp();
  const look = { customerId, patch: { slug: 'zebra' }, actor: 'staff' };
  const stored = await storeCorrection(harness.database, look);
  const asked = { customerId, willRun: BOTH, willUndo: [], correctionId: stored };
  await expect(run(billing.previewBilling, asked)).rejects.toMatchObject({ type: 'CommandRefused' });
});
