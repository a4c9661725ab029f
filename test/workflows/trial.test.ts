import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import type Stripe from 'stripe';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract/customer.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY, type SignedUp } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

interface Trial {
  readonly customer: SignedUp;
  readonly id: string;
  /** When the trial of 14 days ends, in epoch milliseconds. */
  readonly end: number;
}

/** Each story has its own customer, so they run side by side. */
const trial = (name: string, story: (trial: Trial) => Promise<void>): void => {
  test.concurrent(name, async () => {
    const customer = await harness.inTrial();
    const id = customer.customerId;
    await story({ customer, id, end: await harness.trialEndsAt(id) });
  });
};

const AT_THE_START = ['Welcome to Tenure', 'Your instance is ready'];
const subscriptionOf = async (id: string) => (await harness.inStripe(id)).subscriptions[0];
const standings = async (id: string) => [(await harness.row(id)).standing, harness.stacks.stacks.get(id)?.standing];
const trialEndAttribute = defineSearchAttributeKey(SEARCH_ATTRIBUTES.trialEndsAt, SearchAttributeType.DATETIME);

trial(
  'S1-4 S3-2: reminders at 7 days, 2 days and at the end, each once, under the subjects of the sources',
  async ({ customer, id, end }) => {
    await harness.advance(id, end - 8 * DAY);
    expect(await harness.subjects(customer)).toEqual(AT_THE_START);
    await harness.advance(id, end - 3 * DAY);
    await harness.advance(id, end + 60_000);
    expect(await harness.subjects(customer)).toEqual([
      ...AT_THE_START,
      '7 days left in your trial',
      '2 days left - time to upgrade!',
      'Trial expired - upgrade to continue',
    ]);
  },
);

trial(
  'a subscription that somebody put in the place of ours in Stripe is followed, and ends nobody',
  async ({ id, end }) => {
    const ours = await subscriptionOf(id);
    const { stripeCustomerId } = await harness.row(id);
    const likeOurs = {
      customer: stripeCustomerId ?? '',
      items: [{ price: ours?.items.data[0]?.price.id ?? '' }],
      trial_end: Math.floor(end / 1_000) + 86_400,
    };
    const { id: other } = await harness.stripe.subscriptions.create(likeOurs);
    const metadata = { customer_id: 'cust_00000000-0000-4000-8000-000000000000' };
    const { id: theirs } = await harness.stripe.subscriptions.create({ ...likeOurs, metadata });
    await harness.stripe.subscriptions.cancel(ours?.id ?? '');
    await harness.untilRow(id, 'followed', ({ stripeSubscriptionId }) => stripeSubscriptionId === other);
    expect(await harness.row(id)).toMatchObject({ phase: 'trial', standing: 'active' });
    await harness.command(id, 'cancel', { when: 'now' });
    await harness.untilPhase(id, 'ended');
    const { data } = await harness.stripe.subscriptions.list({ customer: stripeCustomerId ?? '' });
    expect(data.map((subscription) => subscription.id)).toEqual([theirs]);
  },
);

trial(
  'one with our id at another customer in Stripe is followed, and cancelled when they leave',
  async ({ id, end }) => {
    const ours = await subscriptionOf(id);
    const { id: customer } = await harness.stripe.customers.create({ name: 'Merged into another' });
    const { id: moved } = await harness.stripe.subscriptions.create({
      ...{ customer, items: [{ price: ours?.items.data[0]?.price.id ?? '' }], metadata: { customer_id: id } },
      trial_end: Math.floor(end / 1_000) + 86_400,
    });
    await harness.stripe.subscriptions.cancel(ours?.id ?? '');
    await harness.untilRow(id, 'followed', ({ stripeSubscriptionId }) => stripeSubscriptionId === moved);
    expect(await harness.row(id)).toMatchObject({ phase: 'trial', standing: 'active' });
    await harness.command(id, 'cancel', { when: 'now' });
    await harness.untilPhase(id, 'ended');
    expect((await harness.stripe.subscriptions.retrieve(moved)).status).toBe('canceled');
  },
);

trial('who chose to leave at the end leaves, and what stands in for ours in Stripe goes too', async ({ id, end }) => {
  const { stripeCustomerId, stripeSubscriptionId } = await harness.row(id);
  const { items } = await harness.stripe.subscriptions.retrieve(stripeSubscriptionId ?? '');
  const later = { trial_end: Math.floor(end / 1_000) + 864_000, customer: stripeCustomerId ?? '' };
  const likeOurs = { ...later, items: [{ price: items.data[0]?.price.id ?? '' }] };
  await harness.stripe.subscriptions.create(likeOurs);
  const { id: meant } = await harness.stripe.subscriptions.create({ ...likeOurs, metadata: { tenure: 'ignore' } });
  await harness.command(id, 'cancel', { when: 'period_end' });
  await harness.advance(id, end + DAY);
  await eventually('nothing more to be charged', async () => {
    const { data } = await harness.stripe.subscriptions.list({ customer: stripeCustomerId ?? '' });
    return (data.length === 1 && data[0]?.id === meant) || undefined;
  });
  expect((await harness.row(id)).phase).not.toBe('trial');
});

trial('nobody pays in order to leave: who is to leave at the end keeps the plan first', async ({ id }) => {
  const url = await harness.checkout(id, 'now');
  await harness.command(id, 'cancel', { when: 'period_end' });
  await expect(harness.command(id, 'convertTrial', { chargeWhen: 'now' })).rejects.toMatchObject({
    body: { message: 'This plan is about to end. Keep it first; then it can be paid for.' },
  });
  // Stripe's page was open already.
  await harness.pay(url);
  await eventually('the card', async () => (await subscriptionOf(id))?.default_payment_method);
  expect((await subscriptionOf(id))?.status).toBe('trialing');
});

trial('of two Checkouts the one that was completed last counts, with when it is to be charged', async ({ id }) => {
  const [now, atEnd] = [await harness.checkout(id, 'now'), await harness.checkout(id, 'at_trial_end')];
  await harness.pay(atEnd);
  await eventually('the first card', async () => (await subscriptionOf(id))?.default_payment_method);
  expect((await harness.row(id)).phase).toBe('trial');
  await harness.pay(now);
  await harness.untilPhase(id, 'subscription');
  const { data } = await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
  expect(data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0)).toEqual([9_900]);
});

trial('a card that is put into Stripe later stays, whatever a Checkout collected before', async ({ id, end }) => {
  await harness.pay(await harness.checkout(id, 'at_trial_end'));
  const { stripeCustomerId, stripeSubscriptionId } = await harness.row(id);
  await eventually('the first card', async () => (await subscriptionOf(id))?.default_payment_method);
  const { id: later } = await harness.stripe.paymentMethods.attach('pm_card_mastercard', {
    customer: stripeCustomerId ?? '',
  });
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { default_payment_method: later });
  await harness.advance(id, end - 10 * DAY);
  await harness.command(id, 'extendTrial', { days: 1 });
  expect((await subscriptionOf(id))?.default_payment_method).toBe(later);
  await harness.advance(id, end + 2 * DAY);
  expect((await harness.row(id)).phase).toBe('subscription');
  expect((await subscriptionOf(id))?.default_payment_method).toBe(later);
});

trial(
  'a payment that was declined after the trial is told, and made once with another card',
  async ({ customer, id, end }) => {
    await harness.advance(id, end + DAY);
    await harness.pay(await harness.checkout(id, 'now'), '4000000000000341');
    const { stripeCustomerId } = await harness.row(id);
    const invoices = async () => (await harness.stripe.invoices.list({ customer: stripeCustomerId ?? '' })).data;
    await eventually(
      'the declined one',
      async () => (await invoices()).some(({ status }) => status === 'open') || undefined,
    );
    const told = async () => (await harness.subjects(customer)).filter((subject) => subject === 'Your payment failed');
    await eventually('the mail about it', async () => (await told()).length > 0 || undefined);
    await harness.pay(await harness.checkout(id, 'now'));
    await harness.untilPhase(id, 'subscription');
    expect(await told()).toHaveLength(1);
    const charged = (await invoices()).filter(({ amount_due }) => amount_due > 0);
    expect(charged.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([['paid', 9_900]]);
  },
);

trial(
  'a declined upgrade is not tried again by an extension, which keeps what was granted in Stripe',
  async ({ id, end }) => {
    const { stripeSubscriptionId, stripeCustomerId } = await harness.row(id);
    const { id: coupon } = await harness.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    const before = await harness.stripe.subscriptions.retrieve(stripeSubscriptionId ?? '');
    await harness.stripe.subscriptions.update(before.id, {
      ...{ discounts: [{ coupon }], metadata: { crm: '77' } },
      items: [{ id: before.items.data[0]?.id ?? '', quantity: 3 }],
      cancel_at: Math.floor((end + 40 * DAY) / 1_000),
    });
    await harness.advance(id, end + DAY);
    await harness.pay(await harness.checkout(id, 'now'), '4000000000000341');
    const invoices = async () => (await harness.stripe.invoices.list({ customer: stripeCustomerId ?? '' })).data;
    const statuses = async () => (await invoices()).filter(({ total }) => total > 0).map(({ status }) => status);
    await eventually('the decline', async () => (await statuses()).includes('open') || undefined);

    await harness.command(id, 'extendTrial', { days: 7 });
    await harness.advance(id, end + 2 * DAY);
    const [held] = (await harness.inStripe(id)).live;
    const kept = await harness.stripe.subscriptions.retrieve(held?.id ?? '', { expand: ['discounts.source.coupon'] });
    expect(kept).toMatchObject({ status: 'trialing', metadata: { crm: '77', customer_id: id } });
    expect(kept.cancel_at).toBe(Math.floor((end + 40 * DAY) / 1_000));
    expect(kept.trial_end).toBeGreaterThan((end + 7 * DAY) / 1_000);
    expect(kept.items.data[0]?.quantity).toBe(3);
    expect(kept.discounts).toMatchObject([{ source: { coupon: { id: coupon } } }]);
    expect(kept.default_payment_method).not.toBeNull();
    expect(await statuses()).toEqual(['void']);
  },
);

/** A customer past the trial whose card was declined, with a discount from before. */
async function declined({ id, end }: Trial, coupon: string): Promise<Stripe.Subscription> {
  const { stripeSubscriptionId } = await harness.row(id);
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { discounts: [{ coupon }] });
  await harness.advance(id, end + DAY);
  await harness.pay(await harness.checkout(id, 'now'), '4000000000000341');
  await eventually('the decline', async () =>
    (await harness.stripe.invoices.list({ subscription: stripeSubscriptionId ?? '' })).data.find(
      ({ status }) => status === 'open',
    ),
  );
  return harness.stripe.subscriptions.retrieve(stripeSubscriptionId ?? '');
}

trial('a coupon that is used up refuses an extension in words; nothing is changed until it is removed', async (one) => {
  const { id: coupon } = await harness.stripe.coupons.create({
    percent_off: 50,
    duration: 'forever',
    max_redemptions: 1,
  });
  const held = await declined(one, coupon);
  await harness.stripe.paymentMethods.detach(held.default_payment_method as string);
  const extend = () => harness.command(one.id, 'extendTrial', { days: 7 });
  await expect(extend()).rejects.toMatchObject({
    statusCode: 409,
    body: { message: expect.stringContaining(`The coupon ${coupon} of this subscription`) as string },
  });
  const { data } = await harness.stripe.invoices.list({ subscription: held.id });
  expect(data.filter(({ status }) => status === 'open')).toHaveLength(1);
  await harness.stripe.subscriptions.update(held.id, { discounts: '' });
  await harness.stripe.invoices.markUncollectible(data.find(({ status }) => status === 'open')?.id ?? '');
  await extend();
  expect((await harness.inStripe(one.id)).live).toMatchObject([{ status: 'trialing', default_payment_method: null }]);
  const left = (await harness.stripe.invoices.list({ subscription: held.id })).data.filter(({ total }) => total > 0);
  expect(left).toMatchObject([{ status: 'void' }]);
});

trial('a coupon for once that was used for a declined upgrade is there again after an extension', async (one) => {
  const { id: coupon } = await harness.stripe.coupons.create({ percent_off: 50, duration: 'once' });
  await declined(one, coupon);
  await harness.command(one.id, 'extendTrial', { days: 7 });
  const [held] = (await harness.inStripe(one.id)).live;
  const { discounts } = await harness.stripe.subscriptions.retrieve(held?.id ?? '', { expand: ['discounts'] });
  expect(discounts).toMatchObject([{ source: { coupon } }]);
});

trial('one that somebody makes in the place of ours is not charged for a Checkout of before', async ({ id, end }) => {
  await harness.pay(await harness.checkout(id, 'now'));
  await harness.untilPhase(id, 'subscription');
  const { stripeSubscriptionId, stripeCustomerId } = await harness.row(id);
  const ours = await harness.stripe.subscriptions.retrieve(stripeSubscriptionId ?? '');
  const { id: card } = await harness.stripe.paymentMethods.attach('pm_card_mastercard', {
    customer: stripeCustomerId ?? '',
  });
  const { id: other } = await harness.stripe.subscriptions.create({
    ...{ customer: stripeCustomerId ?? '', items: [{ price: ours.items.data[0]?.price.id ?? '' }] },
    ...{ default_payment_method: card, trial_end: Math.floor((end + 60 * DAY) / 1_000) },
  });
  await harness.stripe.subscriptions.cancel(ours.id);
  await eventually(
    'the other is followed',
    async () => (await harness.row(id)).stripeSubscriptionId === other || undefined,
  );
  await harness.advance(id, end + DAY);
  expect(await harness.stripe.subscriptions.retrieve(other)).toMatchObject({
    status: 'trialing',
    default_payment_method: card,
  });
  const { data } = await harness.stripe.invoices.list({ customer: stripeCustomerId ?? '' });
  expect(data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0)).toEqual([9_900]);
});

trial('nobody pays in order to leave on a date that somebody chose in Stripe', async ({ id, end }) => {
  const url = await harness.checkout(id, 'now');
  const { stripeSubscriptionId, stripeCustomerId } = await harness.row(id);
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', {
    cancel_at: Math.floor((end - 3 * DAY) / 1_000),
  });
  await harness.pay(url);
  await eventually('the card', async () => (await subscriptionOf(id))?.default_payment_method);
  const { data } = await harness.stripe.invoices.list({ customer: stripeCustomerId ?? '' });
  expect(data.filter(({ amount_due }) => amount_due > 0)).toEqual([]);
});

test("a row that names another customer's in Stripe takes nobody's card and closes nobody's Checkout", async () => {
  const [one, other] = await Promise.all([harness.inTrial(), harness.inTrial()]);
  const { stripeCustomerId: theirs } = await harness.row(other.customerId);
  const { stripeCustomerId: own } = await harness.row(one.customerId);
  const open = new URL(await harness.checkout(other.customerId, 'now')).pathname.split('/').at(-1) ?? '';
  // Two rows must not name the same Stripe customer, and a lost id would be found again at the next look.
  await harness.database.transaction().execute(async (tx) => {
    const name = (customerId: string, stripeCustomerId: string | null) =>
      tx.updateTable('customers').set({ stripeCustomerId }).where('customerId', '=', customerId).execute();
    await name(other.customerId, null);
    await name(one.customerId, theirs);
  });
  const url = await harness.checkout(one.customerId, 'at_trial_end');
  const session = await harness.stripe.checkout.sessions.retrieve(new URL(url).pathname.split('/').at(-1) ?? '');
  expect(session.customer).toBe(own);
  await harness.command(one.customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(one.customerId, 'ended');
  expect((await harness.stripe.checkout.sessions.retrieve(open)).status).toBe('open');
});

trial('ids of Stripe that our row has lost are found again, and end nobody', async ({ id, end }) => {
  const { stripeCustomerId, stripeSubscriptionId } = await harness.row(id);
  const lost = { stripeCustomerId: null, stripeSubscriptionId: null };
  await harness.database.updateTable('customers').set(lost).where('customerId', '=', id).execute();
  await harness.command(id, 'extendTrial', { days: 1 }).catch(() => undefined);
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', {
    trial_end: Math.floor(end / 1_000) + 172_800,
  });
  await harness.untilRow(id, 'found', (row) => row.stripeSubscriptionId === stripeSubscriptionId);
  expect(await harness.row(id)).toMatchObject({ phase: 'trial', standing: 'active', stripeCustomerId });
});

trial(
  'S4-6: an extension moves the end everywhere, re-arms the reminders, and is capped by the terms',
  async ({ customer, id, end }) => {
    await harness.advance(id, end - 6 * DAY);
    const { trialEndsAt } = await harness.command(id, 'extendTrial', { days: 7 });
    expect(Date.parse(trialEndsAt)).toBe(end + 7 * DAY);
    expect((await subscriptionOf(id))?.trial_end).toBe(Math.floor((end + 7 * DAY) / 1000));
    expect(await harness.trialEndsAt(id)).toBe(end + 7 * DAY);
    await harness.advance(id, end + DAY);
    const sevenDays = (await harness.subjects(customer)).filter((subject) => subject === '7 days left in your trial');
    expect(sevenDays).toHaveLength(2);
    await harness.command(id, 'extendTrial', { days: 30 });
    await expect(harness.command(id, 'extendTrial', { days: 1 })).rejects.toMatchObject({
      body: { code: 'command_refused', message: 'This trial was extended 2 times; its terms allow 2.' },
    });
    const { typedSearchAttributes } = await harness.handle(id).describe();
    expect(typedSearchAttributes.get(trialEndAttribute)?.getTime()).toBe(end + 37 * DAY);
  },
);

trial(
  'S4-6: a trial that is over is extended from now: the instance is active again, Stripe has one trial, and it ends once more',
  async ({ customer, id, end }) => {
    await harness.advance(id, end + 5 * DAY);
    await harness.untilRow(id, 'suspended', ({ standing }) => standing === 'suspended');
    const held = await subscriptionOf(id);
    expect(held?.status).toBe('paused');
    const { trialEndsAt } = await harness.command(id, 'extendTrial', { days: 7 });
    expect((Date.parse(trialEndsAt) - end) / DAY).toBeCloseTo(12, 1);
    await eventually('an active instance', async () =>
      (await standings(id)).every((standing) => standing === 'active'),
    );
    const { live } = await harness.inStripe(id);
    expect(live).toMatchObject([{ status: 'trialing', trial_end: Math.floor(Date.parse(trialEndsAt) / 1000) }]);
    expect(live[0]?.id).not.toBe(held?.id);
    expect((await harness.row(id)).stripeSubscriptionId).toBe(live[0]?.id);
    await harness.advance(id, Date.parse(trialEndsAt) + DAY);
    expect((await harness.row(id)).standing).toBe('read_only');
    const ends = (await harness.subjects(customer)).filter((subject) => subject.startsWith('Trial expired'));
    expect(ends).toHaveLength(2);
  },
);

trial('an extension moves the end, and leaves the price as it is in Stripe', async ({ id }) => {
  const ours = await subscriptionOf(id);
  const agreed = { currency: 'usd', unit_amount: 7_700, recurring: { interval: 'month' as const } };
  const price = await harness.stripe.prices.create({ ...agreed, product_data: { name: 'By hand' } });
  const items = [{ id: ours?.items.data[0]?.id ?? '', price: price.id }];
  await harness.stripe.subscriptions.update(ours?.id ?? '', { items, proration_behavior: 'none' });
  await harness.command(id, 'extendTrial', { days: 2 });
  expect((await subscriptionOf(id))?.items.data[0]?.price.id).toBe(price.id);
});

test('nobody is charged another price than was agreed, whatever has its lookup key in Stripe by now', async () => {
  const { customerId: before } = await harness.inTrial();
  const dearer = {
    currency: 'usd',
    unit_amount: 19_900,
    recurring: { interval: 'month' as const },
    lookup_key: 'tenure_starter_monthly',
  };
  await harness.stripe.prices.create({ ...dearer, transfer_lookup_key: true, product_data: { name: 'Dearer' } });
  const { customerId: after } = await harness.inTrial();
  await harness.command(before, 'extendTrial', { days: 2 });
  for (const id of [before, after])
    expect((await subscriptionOf(id))?.items.data[0]?.price).toMatchObject({ unit_amount: 9_900, currency: 'usd' });
  expect((await harness.row(after)).terms.price).toEqual({ monthlyCents: 9_900, currency: 'usd' });
});

trial('a longer trial means a longer licence, delivered to the instance', async ({ id, end }) => {
  await harness.command(id, 'extendTrial', { days: 10 });
  const newest = () =>
    harness.database
      .selectFrom('licences')
      .selectAll()
      .where('customerId', '=', id)
      .orderBy('issuedAt', 'desc')
      .execute();
  const licences = await eventually('the renewed licence', async () => {
    const found = await newest();
    return found.length === 2 && harness.stacks.of(id).at(-1)?.operation === 'update' && found;
  });
  expect(licences[0]?.expiresAt.getTime()).toBe(Math.floor((end + 13 * DAY) / 1000) * 1000);
});

trial('a double click is one effect, and both get the same answer', async ({ id, end }) => {
  const twice = [1, 2].map(() => harness.command(id, 'extendTrial', { days: 7 }, 'one-click'));
  const [first, second] = await Promise.all(twice);
  expect(first).toEqual(second);
  expect(await harness.trialEndsAt(id)).toBe(end + 7 * DAY);
});

trial(
  'S4-18 S3-8: cancelled in the middle of the trial: nothing more is billed, the stack is gone, the backup waits',
  async ({ customer, id, end }) => {
    await harness.advance(id, end - 5 * DAY);
    await expect(harness.command(id, 'cancel', { when: 'now' })).resolves.toEqual({ endsAt: null });
    await eventually('the final mail', async () =>
      (await harness.subjects(customer)).includes('Your account has been closed'),
    );
    const mails = await harness.inbox.to(customer.email);
    expect(mails.at(-1)?.text).toMatch(/A backup of your data is kept until \d+ \w+ \d{4}/);
    expect((await harness.inStripe(id)).live).toEqual([]);
    expect(harness.stacks.stacks.has(id)).toBe(false);
    expect(harness.stacks.backups.get(id)).toHaveLength(1);
    const left = await harness.untilPhase(id, 'ended');
    const why = harness.database.selectFrom('auditEvents').select('details').where('action', '=', 'phase.ended');
    expect(await why.where('customerId', '=', id).execute()).toMatchObject([{ details: { reason: 'support_asked' } }]);
    expect([left.emailNorm, left.slug]).toEqual([null, null]);
    await eventually(
      'the workflow that waits for the end of the retention',
      async () => (await harness.handle(id).describe()).status.name === 'RUNNING',
    );
  },
);

trial('what is charged after the end was ordered in the trial is paid back', async ({ id }) => {
  const applying = harness.failpoints.arm('applyPaymentMethod', id, 'hold', 1);
  await harness.pay(await harness.checkout(id, 'now'));
  await applying.reached;
  // It is accepted, and carried out once the charge under way is done.
  const leaving = harness.command(id, 'cancel', { when: 'now' });
  await eventually('the order to be accepted', async () => {
    const { events = [] } = await harness.handle(id).fetchHistory();
    return events?.some(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) =>
      accepted?.acceptedRequest?.input?.name?.includes('cancel'),
    );
  });
  applying.release();
  await leaving;
  await harness.untilPhase(id, 'ended');
  const { customers, live } = await harness.inStripe(id);
  expect(live).toEqual([]);
  const { data } = await harness.stripe.charges.list({ customer: customers[0]?.id ?? '' });
  expect(data.map(({ amount, amount_refunded: back }) => [amount, back])).toEqual([[9_900, 9_900]]);
});

trial('the backup is deleted when its retention is over, and the workflow ends well', async ({ id }) => {
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  await harness.command(id, 'advanceClock', { to: new Date(Date.now() + 31 * DAY).toISOString() });
  await harness.handle(id).result();
  expect(harness.stacks.backups.has(id)).toBe(false);
});

trial(
  'leaving at the end of the trial can be undone; ordered again it is carried out, without reminders',
  async ({ customer, id, end }) => {
    const asked = await harness.command(id, 'cancel', { when: 'period_end' });
    expect(asked.endsAt).toBe(new Date(end).toISOString());
    expect((await subscriptionOf(id))?.cancel_at_period_end).toBe(true);
    await eventually('the trial to know', () => harness.command(id, 'undoCancellation', {}));
    expect((await subscriptionOf(id))?.cancel_at_period_end).toBe(false);
    await eventually('the undo to be known', () =>
      harness.command(id, 'undoCancellation', {}).then(
        () => false,
        () => true,
      ),
    );
    await harness.command(id, 'cancel', { when: 'period_end' });
    await harness.advance(id, end + DAY);
    await harness.untilPhase(id, 'ended');
    const ends = expect.stringMatching(/^Your plan ends on/) as string;
    expect(await harness.subjects(customer)).toEqual([...AT_THE_START, ends, 'Your account has been closed']);
    expect((await harness.inStripe(id)).live).toEqual([]);
  },
);

trial(
  'S1-4: unpaid at the end: read-only for 3 days, then suspended, kept for 30 days, then gone with a backup',
  async ({ id, end }) => {
    await harness.advance(id, end + DAY / 24);
    expect(await standings(id)).toEqual(['read_only', 'read_only']);
    await harness.advance(id, end + 3 * DAY + DAY / 24);
    expect(await standings(id)).toEqual(['suspended', 'suspended']);
    await harness.advance(id, end + 34 * DAY);
    await harness.untilPhase(id, 'ended');
    expect(harness.stacks.stacks.has(id)).toBe(false);
    expect(harness.stacks.backups.get(id)).toHaveLength(1);
    expect((await harness.inStripe(id)).live).toEqual([]);
  },
);

trial(
  'S3-2: a payment method given in the last minute is charged at the end of the trial, once',
  async ({ customer, id, end }) => {
    await harness.advance(id, end - 60_000);
    await harness.pay(await harness.checkout(id, 'at_trial_end'));
    await eventually('the method to be applied', async () => (await subscriptionOf(id))?.default_payment_method);
    await eventually('the trial to know of it', async () => (await harness.status(id)).paysAtEnd);
    await harness.advance(id, end + DAY / 2);
    await harness.untilPhase(id, 'subscription');
    const { data } = await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
    expect(data.filter(({ amount_paid }) => amount_paid > 0).map(({ amount_paid }) => amount_paid)).toEqual([9_900]);
    const subjects = await harness.subjects(customer);
    expect(subjects).not.toContain('Trial expired - upgrade to continue');
    expect(subjects.filter((subject) => subject === 'Thank you - your subscription has started')).toHaveLength(1);
    expect(await standings(id)).toEqual(['active', 'active']);
  },
);

trial(
  'S3-2: one who pays after the end comes back from read-only to active, and the licence is renewed',
  async ({ id, end }) => {
    await harness.advance(id, end + DAY);
    expect(await standings(id)).toEqual(['read_only', 'read_only']);
    await harness.pay(await harness.checkout(id, 'now'));
    await harness.untilPhase(id, 'subscription');
    await eventually('the instance to be active', async () => (await standings(id)).every((mode) => mode === 'active'));
    const subscription = (await harness.inStripe(id)).live[0];
    const paidUntil = (subscription?.items.data[0]?.current_period_end ?? 0) * 1000;
    const licence = await harness.database
      .selectFrom('licences')
      .select('expiresAt')
      .where('customerId', '=', id)
      .orderBy('issuedAt', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    expect(licence.expiresAt.getTime()).toBe(paidUntil + 3 * DAY);
  },
);

trial('webhooks that come again, late and in the wrong order change nothing', async ({ customer, id }) => {
  await harness.pay(await harness.checkout(id, 'now'));
  await harness.untilPhase(id, 'subscription');
  await eventually('the thanks', async () => (await harness.subjects(customer)).length === 3);
  const before = await harness.row(id);
  const stripeCustomer = before.stripeCustomerId;
  const all = (await harness.stripe.events.list({ limit: 100 })).data;
  const ours = all.filter(({ data: { object } }) => (object as { customer?: unknown }).customer === stripeCustomer);
  expect(ours.length).toBeGreaterThan(3);
  for (const event of [...ours, ...ours.toReversed()])
    await fetch(`${harness.stripeUrl}/_control/events/${event.id}/resend`, { method: 'POST' });
  const done = () =>
    harness.database
      .selectFrom('stripeEvents')
      .select('state')
      .where('stripeCustomerId', '=', stripeCustomer)
      .where('state', '=', 'received')
      .execute();
  await eventually('every event to be taken', async () => (await done()).length === 0);
  await harness.advance(id, Date.now() + DAY);
  const after = await harness.row(id);
  expect([after.phase, after.standing]).toEqual(['subscription', 'active']);
  expect(await harness.subjects(customer)).toHaveLength(3);
});
