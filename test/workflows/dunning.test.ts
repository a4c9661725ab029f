import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY, type SignedUp } from '../support/lifecycle.ts';
import { READ_ONLY, Subscribers } from '../support/subscribers.ts';

// Provisioning is a stand-in here; stages, mails and money are real, in the emulator's time.
let harness: LifecycleHarness;
let people: Subscribers;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
  people = new Subscribers(harness);
});
afterAll(() => harness.close());

test.concurrent('the last failed retry takes nothing away for ever: read-only, told, and paid for again', async () => {
  const { customer, id, since } = await people.declined();
  const [mail] = (await harness.inbox.to(customer.email)).filter(({ subject }) => subject === 'Your payment failed');
  expect(mail?.text).toMatch(/becomes read-only on .*, is suspended on .*, and is removed on/);
  const [invoice] = (await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' }))
    .data;
  expect((await harness.row(id)).standing).toBe('active');
  await harness.advance(id, since + 8 * DAY);
  await people.untilStatus(id, 'canceled');
  await people.untilStanding(id, 'read_only');
  await people.untilTold(customer, READ_ONLY);
  expect(harness.stacks.stacks.has(id)).toBe(true);
  expect(await people.entitled(id)).toBe('canceled');
  expect(Object.keys(await people.ahead(id))).toEqual(['suspend', 'leave']);

  await people.subscribeAgain(id);
  expect(await people.paid(id)).toEqual([9_900]);
  expect(await people.entitled(id)).toBe('active');
  expect(await people.ahead(id)).toEqual({});
  await eventually('the licence', async () => {
    const { current_period_end: end = 0 } = (await harness.inStripe(id)).live[0]?.items.data[0] ?? {};
    const newest = await harness.database
      .selectFrom('licences')
      .select('expiresAt')
      .where('customerId', '=', id)
      .orderBy('issuedAt', 'desc')
      .executeTakeFirst();
    return newest?.expiresAt.getTime() === end * 1_000 + 3 * DAY || undefined;
  });
  // What was owed before is not asked for any more.
  expect((await harness.stripe.invoices.retrieve(invoice?.id ?? '')).status).toBe('void');
});

test.concurrent(
  'a subscription that somebody ends in Stripe’s dashboard destroys nothing, and is made anew',
  async () => {
    const { customer, id } = await people.paying();
    await people.endInStripe(id);
    await people.untilStanding(id, 'read_only');
    await people.untilTold(customer, READ_ONLY);
    await expect(harness.command(id, 'cancel', { when: 'period_end' })).rejects.toMatchObject({
      body: { message: expect.stringContaining('can only be cancelled now') as string },
    });
    await people.subscribeAgain(id);
    expect(await people.paid(id)).toEqual([9_900, 9_900]);
    expect(await people.told(customer, 'Thank you - your subscription has started')).toBe(2);
  },
);

test.concurrent('a trial whose subscription somebody ends in Stripe is not destroyed either', async () => {
  const customer = await harness.inTrial();
  const id = customer.customerId;
  await people.untilStatus(id, 'trialing');
  await people.endInStripe(id);
  await people.untilStanding(id, 'read_only');
  await people.untilTold(customer, READ_ONLY);
  expect(harness.stacks.stacks.has(id)).toBe(true);
  await people.subscribeAgain(id);
  expect(await people.paid(id)).toEqual([9_900]);
});

test.concurrent(
  'who is to leave with the period, and whose payment fails, is not removed before what they were told',
  async () => {
    const { customer, id } = await people.declined();
    await harness.command(id, 'cancel', { when: 'period_end' });
    const endsAt = Date.parse((await harness.status(id)).endsAt ?? '');
    await harness.advance(id, Date.parse((await harness.status(id)).now) + 8 * DAY);
    await people.untilStatus(id, 'canceled');
    await people.untilTold(customer, READ_ONLY);
    expect(endsAt).toBeGreaterThan(Date.parse((await harness.status(id)).now));
    expect(harness.stacks.stacks.has(id)).toBe(true);
    expect(Date.parse((await people.ahead(id))['leave'] ?? '')).toBeGreaterThan(endsAt);
    // Leaving is still theirs to order: nothing of what they owe can be paid any more then.
    await harness.command(id, 'cancel', { when: 'now' });
    await harness.untilPhase(id, 'ended');
    expect((await people.invoices(id)).filter(({ status }) => status === 'open')).toEqual([]);
  },
);

test.concurrent(
  'a paid period that was to be the last is not cut short by somebody in Stripe without notice',
  async () => {
    const { customer, id } = await people.paying();
    await harness.command(id, 'cancel', { when: 'period_end' });
    await people.endInStripe(id);
    await people.untilTold(customer, READ_ONLY);
    await people.untilStanding(id, 'read_only');
    expect(harness.stacks.stacks.has(id)).toBe(true);
    expect(await harness.row(id)).toMatchObject({ phase: 'subscription', standing: 'read_only' });
  },
);

const setEnd = async (id: string, inDays: number): Promise<void> => {
  const { stripeSubscriptionId, clockOffsetMs } = await harness.row(id);
  const cancel_at = Math.floor((Date.now() + clockOffsetMs) / 1_000) + inDays * 86_400;
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { cancel_at });
};
const endsOn = (customer: SignedUp): Promise<string> =>
  eventually('the mail', async () =>
    (await harness.subjects(customer)).findLast((one) => one.startsWith('Your plan ends on')),
  );

test.concurrent.each(['of a trial', 'of what is paid'])(
  'an end %s that somebody chose in Stripe is told, and is no order: read-only, and nothing is removed',
  async (what) => {
    const { customer, id } =
      what === 'of a trial'
        ? await harness.inTrial().then((one) => ({ customer: one, id: one.customerId }))
        : await people.paying();
    await people.untilStatus(id, what === 'of a trial' ? 'trialing' : 'active');
    await setEnd(id, 3);
    await endsOn(customer);
    const { endsAt, leavesOn } = await harness.status(id);
    expect(leavesOn).toBeNull();
    await harness.advance(id, Date.parse(endsAt ?? '') + DAY / 8);
    await people.untilStanding(id, 'read_only');
    await people.untilTold(customer, READ_ONLY);
    expect(harness.stacks.stacks.has(id)).toBe(true);
    expect((await harness.status(id)).leavesAtEnd).toBe(false);
    await people.subscribeAgain(id);
  },
);

test.concurrent('who ordered their end is not ended before it, whatever date somebody chooses in Stripe', async () => {
  const { customer, id } = await people.paying();
  const { endsAt } = await harness.command(id, 'cancel', { when: 'period_end' });
  const first = await endsOn(customer);
  await setEnd(id, 2);
  await eventually('the other date', async () => (await endsOn(customer)) !== first || undefined);
  expect((await harness.status(id)).leavesOn).toBe(endsAt);
  await harness.advance(id, Date.parse((await harness.status(id)).now) + 3 * DAY);
  await people.untilStanding(id, 'read_only');
  expect(harness.stacks.stacks.has(id)).toBe(true);
});

test.concurrent('a trial whose end somebody moves forward in Stripe ends then, and not for good', async () => {
  const customer = await harness.inTrial();
  const { customerId: id } = customer;
  await people.untilStatus(id, 'trialing');
  const end = Date.now() + 2 * DAY;
  const { stripeSubscriptionId } = await harness.row(id);
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { trial_end: Math.floor(end / 1_000) });
  await eventually('the end', async () => (await harness.trialEndsAt(id)) < end + DAY || undefined);
  await harness.advance(id, end + DAY / 4);
  await people.untilStanding(id, 'read_only');
  await people.untilTold(customer, 'Trial expired - upgrade to continue');
  expect(harness.stacks.stacks.has(id)).toBe(true);
});

test.concurrent('what is taken away is taken when its date comes, although nothing is heard of Stripe', async () => {
  const { customerId: id } = await harness.inTrial({ profile: { graceDays: 10_000 / DAY } });
  await harness.pay(await harness.checkout(id, 'now'));
  await people.untilStatus(id, 'active');
  await people.endInStripe(id);
  await people.untilStanding(id, 'suspended');
});

test.concurrent('a date that passes while something else is decided is met', async () => {
  const { id } = await people.paying();
  await people.endInStripe(id);
  await people.untilStanding(id, 'read_only');
  const suspendAt = Date.parse((await people.ahead(id))['suspend'] ?? '');
  await harness.advance(id, suspendAt - DAY / 8);
  const { reached, release } = harness.failpoints.arm('sendPaymentOverdueMail', id, 'hold', 1);
  const moved = harness.advance(id, suspendAt - 2_000);
  await reached;
  await eventually('the date', async () => Date.now() + (await harness.row(id)).clockOffsetMs > suspendAt);
  release();
  await moved;
  await people.untilStanding(id, 'suspended');
});

test.concurrent('a renewal that is declined while the clock is moved past it is overdue from then on', async () => {
  const { id } = await people.paying();
  const { stripeCustomerId, stripeSubscriptionId } = await harness.row(id);
  const { id: card } = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
    customer: stripeCustomerId ?? '',
  });
  const { items } = await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', {
    default_payment_method: card,
  });
  const renewal = (items.data[0]?.current_period_end ?? 0) * 1_000;
  // Stripe is there, and tells of it, before the customer's clock is.
  harness.failpoints.arm('advanceTestClock', id, 'after', 1);
  await harness.advance(id, renewal + 2 * DAY);
  const readOnlyAfter = Date.parse((await people.ahead(id))['read_only'] ?? '') - renewal;
  expect([Math.floor(readOnlyAfter / DAY), (await harness.row(id)).standing]).toEqual([14, 'active']);
});

test.concurrent('a Checkout for a card that is open when the subscription ends is closed', async () => {
  const { customer, id, since } = await people.declined();
  const url = await harness.checkout(id, 'now');
  await harness.advance(id, since + 8 * DAY);
  await people.untilTold(customer, READ_ONLY);
  await expect(harness.pay(url)).rejects.toThrow();
});
