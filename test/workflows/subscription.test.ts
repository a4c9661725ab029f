import { viewEntitlements } from '../../infra/db/repositories/console.ts';
import { findPaidInvoice } from '../../infra/db/repositories/invoices.ts';
import { customerOfLink } from '../../infra/db/repositories/one-time-links.ts';
import { hashToken } from '../../infra/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY, type SignedUp } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

interface Subscriber {
  readonly customer: SignedUp;
  readonly id: string;
  /** When the first paid month ends, in epoch milliseconds. */
  readonly paidUntil: number;
}

const FAILS_WHEN_CHARGED = '4000000000000341';
const periodEnd = async (id: string): Promise<number> =>
  ((await harness.inStripe(id)).live[0]?.items.data[0]?.current_period_end ?? Number.NaN) * 1000;
const licences = (id: string) =>
  harness.database
    .selectFrom('licences')
    .selectAll()
    .where('customerId', '=', id)
    .orderBy('issuedAt', 'desc')
    .execute();
const status = async (id: string) => (await harness.row(id)).subscriptionStatus;
const timesTold = async (customer: SignedUp, told: string): Promise<number> =>
  (await harness.subjects(customer)).filter((subject) => subject === told).length;

async function subscribe(): Promise<Subscriber> {
  const customer = await harness.inTrial();
  const id = customer.customerId;
  await harness.pay(await harness.checkout(id, 'now'));
  await harness.untilPhase(id, 'subscription');
  await eventually('the licence of the first month to be delivered', () =>
    Promise.resolve(harness.stacks.of(id).length === 2),
  );
  return { customer, id, paidUntil: await periodEnd(id) };
}

const paying = (name: string, story: (subscriber: Subscriber) => Promise<void>): void => {
  test.concurrent(name, async () => story(await subscribe()));
};

paying('S3-4: each renewal is charged once, renews the licence and delivers it', async ({ id, paidUntil }) => {
  const updates = harness.stacks.of(id).length;
  await harness.advance(id, paidUntil + 3 * 3_600_000);
  const next = await periodEnd(id);
  expect(next).toBeGreaterThan(paidUntil + 27 * DAY);
  const [newest, ...older] = await eventually('the renewed licence', async () => {
    const all = await licences(id);
    return all.length === 3 && all;
  });
  expect(newest?.expiresAt.getTime()).toBe(next + 3 * DAY);
  expect(older).toHaveLength(2);
  await eventually('the delivery', () => harness.stacks.of(id).length === updates + 1);
  const { data } = await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
  expect(data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0)).toEqual([9_900, 9_900]);
});

test.concurrent(
  'a first payment that fails is told once, the instance goes on, and paying again heals all',
  async () => {
    const customer = await harness.inTrial();
    const id = customer.customerId;
    await harness.pay(await harness.checkout(id, 'at_trial_end'), FAILS_WHEN_CHARGED);
    await eventually('the method', async () => (await harness.inStripe(id)).live[0]?.default_payment_method);
    await harness.advance(id, (await harness.trialEndsAt(id)) + DAY / 4);
    await harness.untilRow(id, 'past due', (row) => row.subscriptionStatus === 'past_due');
    await eventually('the mail', async () => (await timesTold(customer, 'Your payment failed')) === 1);
    expect((await harness.row(id)).standing).toBe('active');

    const { stripeCustomerId } = await harness.row(id);
    const card = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer: stripeCustomerId ?? '' });
    const [open] = (await harness.stripe.invoices.list({ customer: stripeCustomerId ?? '', status: 'open' })).data;
    await harness.stripe.invoices.pay(open?.id ?? '', { payment_method: card.id });
    await harness.untilRow(id, 'paid', (row) => row.subscriptionStatus === 'active');
    await harness.advance(id, Date.now() + 16 * DAY);
    expect(await status(id)).toBe('active');
    expect(await timesTold(customer, 'Your payment failed')).toBe(1);
  },
);

test.concurrent(
  'what is owed is paid with another card that the customer gives, and thanked for only then',
  async () => {
    const customer = await harness.inTrial();
    const id = customer.customerId;
    const thanks = () => timesTold(customer, 'Thank you - your subscription has started');
    await harness.pay(await harness.checkout(id, 'now'), FAILS_WHEN_CHARGED);
    await harness.untilRow(id, 'past due', (row) => row.subscriptionStatus === 'past_due');
    await eventually('the mail', async () => (await timesTold(customer, 'Your payment failed')) === 1);
    expect(await thanks()).toBe(0);
    await harness.pay(await harness.checkout(id, 'now'), FAILS_WHEN_CHARGED);
    await harness.pay(await harness.checkout(id, 'now'));
    await harness.untilRow(id, 'paid', (row) => row.subscriptionStatus === 'active');
    await eventually('the thanks', async () => (await thanks()) === 1);
    const { data } = await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
    expect(data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0)).toEqual([9_900]);
    // A card that is given before the one there is expires is charged for nothing until the renewal.
    await harness.pay(await harness.checkout(id, 'now'), '5555555555554444');
    await harness.untilRow(id, 'the other card', ({ card }) => card?.last4 === '4444' && card.brand === 'mastercard');
    const end = (await harness.inStripe(id)).live[0]?.items.data[0]?.current_period_end ?? 0;
    const paid = async () =>
      (await harness.stripe.charges.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' })).data
        .filter((charge) => charge.paid)
        .map((charge) => charge.payment_method_details?.card?.last4);
    expect(await paid()).toEqual(['4242']);
    await harness.advance(id, end * 1_000 + DAY / 8);
    expect(await paid()).toEqual(['4444', '4242']);
  },
);

test.concurrent('the card that was given last pays, and is charged for nothing that is paid', async () => {
  const { customerId: id } = await harness.inTrial();
  const [first, second] = [await harness.checkout(id, 'now'), await harness.checkout(id, 'now')];
  await harness.pay(first);
  await harness.untilPhase(id, 'subscription');
  const card = async () => (await harness.inStripe(id)).live[0]?.default_payment_method;
  const before = await card();
  await harness.pay(second, '5555555555554444');
  await eventually('the other card', async () => (await card()) !== before || undefined);
  const { data } = await harness.stripe.invoices.list({ customer: (await harness.row(id)).stripeCustomerId ?? '' });
  expect(data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0)).toEqual([9_900]);
});

paying('a date on which Stripe ends the subscription is known, and taken back', async ({ id, paidUntil }) => {
  const { stripeSubscriptionId } = await harness.row(id);
  const date = Math.floor(paidUntil / 1_000) - 86_400;
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { cancel_at: date });
  const waits = () => harness.status(id).then(({ waitingFor }) => waitingFor);
  const until = new Date(date * 1_000).toISOString();
  await eventually('the date', async () => (await waits()).startsWith(`the end of the paid period at ${until}`));
  await harness.command(id, 'undoCancellation', {});
  expect((await harness.stripe.subscriptions.retrieve(stripeSubscriptionId ?? '')).cancel_at).toBeNull();
  await eventually('the renewal', async () => (await waits()).startsWith('the renewal'));
});

paying(
  'S0-16: leaving at the end of the paid period can be undone; left alone it is carried out',
  async (subscriber) => {
    const { customer, id, paidUntil } = subscriber;
    const asked = await harness.command(id, 'cancel', { when: 'period_end' });
    expect(Date.parse(asked.endsAt ?? '')).toBe(paidUntil);
    await eventually('the undo', () => harness.command(id, 'undoCancellation', {}));
    await harness.advance(id, paidUntil + DAY / 4);
    expect((await harness.row(id)).phase).toBe('subscription');
    await harness.command(id, 'cancel', { when: 'period_end' });
    await harness.advance(id, (await periodEnd(id)) + DAY / 4);
    await harness.untilPhase(id, 'ended');
    expect((await harness.inStripe(id)).live).toEqual([]);
    expect(harness.stacks.stacks.has(id)).toBe(false);
    expect(await timesTold(customer, 'Your account has been closed')).toBe(1);
  },
);

paying('S2-4: who cancels at once has no entitlement from then on, whenever Stripe hears of it', async ({ id }) => {
  const { reached } = harness.failpoints.arm('cancelSubscription', id, 'before');
  await harness.command(id, 'cancel', { when: 'now' });
  await reached;
  expect((await viewEntitlements(harness.database, id))?.status).toBe('canceled');
  expect((await harness.inStripe(id)).live).toHaveLength(1);
  harness.failpoints.disarm(id);
  await harness.untilPhase(id, 'ended');
});

test.concurrent.each(['keep', 'refund'] as const)(
  'who leaves at once is told what they had paid for the days to come; the terms say %s',
  async (whenLeavingNow) => {
    const customer = await harness.inTrial({ profile: { whenLeavingNow } });
    const { customerId: id } = customer;
    await harness.pay(await harness.checkout(id, 'now'));
    await harness.untilPhase(id, 'subscription');
    const item = (await harness.inStripe(id)).live[0]?.items.data[0];
    const [start, end] = [(item?.current_period_start ?? 0) * 1_000, (item?.current_period_end ?? 0) * 1_000];
    await harness.advance(id, start + 10.5 * DAY);
    await harness.command(id, 'cancel', { when: 'now' });
    await harness.untilPhase(id, 'ended');
    const days = Math.round((end - start) / DAY);
    const cents = Math.floor((9_900 * (days - 11)) / days);
    const goodbye = (await harness.inbox.to(customer.email)).find(({ subject }) => subject.includes('been closed'));
    const amount = `${(cents / 100).toFixed(2)} USD`;
    expect(goodbye?.text.replaceAll(/\s+/g, ' ')).toContain(
      `${amount}, which you had paid for the days to come, ${whenLeavingNow === 'keep' ? 'is not refunded.' : 'is refunded to your card.'}`,
    );
    const [, token = ''] = /\/left\/([\w-]+)/.exec(goodbye?.text ?? '') ?? [];
    expect(await customerOfLink(harness.database, hashToken(token), 'after_leaving')).toBe(id);
    const { stripePaymentIntentId: intent, amountRefunded } = (await findPaidInvoice(harness.database, id)) ?? {};
    const { data: refunds } = await harness.stripe.refunds.list({ payment_intent: intent ?? '' });
    expect(refunds.map(({ amount: refunded }) => refunded)).toEqual(whenLeavingNow === 'keep' ? [] : [cents]);
    expect(amountRefunded).toBe(whenLeavingNow === 'keep' ? 0 : cents);
  },
);

paying('webhooks after the end wake nobody up', async ({ id }) => {
  await harness.command(id, 'cancel', { when: 'now' });
  const { stripeCustomerId } = await harness.untilPhase(id, 'ended');
  const { data } = await harness.stripe.events.list({ limit: 100 });
  const ours = data.filter(({ data: { object } }) => (object as { customer?: unknown }).customer === stripeCustomerId);
  for (const { id: event } of ours)
    await fetch(`${harness.stripeUrl}/_control/events/${event}/resend`, { method: 'POST' });
  await eventually('the resent events to be settled', async () => {
    const waiting = harness.database.selectFrom('stripeEvents').select('eventId');
    return (
      (await waiting.where('stripeCustomerId', '=', stripeCustomerId).where('state', '=', 'received').execute())
        .length === 0
    );
  });
  expect((await harness.row(id)).phase).toBe('ended');
  expect(harness.stacks.stacks.has(id)).toBe(false);
});

paying('S2-6: erasing keeps the legal ledger and nothing of the person', async ({ customer, id }) => {
  await harness.command(id, 'eraseAccount', {});
  await harness.handle(id).result();
  const row = await harness.row(id);
  expect(row).toMatchObject({
    phase: 'ended',
    email: null,
    emailNorm: null,
    companyName: null,
    fullName: null,
    slug: null,
  });
  expect((await harness.inStripe(id)).customers).toEqual([]);
  expect(harness.stacks.stacks.has(id)).toBe(false);
  expect(harness.stacks.backups.has(id)).toBe(false);
  const accounts = harness.database.selectFrom('accounts').select('customerId').where('customerId', '=', id);
  expect(await accounts.execute()).toEqual([]);
  const invoices = harness.database.selectFrom('invoices').select('amountPaid').where('customerId', '=', id);
  expect((await invoices.execute()).map(({ amountPaid }) => amountPaid)).toContain(9_900);
  expect(await timesTold(customer, 'Your account has been erased')).toBe(1);
});

test.concurrent('a command repeated after a change of phase gets its old answer and has no second effect', async () => {
  const { customerId: id } = await harness.inTrial();
  const first = await harness.command(id, 'extendTrial', { days: 7 }, 'clicked-once');
  await harness.pay(await harness.checkout(id, 'now'));
  await harness.untilPhase(id, 'subscription');
  const again = await eventually('the answer', () => harness.command(id, 'extendTrial', { days: 7 }, 'clicked-once'));
  expect(again).toEqual(first);
  await expect(harness.command(id, 'extendTrial', { days: 7 }, 'clicked-anew')).rejects.toMatchObject({
    body: { message: 'Only a trial can be extended; this customer is in subscription.' },
  });
});

describe.each([
  ['taken off', ''],
  ['made another customer’s', 'cust_00000000-0000-4000-8000-000000000000'],
])('a subscription whose mark was %s by hand in Stripe', (_name, mark) => {
  test.concurrent('stays the customer’s, whom nothing happens to: it is the one that we recorded', async () => {
    const { id, paidUntil } = await subscribe();
    const { stripeSubscriptionId } = await harness.row(id);
    await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { metadata: { customer_id: mark } });
    // Everything that follows reads Stripe again, in this phase and at its end.
    await harness.advance(id, paidUntil + 3 * 3_600_000);
    await eventually('the renewed licence', async () => (await licences(id)).length === 3);
    expect(await harness.row(id)).toMatchObject({
      phase: 'subscription',
      standing: 'active',
      subscriptionStatus: 'active',
    });
    await harness.command(id, 'cancel', { when: 'now' });
    await harness.untilPhase(id, 'ended');
    expect((await harness.stripe.subscriptions.retrieve(stripeSubscriptionId ?? '')).status).toBe('canceled');
  });
});

test.concurrent('what one phase hands to the next is plain JSON with every member of the state', async () => {
  const { id } = await subscribe();
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  const states: Record<string, unknown>[] = [];
  for await (const run of harness.temporal.client.workflow.list({ query: `WorkflowId = 'customer/${id}'` })) {
    const { events } = await harness.temporal.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    states.push(JSON.parse(Buffer.from(payload ?? '').toString()) as Record<string, unknown>);
  }
  expect(states).toHaveLength(4);
  const members = Object.keys(states.at(-1) ?? {}).sort();
  for (const state of states) expect(Object.keys(state).sort()).toEqual(members);
  expect(members).toContain('stackGeneration');
});
