import { openSubscriptionCheckout } from '../../activities/billing/subscribe.ts';
import { viewAudit, viewEntitlements } from '../../infra/db/repositories/console.ts';
import { eventually } from '../support/eventually.ts';
import { freemium, trialFirst } from '../support/freemium.ts';
import { Bench, DAY, type SignedUp } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.test.ts and compensation-stack.test.ts.
let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ profile: freemium });
});
afterAll(() => bench.close());

const THANKS = 'Thank you - your subscription has started';
const MOVED = 'You are now on the Free plan';

async function onFreePlan(): Promise<SignedUp> {
  const customer = await bench.signUp();
  await bench.untilPhase(customer.customerId, 'free');
  return customer;
}
const subscribe = async (id: string, plan = 'starter'): Promise<string> =>
  (await bench.command(id, 'subscribe', { plan })).checkoutUrl;
const newestLicence = (id: string) =>
  bench.database
    .selectFrom('licences')
    .selectAll()
    .where('customerId', '=', id)
    .orderBy('issuedAt', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
async function paid(id: string): Promise<number[]> {
  const { data } = await bench.stripe.invoices.list({ customer: (await bench.row(id)).stripeCustomerId ?? '' });
  return data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0);
}
const timesTold = async (customer: SignedUp, subject: string): Promise<number> =>
  (await bench.subjects(customer)).filter((one) => one === subject).length;
const periodEnd = async (id: string): Promise<number> =>
  ((await bench.inStripe(id)).live[0]?.items.data[0]?.current_period_end ?? Number.NaN) * 1000;

test.concurrent('S2-1: who signs up for the free plan lives on: nothing is charged, told or taken', async () => {
  const customer = await onFreePlan();
  const { customerId: id } = customer;
  const { customers, subscriptions } = await bench.inStripe(id);
  expect([customers.length, subscriptions.length]).toEqual([1, 0]);
  const mails = await bench.subjects(customer);
  await bench.advance(id, Date.now() + 70 * DAY);
  expect(await bench.row(id)).toMatchObject({ phase: 'free', standing: 'active', plan: 'free', trialEndsAt: null });
  expect(await bench.subjects(customer)).toEqual(mails);
  expect(bench.stacks.stacks.has(id)).toBe(true);
  const { now } = await bench.status(id);
  expect((await newestLicence(id)).expiresAt.getTime()).toBeGreaterThan(Date.parse(now) + 6 * DAY);
  expect(await paid(id)).toEqual([]);
});

test.concurrent('S2-1: the first mail speaks of no trial', async () => {
  const customer = await onFreePlan();
  const [welcome] = await eventually('the mail', async () => {
    const mails = (await bench.inbox.to(customer.email)).filter(({ subject }) => subject.startsWith('Welcome'));
    return mails.length > 0 && mails;
  });
  expect(welcome?.text).toContain('You are on the Free plan, which is free.');
  expect(welcome?.text).not.toMatch(/trial/i);
});

test.concurrent('S2-5: from free to paid, back at the end of what is paid, and to paid again', async () => {
  const customer = await onFreePlan();
  const { customerId: id } = customer;
  const forgotten = await subscribe(id, 'professional');
  await bench.pay(await subscribe(id));
  await expect(bench.pay(forgotten)).rejects.toThrow(/expired/);
  await bench.untilPhase(id, 'subscription');
  expect(await bench.row(id)).toMatchObject({ plan: 'starter', terms: { plan: 'starter', maxDevices: 10 } });
  await eventually('the licence', async () => (await newestLicence(id)).plan === 'starter');
  expect(await paid(id)).toEqual([9_900]);
  await eventually('the thanks', async () => (await timesTold(customer, THANKS)) === 1);

  await bench.command(id, 'cancel', { when: 'period_end' });
  const end = await periodEnd(id);
  await bench.advance(id, end - DAY);
  expect((await bench.row(id)).phase).toBe('subscription');
  await bench.advance(id, end + DAY);
  expect(await bench.row(id)).toMatchObject({ phase: 'free', standing: 'active', plan: 'free' });
  await eventually('the licence', async () => (await newestLicence(id)).plan === 'free');
  expect(bench.stacks.stacks.has(id)).toBe(true);
  expect((await bench.inStripe(id)).live).toEqual([]);
  expect(await timesTold(customer, MOVED)).toBe(1);
  await eventually('no entitlement', async () => (await viewEntitlements(bench.database, id))?.status === 'none');

  await bench.pay(await subscribe(id));
  await bench.untilPhase(id, 'subscription');
  expect(await paid(id)).toEqual([9_900, 9_900]);
  const changes = (await viewAudit(bench.database, id)).filter(({ action }) => action === 'plan.changed');
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
    const { stripeCustomerId: customer } = await bench.row(id);
    // Makes the price too; the next one closes it.
    await subscribe(id, 'professional');
    const first = await subscribe(id);
    bench.failpoints.arm('readBillingState', id, 'before');
    await bench.pay(first);
    // As by a request that was under way when the first was completed.
    const metadata = { customer_id: id, profile: 'freemium' };
    const [price] = (await bench.stripe.prices.list({ lookup_keys: ['freemium_professional_monthly'] })).data;
    const second = await bench.stripe.checkout.sessions.create({
      ...{ mode: 'subscription', customer: customer ?? '', line_items: [{ price: price?.id ?? '', quantity: 1 }] },
      ...{ metadata, subscription_data: { metadata }, success_url: 'http://localhost:1/x' },
    });
    await bench.pay(second.url ?? '');
    const { database, stripe, deps } = bench;
    const again = openSubscriptionCheckout(
      { database, stripe, config: deps.config.stripe, publicUrl: 'http://localhost:1' },
      { customerId: id, plan: 'starter', key: 'again' },
    );
    await expect(again).rejects.toThrow('You have already subscribed. Your account will show it in a moment.');
    bench.failpoints.disarm(id);
    // All of it was done, and nobody was told: done again it is the same, and known.
    bench.failpoints.arm('keepOneSubscription', id, 'after', 1);
    await bench.untilPhase(id, 'subscription');
    const { live } = await bench.inStripe(id);
    expect(live).toHaveLength(1);
    expect(await bench.row(id)).toMatchObject({ plan: 'professional' });
    const refunds = (await bench.stripe.refunds.list({ limit: 100 })).data.filter(({ amount }) => amount === 9_900);
    expect(refunds).toHaveLength(1);
    expect((await bench.alerts(id)).map(({ errorType }) => errorType)).toContain('SubscribedTwice');
  },
);

test.concurrent('an unpaid trial beside a free plan goes on with it; a paid one is a subscription', async () => {
  const customer = await bench.inTrial({ profile: trialFirst });
  const { customerId: id } = customer;
  await bench.advance(id, (await bench.trialEndsAt(id)) + 60 * DAY);
  expect(await bench.row(id)).toMatchObject({ phase: 'free', standing: 'active', plan: 'free', trialEndsAt: null });
  const { live, subscriptions } = await bench.inStripe(id);
  expect([live.length, subscriptions.length]).toEqual([0, 1]);
  const told = await bench.subjects(customer);
  expect(told.filter((subject) => /trial/i.test(subject))).toEqual(['7 days left in your trial']);
  expect(await timesTold(customer, MOVED)).toBe(1);
  expect(await bench.standings(id)).not.toContain('read_only');
  const mails = await bench.inbox.to(customer.email);
  expect(mails.find(({ subject }) => subject.startsWith('2 days'))?.text).toContain('you will move to the free plan');
});

test.concurrent(
  'who is on the free plan leaves when they say so; what a trial or a period is for is refused',
  async () => {
    const { customerId: id } = await onFreePlan();
    await expect(bench.command(id, 'extendTrial', { days: 7 })).rejects.toMatchObject({
      body: { message: 'Only a trial can be extended; this customer is in free.' },
    });
    await expect(subscribe(id, 'free')).rejects.toMatchObject({
      body: { message: 'There is no plan "free" to subscribe to.' },
    });
    const open = await subscribe(id);
    await bench.command(id, 'cancel', { when: 'now' });
    await bench.untilPhase(id, 'ended');
    await expect(bench.pay(open)).rejects.toThrow(/expired/);
    expect(bench.stacks.stacks.has(id)).toBe(false);
  },
);

test.concurrent('a price that is of no plan gives nothing, and support is told', async () => {
  const { customerId: id } = await onFreePlan();
  const { stripeCustomerId: customer } = await bench.row(id);
  const price = { currency: 'usd', unit_amount: 1_000, recurring: { interval: 'month' as const } };
  const foreign = await bench.stripe.prices.create({ ...price, product_data: { name: 'Something else' } });
  const card = await bench.stripe.paymentMethods.attach('pm_card_visa', { customer: customer ?? '' });
  const byHand = await bench.stripe.subscriptions.create({
    ...{ customer: customer ?? '', items: [{ price: foreign.id }], default_payment_method: card.id },
    metadata: { customer_id: id },
  });
  const open = await eventually('the alert', async () => {
    const alerts = await bench.alerts(id);
    return alerts.some(({ errorType }) => errorType === 'UnknownPrice') && alerts;
  });
  expect(open.every(({ resolvedAt }) => resolvedAt === null)).toBe(true);
  expect(await bench.row(id)).toMatchObject({ phase: 'free', plan: 'free' });
  await bench.stripe.subscriptions.cancel(byHand.id);
  await eventually('the end of the alert', async () => (await bench.alerts(id)).every(({ resolvedAt }) => resolvedAt));
  expect((await bench.row(id)).phase).toBe('free');
});

test.concurrent('that Stripe knows no subscription any more takes nothing away: support is asked', async () => {
  const customer = await bench.inTrial({ profile: trialFirst });
  const { customerId: id } = customer;
  const { live } = await bench.inStripe(id);
  const subscription = live[0]?.id ?? '';
  await bench.database
    .updateTable('customers')
    .set({ stripeSubscriptionId: null })
    .where('customerId', '=', id)
    .execute();
  await bench.stripe.subscriptions.update(subscription, { metadata: { customer_id: 'cust_other', tenure: 'ignore' } });
  await eventually('the alert', async () =>
    (await bench.alerts(id)).some(({ errorType, resolvedAt }) => errorType === 'SubscriptionMissing' && !resolvedAt),
  );
  expect(await bench.row(id)).toMatchObject({ phase: 'trial', standing: 'active' });
  expect(bench.stacks.stacks.has(id)).toBe(true);
  await bench.stripe.subscriptions.update(subscription, { metadata: { customer_id: id, tenure: '' } });
  await eventually('the end of the alert', async () => (await bench.alerts(id)).every(({ resolvedAt }) => resolvedAt));
  expect((await bench.row(id)).phase).toBe('trial');
});
