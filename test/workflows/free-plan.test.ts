import { openSubscriptionCheckout } from '../../activities/billing/subscribe.ts';
import { viewAudit, viewEntitlements } from '../../infra/db/repositories/console.ts';
import { eventually } from '../support/eventually.ts';
import { freemium, trialFirst } from '../support/freemium.ts';
import { LifecycleHarness, DAY, type SignedUp } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ profile: freemium });
});
afterAll(() => harness.close());

const THANKS = 'Thank you - your subscription has started';
const MOVED = 'You are now on the Free plan';

async function onFreePlan(): Promise<SignedUp> {
  const customer = await harness.signUp();
  await harness.untilPhase(customer.customerId, 'free');
  return customer;
}
const subscribe = async (id: string, plan = 'starter'): Promise<string> =>
  (await harness.command(id, 'subscribe', { plan })).checkoutUrl;
const newestLicence = (id: string) =>
  harness.database
    .selectFrom('licences')
    .selectAll()
    .where('customerId', '=', id)
    .orderBy('issuedAt', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
const setAfterLastRetry = (after_last_retry: string) =>
  fetch(`${harness.stripeUrl}/_control/settings`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ after_last_retry }),
  });
async function paid(id: string): Promise<number[]> {
  const { data } = await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
  return data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0);
}
const entitled = (id: string): Promise<true> =>
  eventually(
    'the entitlement',
    async () => (await viewEntitlements(harness.database, id))?.status === 'trialing' || undefined,
  );
const timesTold = async (customer: SignedUp, subject: string): Promise<number> =>
  (await harness.subjects(customer)).filter((one) => one === subject).length;
const periodEnd = async (id: string): Promise<number> =>
  ((await harness.inStripe(id)).live[0]?.items.data[0]?.current_period_end ?? Number.NaN) * 1000;

test.concurrent(
  'S2-1: a customer who signs up for the free plan stays: nothing is charged, mailed or taken away',
  async () => {
    const customer = await onFreePlan();
    const { customerId: id } = customer;
    const { customers, subscriptions } = await harness.inStripe(id);
    expect([customers.length, subscriptions.length]).toEqual([1, 0]);
    const mails = await harness.subjects(customer);
    await harness.advance(id, Date.now() + 70 * DAY);
    expect(await harness.row(id)).toMatchObject({ phase: 'free', standing: 'active', plan: 'free', trialEndsAt: null });
    expect(await harness.subjects(customer)).toEqual(mails);
    expect(harness.stacks.stacks.has(id)).toBe(true);
    const { now } = await harness.status(id);
    expect((await newestLicence(id)).expiresAt.getTime()).toBeGreaterThan(Date.parse(now) + 6 * DAY);
    expect(await paid(id)).toEqual([]);
  },
);

test.concurrent('S2-1: the first mail speaks of no trial', async () => {
  const customer = await onFreePlan();
  const [welcome] = await eventually('the mail', async () => {
    const mails = (await harness.inbox.to(customer.email)).filter(({ subject }) => subject.startsWith('Welcome'));
    return mails.length > 0 && mails;
  });
  expect(welcome?.text).toContain('You are on the Free plan. It costs nothing.');
  expect(welcome?.text).not.toMatch(/trial/i);
});

test.concurrent('S2-5: from free to paid, back at the end of what is paid, and to paid again', async () => {
  const customer = await onFreePlan();
  const { customerId: id } = customer;
  const forgotten = await subscribe(id, 'professional');
  await harness.pay(await subscribe(id));
  await expect(harness.pay(forgotten)).rejects.toThrow(/expired/);
  await harness.untilPhase(id, 'subscription');
  expect(await harness.row(id)).toMatchObject({ plan: 'starter', terms: { plan: 'starter', maxDevices: 10 } });
  await eventually('the licence', async () => (await newestLicence(id)).plan === 'starter');
  expect(await paid(id)).toEqual([9_900]);
  await eventually('the thanks', async () => (await timesTold(customer, THANKS)) === 1);

  await harness.command(id, 'cancel', { when: 'period_end' });
  const end = await periodEnd(id);
  await harness.advance(id, end - DAY);
  expect((await harness.row(id)).phase).toBe('subscription');
  await harness.advance(id, end + DAY);
  expect(await harness.row(id)).toMatchObject({ phase: 'free', standing: 'active', plan: 'free' });
  await eventually('the licence', async () => (await newestLicence(id)).plan === 'free');
  expect(harness.stacks.stacks.has(id)).toBe(true);
  expect((await harness.inStripe(id)).live).toEqual([]);
  expect(await timesTold(customer, MOVED)).toBe(1);
  await eventually('no entitlement', async () => (await viewEntitlements(harness.database, id))?.status === 'none');

  await harness.pay(await subscribe(id));
  await harness.untilPhase(id, 'subscription');
  expect(await paid(id)).toEqual([9_900, 9_900]);
  await eventually('the thanks again', async () => (await timesTold(customer, THANKS)) === 2);
  const changes = (await viewAudit(harness.database, id)).filter(({ action }) => action === 'plan.changed');
  expect(changes.map(({ details }) => details).reverse()).toMatchObject([
    { from: 'free', to: 'starter' },
    { from: 'starter', to: 'free' },
    { from: 'free', to: 'starter' },
  ]);
});

test.concurrent(
  'who completes two Checkouts has the later one; the other is paid back, and support is told',
  async () => {
    const { customerId: id } = await onFreePlan();
    const { stripeCustomerId: customer } = await harness.row(id);
    // This creates the price too; the next command closes this Checkout.
    await subscribe(id, 'professional');
    const first = await subscribe(id);
    harness.failpoints.arm('readBillingState', id, 'before');
    await harness.pay(first);
    // As if by a request that was under way when the first Checkout was completed.
    const metadata = { customer_id: id, profile: 'freemium' };
    const [price] = (await harness.stripe.prices.list({ lookup_keys: ['freemium_professional_monthly'] })).data;
    const second = await harness.stripe.checkout.sessions.create({
      ...{ mode: 'subscription', customer: customer ?? '', line_items: [{ price: price?.id ?? '', quantity: 1 }] },
      ...{ metadata, subscription_data: { metadata }, success_url: 'http://localhost:1/x' },
    });
    await harness.pay(second.url ?? '');
    const { database, stripe, deps } = harness;
    const again = openSubscriptionCheckout(
      { database, stripe, config: deps.config.stripe, publicUrl: 'http://localhost:1' },
      { customerId: id, plan: 'starter', key: 'again' },
    );
    await expect(again).rejects.toThrow('You have already subscribed. Your account will show it in a moment.');
    harness.failpoints.disarm(id);
    // All of it is done but the answer is lost: the next attempt does the same, and its answer arrives.
    harness.failpoints.arm('keepOneSubscription', id, 'after', 1);
    await harness.untilPhase(id, 'subscription');
    const { live } = await harness.inStripe(id);
    expect(live).toHaveLength(1);
    expect(await harness.row(id)).toMatchObject({ plan: 'professional' });
    const charges = await harness.stripe.charges.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
    const back = charges.data.map((charge) => [charge.amount, charge.amount_refunded]);
    expect(back.sort()).toEqual([
      [49_900, 0],
      [9_900, 9_900],
    ]);
    expect((await harness.alerts(id)).map(({ errorType }) => errorType)).toContain('SubscribedTwice');
  },
);

test.concurrent('an unpaid trial beside a free plan goes on with it; a paid one is a subscription', async () => {
  const customer = await harness.inTrial({ profile: trialFirst });
  const { customerId: id } = customer;
  await harness.advance(id, (await harness.trialEndsAt(id)) + 60 * DAY);
  expect(await harness.row(id)).toMatchObject({ phase: 'free', standing: 'active', plan: 'free', trialEndsAt: null });
  const { live, subscriptions } = await harness.inStripe(id);
  expect([live.length, subscriptions.length]).toEqual([0, 1]);
  const told = await harness.subjects(customer);
  expect(told.filter((subject) => /trial/i.test(subject))).toEqual(['7 days left in your trial']);
  expect(await timesTold(customer, MOVED)).toBe(1);
  expect(await harness.standings(id)).not.toContain('read_only');
  const mails = await harness.inbox.to(customer.email);
  expect(mails.find(({ subject }) => subject.startsWith('2 days'))?.text).toContain('you will move to the free plan');
});

test.concurrent(
  'who is on the free plan leaves when they say so; what a trial or a period is for is refused',
  async () => {
    const { customerId: id } = await onFreePlan();
    await expect(harness.command(id, 'extendTrial', { days: 7 })).rejects.toMatchObject({
      body: { message: 'Only a trial can be extended; this customer is in free.' },
    });
    await expect(subscribe(id, 'free')).rejects.toMatchObject({
      body: { message: 'There is no plan "free" to subscribe to.' },
    });
    const open = await subscribe(id);
    await harness.command(id, 'cancel', { when: 'now' });
    await harness.untilPhase(id, 'ended');
    await expect(harness.pay(open)).rejects.toThrow(/expired/);
    expect(harness.stacks.stacks.has(id)).toBe(false);
  },
);

test.concurrent(
  'who stops paying goes on with the free plan, although Stripe goes on asking for the money',
  async () => {
    const customer = await harness.inTrial({ profile: trialFirst });
    const { customerId: id } = customer;
    const end = await harness.trialEndsAt(id);
    await harness.pay(await harness.checkout(id, 'at_trial_end'), '4000000000000341');
    await eventually('the method', async () => (await harness.inStripe(id)).live[0]?.default_payment_method);
    await harness.advance(id, end + DAY / 8);
    await harness.untilRow(id, 'past due', ({ subscriptionStatus }) => subscriptionStatus === 'past_due');
    const [ahead] = (await harness.status(id)).ahead ?? [];
    expect(ahead?.what).toBe('free_plan');
    await setAfterLastRetry('past_due');
    await harness.advance(id, end + 8 * DAY);
    await setAfterLastRetry('canceled');
    expect((await harness.row(id)).subscriptionStatus).toBe('past_due');
    await harness.advance(id, end + 15 * DAY);
    await harness.untilPhase(id, 'free');
    expect(await harness.row(id)).toMatchObject({ plan: 'free', standing: 'active' });
    expect((await harness.inStripe(id)).live).toEqual([]);
    expect((await harness.subjects(customer)).filter((one) => /read-only|suspended|removed/.test(one))).toEqual([]);
  },
);

test.concurrent('a price that is of no plan gives nothing, and support is told', async () => {
  const { customerId: id } = await onFreePlan();
  const { stripeCustomerId: customer } = await harness.row(id);
  const price = { currency: 'usd', unit_amount: 1_000, recurring: { interval: 'month' as const } };
  const foreign = await harness.stripe.prices.create({ ...price, product_data: { name: 'Something else' } });
  const card = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer: customer ?? '' });
  const byHand = await harness.stripe.subscriptions.create({
    ...{ customer: customer ?? '', items: [{ price: foreign.id }], default_payment_method: card.id },
    metadata: { customer_id: id },
  });
  const open = await eventually('the alert', async () => {
    const alerts = await harness.alerts(id);
    return alerts.some(({ errorType }) => errorType === 'UnknownPrice') && alerts;
  });
  expect(open.every(({ resolvedAt }) => resolvedAt === null)).toBe(true);
  expect(await harness.row(id)).toMatchObject({ phase: 'free', plan: 'free' });
  await harness.stripe.subscriptions.cancel(byHand.id);
  await eventually('the end of the alert', async () =>
    (await harness.alerts(id)).every(({ resolvedAt }) => resolvedAt),
  );
  expect((await harness.row(id)).phase).toBe('free');
});

test.concurrent('that Stripe knows no subscription any more takes nothing away: support is asked', async () => {
  const customer = await harness.inTrial({ profile: trialFirst });
  const { customerId: id } = customer;
  const { live } = await harness.inStripe(id);
  const subscription = live[0]?.id ?? '';
  await entitled(id);
  await harness.database
    .updateTable('customers')
    .set({ stripeSubscriptionId: null })
    .where('customerId', '=', id)
    .execute();
  await harness.stripe.subscriptions.update(subscription, {
    metadata: { customer_id: 'cust_other', tenure: 'ignore' },
  });
  await eventually('the alert', async () =>
    (await harness.alerts(id)).some(({ errorType, resolvedAt }) => errorType === 'SubscriptionMissing' && !resolvedAt),
  );
  expect(await harness.row(id)).toMatchObject({ phase: 'trial', standing: 'active' });
  expect(await viewEntitlements(harness.database, id)).toMatchObject({ status: 'trialing' });
  expect(harness.stacks.stacks.has(id)).toBe(true);
  await harness.stripe.subscriptions.update(subscription, { metadata: { customer_id: id, tenure: '' } });
  await eventually('the end of the alert', async () =>
    (await harness.alerts(id)).every(({ resolvedAt }) => resolvedAt),
  );
  expect((await harness.row(id)).phase).toBe('trial');
});

test.concurrent(
  'a customer deleted in Stripe loses nothing: support is asked, and a new subscription is adopted',
  async () => {
    const customer = await harness.inTrial({ profile: trialFirst });
    const { customerId: id } = customer;
    const { live } = await harness.inStripe(id);
    await entitled(id);
    await harness.stripe.customers.del((await harness.row(id)).stripeCustomerId ?? '');
    await eventually('the alert', async () =>
      (await harness.alerts(id)).some(
        ({ errorType, resolvedAt }) => errorType === 'SubscriptionMissing' && !resolvedAt,
      ),
    );
    expect(await harness.row(id)).toMatchObject({ phase: 'trial', standing: 'active' });
    expect(await viewEntitlements(harness.database, id)).toMatchObject({ status: 'trialing' });
    expect(await timesTold(customer, MOVED)).toBe(0);
    const metadata = { customer_id: id };
    const source = 'pm_card_visa';
    const anew = await harness.stripe.customers.create({ email: customer.email, metadata, payment_method: source });
    const price = live[0]?.items.data[0]?.price.id ?? '';
    const [card] = (await harness.stripe.paymentMethods.list({ customer: anew.id })).data;
    const subscription = { customer: anew.id, items: [{ price }], metadata, default_payment_method: card?.id ?? '' };
    await harness.stripe.subscriptions.create(subscription);
    await harness.untilPhase(id, 'subscription');
    await eventually('the end of the alert', async () =>
      (await harness.alerts(id)).every(({ resolvedAt }) => resolvedAt),
    );
  },
);

test.concurrent(
  'a customer who was deleted in Stripe while on the free plan subscribes with a new billing account',
  async () => {
    const { customerId: id } = await onFreePlan();
    const { stripeCustomerId } = await harness.row(id);
    await harness.stripe.customers.del(stripeCustomerId ?? '');
    await harness.pay(await subscribe(id));
    const row = await harness.untilPhase(id, 'subscription');
    expect(row.stripeCustomerId).not.toBe(stripeCustomerId);
    expect((await harness.inStripe(id)).live).toHaveLength(1);
    expect(await paid(id)).toEqual([9_900]);
  },
);

test.concurrent('a Checkout that is completed after the end was ordered is paid back', async () => {
  const { customerId: id } = await onFreePlan();
  const url = await subscribe(id);
  const closing = harness.failpoints.arm('cancelSubscription', id, 'hold', 1);
  await harness.command(id, 'cancel', { when: 'now' });
  await closing.reached;
  await harness.pay(url);
  closing.release();
  await harness.untilPhase(id, 'ended');
  const { customers, live } = await harness.inStripe(id);
  expect(live).toEqual([]);
  const charges = await harness.stripe.charges.list({ customer: customers[0]?.id ?? '' });
  expect(charges.data.map(({ amount, amount_refunded: back }) => [amount, back])).toEqual([[9_900, 9_900]]);
});
