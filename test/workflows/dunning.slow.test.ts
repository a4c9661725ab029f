import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';
import { READ_ONLY, Subscribers } from '../support/subscribers.ts';

// What follows once nothing is paid, to its last day. The stages themselves are in dunning.test.ts.
let harness: LifecycleHarness;
let people: Subscribers;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
  people = new Subscribers(harness);
});
afterAll(() => harness.close());

test.concurrent('left unpaid, each stage comes on the date that was told, and the last one with a backup', async () => {
  const { customer, id, since } = await people.declined();
  await harness.advance(id, since + 8 * DAY);
  await people.untilTold(customer, READ_ONLY);
  const dates = await people.ahead(id);
  const [suspend, leave] = [Date.parse(dates['suspend'] ?? ''), Date.parse(dates['leave'] ?? '')];
  expect(leave - suspend).toBe(30 * DAY);
  await harness.advance(id, suspend - DAY / 24);
  expect((await harness.row(id)).standing).toBe('read_only');
  await harness.advance(id, suspend + DAY / 24);
  await people.untilStanding(id, 'suspended');
  await people.untilTold(customer, 'Your instance is suspended');
  await harness.advance(id, leave - DAY / 24);
  expect(harness.stacks.stacks.has(id)).toBe(true);
  const removed = (await harness.subjects(customer)).filter((one) => one.startsWith('Your instance will be removed'));
  expect(removed).toHaveLength(1);
  await harness.advance(id, leave + DAY / 24);
  await people.untilTold(customer, 'Your account has been closed');
  expect(harness.stacks.stacks.has(id)).toBe(false);
  expect(harness.stacks.backups.has(id)).toBe(true);
  expect(await people.paid(id)).toEqual([]);
});

test.concurrent('a payment in the last hour brings everything back', async () => {
  const { customer, id, since } = await people.declined();
  await harness.advance(id, since + 8 * DAY);
  await people.untilTold(customer, READ_ONLY);
  await harness.advance(id, Date.parse((await people.ahead(id))['leave'] ?? '') - DAY / 24);
  await people.untilStanding(id, 'suspended');
  await people.subscribeAgain(id);
  await harness.advance(id, Date.parse((await harness.status(id)).now) + 2 * DAY);
  expect(await harness.row(id)).toMatchObject({ phase: 'subscription', standing: 'active' });
  expect(harness.stacks.stacks.has(id)).toBe(true);
  expect(await people.told(customer, 'Your account has been closed')).toBe(0);
});

test('of two Checkouts to subscribe again that were both completed, one is paid back', async () => {
  const { customer, id } = await people.paying();
  await people.endInStripe(id);
  await people.untilTold(customer, READ_ONLY);
  const { stripeCustomerId } = await harness.row(id);
  const [first] = (await harness.stripe.subscriptions.list({ customer: stripeCustomerId ?? '', status: 'all' })).data;
  await harness.stopWorker('lifecycle');
  const metadata = { customer_id: id };
  const items = [{ price: first?.items.data[0]?.price.id ?? '' }];
  const source = 'pm_card_visa';
  const { id: card } = await harness.stripe.paymentMethods.attach(source, { customer: stripeCustomerId ?? '' });
  for (let made = 0; made < 2; made += 1)
    await harness.stripe.subscriptions.create({
      ...{ customer: stripeCustomerId ?? '', items, metadata, default_payment_method: card },
    });
  await harness.startWorker('lifecycle');
  await people.untilStatus(id, 'active');
  await eventually('one of them', async () => (await harness.inStripe(id)).live.length === 1 || undefined);
  await eventually('the money', async () => {
    const { data } = await harness.stripe.refunds.list({ limit: 100 });
    const invoices = await harness.stripe.invoices.list({
      customer: stripeCustomerId ?? '',
      expand: ['data.payments'],
    });
    const intents = invoices.data.map(({ payments }) => payments?.data[0]?.payment.payment_intent);
    return data.filter(({ payment_intent: intent }) => intents.includes(intent as string)).length === 1 || undefined;
  });
});

const afterLastRetry = (after_last_retry: string) =>
  fetch(`${harness.stripeUrl}/_control/settings`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ after_last_retry }),
  });

describe('months that Stripe drafted while the subscription was unpaid', () => {
  const unpaid = async (profile: { readonly retentionDays?: number } = {}) => {
    const declined = await people.declined({ profile });
    await afterLastRetry('unpaid');
    await harness.advance(declined.id, declined.since + 8 * DAY);
    await afterLastRetry('canceled');
    await people.untilStatus(declined.id, 'unpaid');
    return declined;
  };
  const settled = async (id: string) =>
    eventually('the invoices', async () => {
      const all = (await people.invoices(id)).filter(({ amount_due: due }) => due > 0);
      return all.every(({ status }) => status === 'paid' || status === 'void') ? all : undefined;
    });

  test('are charged once with another card, but for one that passed without access', async () => {
    const { customer, id, since } = await unpaid({ retentionDays: 90 });
    await harness.advance(id, since + 40 * DAY);
    await people.untilTold(customer, 'Your instance is suspended');
    await harness.advance(id, since + 65 * DAY);
    expect((await people.invoices(id)).filter(({ status }) => status === 'draft')).toHaveLength(2);
    await harness.pay(await harness.checkout(id, 'now'));
    await people.untilStanding(id, 'active');
    const [current, suspended, first] = await settled(id);
    expect([current?.status, suspended?.status, first?.status]).toEqual(['paid', 'void', 'paid']);
    expect(await people.paid(id)).toEqual([9_900, 9_900]);
  });

  test('are charged once when the invoice that was owed is paid on Stripe’s page', async () => {
    const { id, since } = await unpaid();
    await harness.advance(id, since + 33 * DAY);
    const { stripeCustomerId, stripeSubscriptionId } = await harness.row(id);
    const customer = stripeCustomerId ?? '';
    const { id: card } = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer });
    await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { default_payment_method: card });
    const owed = (await people.invoices(id)).find(({ status }) => status === 'open');
    await harness.stripe.invoices.pay(owed?.id ?? '', { payment_method: card });
    await people.untilStanding(id, 'active');
    expect((await settled(id)).map(({ status }) => status)).toEqual(['paid', 'paid']);
  });
});

describe.each(['unpaid', 'past_due'] as const)(
  'an account whose subscriptions are %s after the last retry',
  (status) => {
    test('read-only and suspended on its dates; another card pays what is owed, and nothing twice', async () => {
      const { customer, id, since } = await people.declined();
      await afterLastRetry(status);
      await harness.advance(id, since + 8 * DAY);
      await afterLastRetry('canceled');
      await harness.untilRow(id, status, (row) => row.subscriptionStatus === status);
      if (status === 'past_due') expect((await harness.row(id)).standing).toBe('active');
      await harness.advance(id, since + 15 * DAY);
      await people.untilTold(customer, status === 'unpaid' ? 'Your instance is suspended' : READ_ONLY);
      await people.untilStanding(id, status === 'unpaid' ? 'suspended' : 'read_only');
      await harness.pay(await harness.checkout(id, 'now'));
      await people.untilStanding(id, 'active');
      expect(await people.paid(id)).toEqual([9_900]);
    });
  },
);
