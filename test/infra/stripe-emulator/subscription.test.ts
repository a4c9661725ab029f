import type { Stripe } from 'stripe';
import { EmulatorHarness, DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';

const APRIL = Math.floor(Date.UTC(2027, 3, 1, 12) / 1000);
const MAY = Math.floor(Date.UTC(2027, 4, 1, 12) / 1000);

describe('a paid subscription', () => {
  let harness: EmulatorHarness;
  let clock: string;

  beforeEach(async () => {
    harness = await EmulatorHarness.start();
    clock = (await harness.clock()).id;
  });
  afterEach(() => harness.close());

  const subscribe = async (more: Partial<Stripe.SubscriptionCreateParams> = {}, token = 'pm_card_visa') => {
    const customer = await harness.customer(clock, token);
    const price = await harness.price();
    return harness.stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], ...more });
  };
  const statusOf = async (id: string) => (await harness.stripe.subscriptions.retrieve(id)).status;

  it('is charged at once and renews by the calendar month', async () => {
    const { id, status } = await subscribe();
    expect(status).toBe('active');
    for (const at of [MAY, MAY + HOUR]) await harness.advance(clock, at);
    const renewed = await harness.stripe.subscriptions.retrieve(id);
    expect(renewed.items.data[0]).toMatchObject({ current_period_start: MAY });
    const invoices = await harness.stripe.invoices.list({ subscription: id });
    expect(invoices.data.map(({ created, amount_paid }) => [created, amount_paid])).toEqual([
      [MAY, 4900],
      [APRIL, 4900],
      [START, 4900],
    ]);
    expect(new Set(invoices.data.map(({ number }) => number)).size).toBe(3);
  });

  it('is refused without a payment method, and incomplete with a card that fails', async () => {
    const customer = await harness.stripe.customers.create({ test_clock: clock });
    const price = await harness.price();
    const items = [{ price: price.id }];
    const missing = await refusal(harness.stripe.subscriptions.create({ customer: customer.id, items }));
    expect(missing).toMatchObject({ statusCode: 400, code: 'resource_missing' });
    expect((await subscribe({}, 'pm_card_chargeCustomerFail')).status).toBe('incomplete');
    const failing = subscribe({ payment_behavior: 'error_if_incomplete' }, 'pm_card_chargeCustomerFail');
    expect(await refusal(failing)).toMatchObject({ statusCode: 402, type: 'StripeCardError', code: 'card_declined' });
    expect((await harness.stripe.subscriptions.list({ status: 'all' })).data).toHaveLength(1);
  });

  it('waits for its first payment when asked to, and expires unpaid after 23 hours', async () => {
    const waiting = await subscribe({ payment_behavior: 'default_incomplete' });
    expect(waiting.status).toBe('incomplete');
    await harness.stripe.invoices.pay(idOf(waiting.latest_invoice));
    expect(await statusOf(waiting.id)).toBe('active');
    const unpaid = await subscribe({ payment_behavior: 'default_incomplete' });
    await harness.advance(clock, START + DAY);
    expect(await statusOf(unpaid.id)).toBe('incomplete_expired');
    expect(await latestInvoice(harness.stripe, unpaid.id)).toMatchObject({ status: 'void' });
    expect(await statusOf(waiting.id)).toBe('active');
  });

  it('goes past due when a renewal fails, is retried, and is active again once paid', async () => {
    const subscription = await subscribe();
    const customer = idOf(subscription.customer);
    const bad = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    await harness.stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
    await harness.advance(clock, APRIL + HOUR);
    expect(await statusOf(subscription.id)).toBe('past_due');
    expect(await harness.stripe.customers.retrieve(customer)).toMatchObject({ delinquent: true });
    await harness.advance(clock, APRIL + 3 * DAY + HOUR);
    const open = await latestInvoice(harness.stripe, subscription.id);
    expect(open).toMatchObject({ status: 'open', attempt_count: 3, next_payment_attempt: APRIL + 5 * DAY + HOUR });
    expect(await refusal(harness.stripe.invoices.pay(open.id))).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
    });

    const good = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer });
    const paid = await harness.stripe.invoices.pay(open.id, { payment_method: good.id });
    expect(paid).toMatchObject({ status: 'paid', attempt_count: 3, amount_remaining: 0 });
    expect(await statusOf(subscription.id)).toBe('active');
    expect(await harness.stripe.customers.retrieve(customer)).toMatchObject({ delinquent: false });
    expect(await refusal(harness.stripe.invoices.pay(open.id))).toMatchObject({ code: 'invoice_already_paid' });
  });

  it('is canceled for failed payment after the last retry', async () => {
    const subscription = await subscribe();
    const customer = idOf(subscription.customer);
    const bad = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    await harness.stripe.subscriptions.update(subscription.id, { default_payment_method: bad.id });
    await harness.advance(clock, APRIL + 8 * DAY);
    const ended = await harness.stripe.subscriptions.retrieve(subscription.id);
    expect(ended).toMatchObject({ status: 'canceled', cancellation_details: { reason: 'payment_failed' } });
    expect(ended.ended_at).toBe(APRIL + 7 * DAY + HOUR);
    const failures = (await harness.eventTypes()).filter((type) => type === 'invoice.payment_failed');
    expect(failures).toHaveLength(5);
  });

  it('ends with its period when canceled for then, and goes on when that is undone', async () => {
    const { id } = await subscribe();
    const leaving = await harness.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(leaving).toMatchObject({ status: 'active', cancel_at_period_end: true, cancel_at: APRIL });
    const staying = await harness.stripe.subscriptions.update(id, { cancel_at_period_end: false });
    expect(staying).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
    await harness.advance(clock, APRIL);
    expect(await statusOf(id)).toBe('active');
    await harness.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await harness.advance(clock, MAY);
    expect(await harness.stripe.subscriptions.retrieve(id)).toMatchObject({
      status: 'canceled',
      cancel_at_period_end: true,
    });
    expect((await harness.eventTypes()).at(-2)).toBe('customer.subscription.deleted');
    expect((await harness.stripe.invoices.list({ subscription: id })).data).toHaveLength(2);
  });

  it('ends now when canceled now; a second cancel is refused', async () => {
    const { id } = await subscribe();
    const ended = await harness.stripe.subscriptions.cancel(id, { cancellation_details: { comment: 'Too dear' } });
    expect(ended).toMatchObject({ status: 'canceled', ended_at: START, cancellation_details: { comment: 'Too dear' } });
    expect(await refusal(harness.stripe.subscriptions.cancel(id))).toMatchObject({ statusCode: 404 });
    expect((await harness.stripe.subscriptions.list({ customer: idOf(ended.customer) })).data).toEqual([]);
    expect(
      (await harness.stripe.subscriptions.list({ customer: idOf(ended.customer), status: 'all' })).data,
    ).toHaveLength(1);
  });

  it('prorates a change of price to the second, now or with the next invoice', async () => {
    const subscription = await subscribe();
    const item = subscription.items.data[0]?.id ?? '';
    const dearer = await harness.price(9900);
    const half = START + (APRIL - START) / 2;
    await harness.advance(clock, half);
    await harness.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price: dearer.id }],
      proration_behavior: 'always_invoice',
    });
    const now = await latestInvoice(harness.stripe, subscription.id);
    expect(now.lines.data.map(({ amount }) => amount)).toEqual([-2450, 4950]);
    expect(now).toMatchObject({ status: 'paid', amount_paid: 2500, billing_reason: 'subscription_update' });

    await harness.stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, quantity: 2 }],
      proration_behavior: 'create_prorations',
    });
    await harness.advance(clock, APRIL + HOUR);
    const next = await latestInvoice(harness.stripe, subscription.id);
    expect(next.lines.data.map(({ amount }) => amount)).toEqual([-4950, 9900, 19_800]);
    expect(next.amount_paid).toBe(24_750);
  });

  it('begins a new period when the interval changes, and keeps a credit as balance', async () => {
    const subscription = await subscribe();
    const yearly = await harness.price(1000, 'year');
    const changed = await harness.stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id ?? '', price: yearly.id }],
    });
    expect(changed.items.data[0]?.current_period_end).toBe(Math.floor(Date.UTC(2028, 2, 1, 12) / 1000));
    const invoice = await latestInvoice(harness.stripe, subscription.id);
    expect(invoice).toMatchObject({ total: -3900, amount_due: 0, ending_balance: -3900, status: 'paid' });
    expect(await harness.stripe.customers.retrieve(idOf(subscription.customer))).toMatchObject({ balance: -3900 });
  });

  it('counts a repeating coupon for its months only', async () => {
    await harness.stripe.coupons.create({
      id: 'pilot50off',
      percent_off: 50,
      duration: 'repeating',
      duration_in_months: 2,
    });
    const { id } = await subscribe({ discounts: [{ coupon: 'pilot50off' }] });
    for (const at of [MAY, MAY + HOUR]) await harness.advance(clock, at);
    const { data } = await harness.stripe.invoices.list({ subscription: id });
    expect(data.map(({ amount_paid }) => amount_paid)).toEqual([4900, 2450, 2450]);
    expect(data[1]?.total_discount_amounts?.[0]?.amount).toBe(2450);
    expect(await harness.stripe.coupons.retrieve('pilot50off')).toMatchObject({ times_redeemed: 1 });
  });

  it('bills nothing while its collection is paused', async () => {
    const { id } = await subscribe();
    await harness.stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } });
    await harness.advance(clock, APRIL);
    expect(await latestInvoice(harness.stripe, id)).toMatchObject({ status: 'void', amount_paid: 0 });
    await harness.stripe.subscriptions.update(id, { pause_collection: '' });
    await harness.advance(clock, MAY + HOUR);
    expect(await latestInvoice(harness.stripe, id)).toMatchObject({ status: 'paid' });
  });

  it('can be refunded in part and then no more than is left', async () => {
    const { id } = await subscribe();
    const invoice = await latestInvoice(harness.stripe, id);
    const { payments } = await harness.stripe.invoices.retrieve(invoice.id, { expand: ['payments'] });
    const payment_intent = idOf(payments?.data[0]?.payment.payment_intent);
    const refund = await harness.stripe.refunds.create({
      payment_intent,
      amount: 900,
      reason: 'requested_by_customer',
    });
    expect(refund).toMatchObject({ status: 'succeeded', amount: 900 });
    expect(await refusal(harness.stripe.refunds.create({ payment_intent, amount: 4001 }))).toMatchObject({
      statusCode: 400,
    });
    await harness.stripe.refunds.create({ payment_intent });
    const { latest_charge } = await harness.stripe.paymentIntents.retrieve(payment_intent, {
      expand: ['latest_charge'],
    });
    expect(latest_charge).toMatchObject({ refunded: true, amount_refunded: 4900 });
    expect(await refusal(harness.stripe.refunds.create({ payment_intent }))).toMatchObject({
      code: 'charge_already_refunded',
    });
    expect(await harness.eventTypes()).toEqual(expect.arrayContaining(['charge.refunded', 'refund.created']));
  });

  it('is active again when the invoice it owes is voided', async () => {
    const { id, customer } = await subscribe();
    const bad = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: idOf(customer) });
    await harness.stripe.subscriptions.update(id, { default_payment_method: bad.id });
    await harness.advance(clock, APRIL + HOUR);
    const owed = await latestInvoice(harness.stripe, id);
    expect((await harness.stripe.invoices.voidInvoice(owed.id)).status).toBe('void');
    expect(await statusOf(id)).toBe('active');
  });
});
