import { Stripe } from 'stripe';
import { createBillingActivities, type BillingActivities } from '../../../activities/billing/index.ts';
import { activityEnvironment } from '../provisioning/support/arrangement.ts';
import { LifecycleHarness } from '../../support/lifecycle.ts';

// The activities over the emulator, which is checked against Stripe's OpenAPI document; no worker is needed here.
let harness: LifecycleHarness;
let billing: BillingActivities;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
  billing = createBillingActivities({
    ...{ database: harness.database, stripe: harness.stripe, config: harness.deps.config.stripe },
    publicUrl: 'http://localhost:1',
  });
  // Stored signups must not be started: each test runs the activities it is about.
  await harness.stopWorker('lifecycle');
});
afterEach(() => harness.clearFaults());
afterAll(() => harness.close());

const run = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input): Promise<Output> =>
  activityEnvironment().run<[Input], Output, (input: Input) => Promise<Output>>(activity, input);

async function newcomer(): Promise<{ customerId: string; key: string; now: string }> {
  const { customerId } = await harness.signUp();
  return { customerId, key: `${customerId}:stripeCustomer:1:v1`, now: new Date().toISOString() };
}
const trialOf = (customerId: string) => ({
  ...{ customerId, key: `${customerId}:trialSubscription:1:v1`, plan: 'starter' },
  trialEndsAt: new Date(Date.now() + 14 * 86_400_000).toISOString(),
});
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test('S3-3: the customer carries our id, and the key goes along; a second call adopts what is there', async () => {
  const order = await newcomer();
  await run(billing.ensureStripeCustomer, order);
  await run(billing.ensureStripeCustomer, order);
  const { customers } = await harness.inStripe(order.customerId);
  expect(customers.map(({ metadata }) => metadata['customer_id'])).toEqual([order.customerId]);
  const created = (await harness.stripeRequests()).filter(({ key }) => key === order.key);
  expect(created.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/customers']);
});

test.each(['drop-reply', 'error'] as const)(
  '%s on the way: the next attempt finds or makes the one customer',
  async (mode) => {
    const order = await newcomer();
    // Stripe's library retries once on its own when a connection closes.
    await harness.stripeFault({ match: 'POST /v1/customers', mode, times: 2 });
    expect(await failureOf(run(billing.ensureStripeCustomer, order))).toMatchObject({
      type: 'StripeUnavailable',
      nonRetryable: false,
    });
    await harness.clearFaults();
    await run(billing.ensureStripeCustomer, order);
    expect((await harness.inStripe(order.customerId)).customers).toHaveLength(1);
  },
);

test('an account without Stripe’s search gets one customer, however often it is tried', async () => {
  const order = await newcomer();
  const { customerId } = order;
  const search = { mode: 'error' as const, status: 400, times: 20 };
  await harness.stripeFault({ match: 'GET /v1/customers/search', about: customerId, ...search });
  await run(billing.ensureStripeCustomer, order);
  await harness.database
    .updateTable('customers')
    .set({ stripeCustomerId: null })
    .where('customerId', '=', customerId)
    .execute();
  await run(billing.ensureStripeCustomer, { ...order, key: order.key.replace(':1:', ':2:') });
  const asked = (await harness.stripeRequests()).filter(
    ({ path, status }) => path === '/v1/customers/search' && status === 400,
  );
  expect(asked.length).toBeGreaterThan(0);
  await harness.clearFaults();
  expect((await harness.inStripe(customerId)).customers).toHaveLength(1);
});

test('a subscription made by an attempt whose answer was lost is adopted, also under another key', async () => {
  const order = await newcomer();
  await run(billing.ensureStripeCustomer, order);
  const trial = trialOf(order.customerId);
  await harness.stripeFault({ match: 'POST /v1/subscriptions', mode: 'drop-reply', times: 2 });
  await failureOf(run(billing.ensureTrialSubscription, trial));
  await run(billing.ensureTrialSubscription, { ...trial, key: trial.key.replace(':1:', ':2:') });
  const { live } = await harness.inStripe(order.customerId);
  expect(live.map(({ status }) => status)).toEqual(['trialing']);
  expect(live[0]?.trial_end).toBe(Math.floor(Date.parse(trial.trialEndsAt) / 1000));
});

test('S4-6: a trial that is over gives way to a longer one, and at no instant is there none', async () => {
  const order = await newcomer();
  const { customerId } = order;
  await run(billing.ensureStripeCustomer, order);
  await run(billing.ensureTrialSubscription, trialOf(customerId));
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  await run(billing.advanceTestClock, { customerId, to: inDays(15) });
  const statuses = async () => (await harness.inStripe(customerId)).live.map(({ status }) => status).sort();
  expect(await statuses()).toEqual(['paused']);

  const move = { customerId, key: `${customerId}:extend:1:v1`, trialEndsAt: inDays(22) };
  await harness.stripeFault({ match: 'DELETE /v1/subscriptions/*', mode: 'error', times: 10 });
  expect(await failureOf(run(billing.moveTrialEnd, move))).toMatchObject({ type: 'StripeUnavailable' });
  expect(await statuses()).toEqual(['paused', 'trialing']);
  const { subscription } = await run(billing.readBillingState, { customerId, now: inDays(15) });
  expect(subscription?.status).toBe('trialing');

  await harness.clearFaults();
  await run(billing.moveTrialEnd, { ...move, key: move.key.replace(':1:', ':2:') });
  const { live } = await harness.inStripe(customerId);
  expect(live).toMatchObject([{ status: 'trialing', trial_end: Math.floor(Date.parse(move.trialEndsAt) / 1000) }]);
});

test('a corrected plan corrects the price of the subscription that is there', async () => {
  const order = await newcomer();
  await run(billing.ensureStripeCustomer, order);
  const trial = trialOf(order.customerId);
  await run(billing.ensureTrialSubscription, trial);
  await run(billing.ensureTrialSubscription, { ...trial, plan: 'enterprise', key: trial.key.replace(':1:', ':2:') });
  const { live } = await harness.inStripe(order.customerId);
  expect(live.map(({ items }) => items.data[0]?.price.lookup_key)).toEqual(['tenure_enterprise_monthly']);
});

test('an undo of what never happened is done, and done again is done', async () => {
  const { customerId } = await newcomer();
  const key = `${customerId}:undo:1:v1`;
  for (let times = 0; times < 2; times += 1) {
    await run(billing.cancelSubscription, { customerId, key });
    await run(billing.deleteStripeCustomer, { customerId, key });
  }
  expect((await harness.inStripe(customerId)).customers).toEqual([]);
});

test("a row that names another customer's subscription cancels its own alone, and the other has theirs back", async () => {
  const [one, other] = await Promise.all([newcomer(), newcomer()]);
  for (const order of [one, other]) {
    await run(billing.ensureStripeCustomer, order);
    await run(billing.ensureTrialSubscription, trialOf(order.customerId));
  }
  const subscriptionIn = async ({ customerId }: { readonly customerId: string }) =>
    (await harness.row(customerId)).stripeSubscriptionId;
  const [own, theirs] = [await subscriptionIn(one), await subscriptionIn(other)];
  const name = (customerId: string, stripeSubscriptionId: string | null) =>
    harness.database
      .updateTable('customers')
      .set({ stripeSubscriptionId })
      .where('customerId', '=', customerId)
      .execute();
  await name(other.customerId, null);
  await name(one.customerId, theirs);

  await run(billing.cancelSubscription, { ...one, key: `${one.customerId}:cancel` });
  const statusOf = async (id: string | null) => (await harness.stripe.subscriptions.retrieve(id ?? '')).status;
  expect([await statusOf(own), await statusOf(theirs)]).toEqual(['canceled', 'trialing']);
  await run(billing.readBillingState, { customerId: other.customerId, now: new Date().toISOString() });
  expect([await subscriptionIn(one), await subscriptionIn(other)]).toEqual([null, theirs]);
});

const LATER = new Date(Date.now() + 20 * 86_400_000).toISOString();
const TOUCHES: Readonly<Record<string, (order: { customerId: string; key: string }) => Promise<unknown>>> = {
  'an extension': (order) => run(billing.moveTrialEnd, { ...order, trialEndsAt: LATER }),
  'leaving at the end': (order) => run(billing.setCancelAtPeriodEnd, { ...order, cancel: true }),
  'leaving now': (order) => run(billing.cancelSubscription, order),
};
const SWAPPED = Object.keys(TOUCHES).flatMap((touch) =>
  [['stripeSubscriptionId'] as const, ['stripeCustomerId', 'stripeSubscriptionId'] as const].flatMap((ids) =>
    [
      { what: 'its metadata', change: {} },
      { what: 'no metadata', change: { metadata: { customer_id: '' } } },
    ].map((theirs) => ({ touch, ids, ...theirs })),
  ),
);

test.each(SWAPPED)(
  "$touch leaves another's alone when rows have swapped $ids and theirs has $what",
  async ({ touch, ids, change }) => {
    const [one, other] = await Promise.all([newcomer(), newcomer()]);
    for (const order of [one, other]) {
      await run(billing.ensureStripeCustomer, order);
      await run(billing.ensureTrialSubscription, trialOf(order.customerId));
    }
    const [own, theirs] = [await harness.row(one.customerId), await harness.row(other.customerId)];
    const name = (customerId: string, row: typeof own | undefined) =>
      harness.database
        .updateTable('customers')
        .set(Object.fromEntries(ids.map((id) => [id, row?.[id] ?? null])))
        .where('customerId', '=', customerId)
        .execute();
    await name(other.customerId, undefined);
    await name(one.customerId, theirs);
    await name(other.customerId, own);
    const before = await harness.stripe.subscriptions.update(theirs.stripeSubscriptionId ?? '', change);

    await TOUCHES[touch]?.({ customerId: one.customerId, key: `${one.customerId}:${touch}` });
    expect(await harness.stripe.subscriptions.retrieve(before.id)).toEqual(before);
    expect(await harness.stripe.subscriptions.retrieve(own.stripeSubscriptionId ?? '')).not.toMatchObject({
      ...{ status: 'trialing', cancel_at_period_end: false, trial_end: before.trial_end },
    });
  },
);

test('a trial whose customer has a default card in Stripe is one that pays at its end', async () => {
  const order = await newcomer();
  await run(billing.ensureStripeCustomer, order);
  await run(billing.ensureTrialSubscription, trialOf(order.customerId));
  const paysAtEnd = async () =>
    (await run(billing.readBillingState, { customerId: order.customerId, now: new Date().toISOString() })).subscription
      ?.hasPaymentMethod;
  expect(await paysAtEnd()).toBe(false);
  const customer = (await harness.row(order.customerId)).stripeCustomerId ?? '';
  const { id: card } = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer });
  await harness.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card } });
  expect(await paysAtEnd()).toBe(true);
});

test("a row that names another customer in Stripe has none of that one's invoices", async () => {
  const [one, other] = await Promise.all([newcomer(), newcomer()]);
  for (const order of [one, other]) {
    await run(billing.ensureStripeCustomer, order);
    await run(billing.ensureTrialSubscription, trialOf(order.customerId));
  }
  const { stripeCustomerId: theirs } = await harness.row(other.customerId);
  const { data } = await harness.stripe.invoices.list({ customer: theirs ?? '' });
  const name = (customerId: string, stripeCustomerId: string | null) =>
    harness.database.updateTable('customers').set({ stripeCustomerId }).where('customerId', '=', customerId).execute();
  await name(other.customerId, null);
  await name(one.customerId, theirs);
  await run(billing.readBillingState, { customerId: one.customerId, now: new Date().toISOString() });
  const owners = await harness.database
    .selectFrom('invoices')
    .select('customerId')
    .where(
      'stripeInvoiceId',
      'in',
      data.map(({ id }) => id),
    )
    .execute();
  expect(data).not.toEqual([]);
  expect(owners.filter(({ customerId }) => customerId !== other.customerId)).toEqual([]);
});

test('a customer in Stripe that does not carry our id is deleted by no erasure', async () => {
  const order = await newcomer();
  await run(billing.ensureStripeCustomer, order);
  const { stripeCustomerId: own } = await harness.row(order.customerId);
  const { id: strange } = await harness.stripe.customers.create({ email: 'somebody@else.example' });
  const name = (stripeCustomerId: string | null) =>
    harness.database
      .updateTable('customers')
      .set({ stripeCustomerId })
      .where('customerId', '=', order.customerId)
      .execute();
  await name(strange);
  const erase = () => run(billing.deleteStripeCustomer, { customerId: order.customerId, key: 'd2' });
  expect(await failureOf(erase())).toMatchObject({ type: 'NotOurStripeCustomer', nonRetryable: true });
  expect(await harness.stripe.customers.retrieve(strange)).not.toHaveProperty('deleted');
  await name(own);
  await erase();
  expect((await harness.inStripe(order.customerId)).customers).toEqual([]);
});

test('undone, nothing is left: subscription, customer and test clock', async () => {
  const order = await newcomer();
  await run(billing.ensureStripeCustomer, order);
  await run(billing.ensureTrialSubscription, trialOf(order.customerId));
  const { stripeTestClockId } = await harness.row(order.customerId);
  await run(billing.cancelSubscription, { customerId: order.customerId, key: 'c1' });
  await run(billing.deleteStripeCustomer, { customerId: order.customerId, key: 'd1' });
  expect((await harness.inStripe(order.customerId)).customers).toEqual([]);
  await expect(harness.stripe.testHelpers.testClocks.retrieve(stripeTestClockId ?? '')).rejects.toMatchObject({
    code: 'resource_missing',
  });
});

test.each([
  [{ mode: 'rate-limit' as const }, { type: 'StripeUnavailable', nonRetryable: false }],
  [{ mode: 'error' as const }, { type: 'StripeUnavailable', nonRetryable: false }],
  [{ mode: 'drop-reply' as const }, { type: 'StripeUnavailable', nonRetryable: false }],
])('a read that meets %j fails in a typed way, without personal data', async (fault, failure) => {
  const { customerId, now } = await newcomer();
  await run(billing.ensureStripeCustomer, { customerId, key: `${customerId}:k`, now });
  await harness.stripeFault({ match: 'GET /v1/subscriptions', times: 9, ...fault });
  const error = await failureOf(run(billing.readBillingState, { customerId, now }));
  expect(error).toMatchObject(failure);
  expect(String(error)).not.toMatch(/acme/i);
});

test("a key that Stripe does not take is everybody's trouble: it is named, and work waits until it is renewed", async () => {
  const { customerId, key, now } = await newcomer();
  const stripe = new Stripe('sk_test_wrong', {
    ...{ host: '127.0.0.1', port: new URL(harness.stripeUrl).port, protocol: 'http' as const, maxNetworkRetries: 0 },
  });
  const wrong = createBillingActivities({
    database: harness.database,
    stripe,
    config: harness.deps.config.stripe,
    publicUrl: '',
  });
  expect(await failureOf(run(wrong.ensureStripeCustomer, { customerId, key, now }))).toMatchObject({
    type: 'StripeAuth',
    nonRetryable: false,
  });
});
