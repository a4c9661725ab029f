import type { Stripe } from 'stripe';
import { eventually } from '../../support/eventually.ts';
import { EmulatorHarness, DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';

const TRIAL_END = START + 14 * DAY;

describe('a trial on a test clock', () => {
  let harness: EmulatorHarness;
  let clock: string;

  beforeEach(async () => {
    harness = await EmulatorHarness.start();
    clock = (await harness.clock()).id;
  });
  afterEach(() => harness.close());

  const begin = async (token?: string, missing: 'pause' | 'cancel' | 'create_invoice' = 'pause') => {
    const customer = await harness.customer(clock, token);
    return harness.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: (await harness.price()).id }],
      trial_end: TRIAL_END,
      trial_settings: { end_behavior: { missing_payment_method: missing } },
      metadata: { customer_id: 'cust_1' },
    });
  };

  it('begins with a paid invoice over nothing, its period on the item', async () => {
    const subscription = await begin();
    expect(subscription).toMatchObject({ status: 'trialing', trial_start: START, trial_end: TRIAL_END });
    expect(subscription.items.data[0]).toMatchObject({ current_period_start: START, current_period_end: TRIAL_END });
    const invoice = await latestInvoice(harness.stripe, subscription.id);
    expect(invoice).toMatchObject({ status: 'paid', amount_due: 0, total: 0, billing_reason: 'subscription_create' });
    expect(invoice.parent?.subscription_details?.subscription).toBe(subscription.id);
  });

  it('warns three days before and pauses without a payment method; resuming needs one (S0-12)', async () => {
    const { id } = await begin();
    await harness.advance(clock, TRIAL_END - 3 * DAY);
    expect(await harness.eventTypes()).toContain('customer.subscription.trial_will_end');
    await harness.advance(clock, TRIAL_END);
    const paused = await harness.stripe.subscriptions.retrieve(id);
    expect(paused.status).toBe('paused');
    expect((await harness.stripe.invoices.list({ subscription: id })).data).toHaveLength(1);
    await eventually(
      'the signed event',
      () => harness.receiver.types().includes('customer.subscription.paused') || undefined,
    );

    const refused = await refusal(harness.stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: 'now' } }));
    expect(refused).toMatchObject({ statusCode: 400, code: 'resource_missing' });
    const method = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer: idOf(paused.customer) });
    await harness.stripe.subscriptions.update(id, { default_payment_method: method.id });
    expect((await harness.stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: 'now' } })).status).toBe(
      'active',
    );
    expect((await latestInvoice(harness.stripe, id)).amount_paid).toBe(4900);
    expect(await harness.eventTypes()).toContain('customer.subscription.resumed');
  });

  it('pauses when the card was detached meanwhile: a detached card pays nothing', async () => {
    const { id, customer } = await begin();
    const method = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer: idOf(customer) });
    await harness.stripe.subscriptions.update(id, { default_payment_method: method.id });
    await harness.stripe.paymentMethods.detach(method.id);
    await harness.advance(clock, TRIAL_END);
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('paused');
  });

  it.each([
    ['cancel', 'canceled', 'customer.subscription.deleted'],
    ['create_invoice', 'past_due', 'invoice.payment_failed'],
  ] as const)('ends as missing_payment_method: %s says', async (missing, status, event) => {
    const { id } = await begin(undefined, missing);
    await harness.advance(clock, TRIAL_END + HOUR);
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe(status);
    expect(await harness.eventTypes()).toContain(event);
  });

  it('is charged at its end when there is a card', async () => {
    const { id } = await begin('pm_card_visa');
    await harness.advance(clock, TRIAL_END + HOUR);
    const active = await harness.stripe.subscriptions.retrieve(id);
    expect(active.status).toBe('active');
    expect(active.items.data[0]?.current_period_start).toBe(TRIAL_END);
    expect(await latestInvoice(harness.stripe, id)).toMatchObject({
      status: 'paid',
      amount_paid: 4900,
      billing_reason: 'subscription_cycle',
      status_transitions: { paid_at: TRIAL_END + HOUR },
    });
    const types = await harness.eventTypes();
    expect(types).toEqual(expect.arrayContaining(['invoice.paid', 'invoice.payment_succeeded', 'charge.succeeded']));
  });

  it('becomes past due when the card fails, and says what changed', async () => {
    const { id } = await begin('pm_card_chargeCustomerFail');
    await harness.advance(clock, TRIAL_END + HOUR);
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('past_due');
    const updates = await harness.stripe.events.list({ type: 'customer.subscription.updated' });
    expect(updates.data[0]?.data.previous_attributes).toEqual({ status: 'active' });
    expect(await latestInvoice(harness.stripe, id)).toMatchObject({ status: 'open', attempt_count: 1 });
  });

  it('can be extended, and then ends later', async () => {
    const { id } = await begin('pm_card_visa');
    const extended = await harness.stripe.subscriptions.update(id, {
      trial_end: TRIAL_END + 7 * DAY,
      proration_behavior: 'none',
    });
    expect(extended.items.data[0]?.current_period_end).toBe(TRIAL_END + 7 * DAY);
    await harness.advance(clock, TRIAL_END + DAY);
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('trialing');
    await harness.advance(clock, TRIAL_END + 7 * DAY);
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('active');
  });

  it('takes a cancellation for its end along when it is extended', async () => {
    const { id } = await begin('pm_card_visa');
    await harness.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    const later = TRIAL_END + 7 * DAY;
    expect(await harness.stripe.subscriptions.update(id, { trial_end: later })).toMatchObject({ cancel_at: later });
    await harness.advance(clock, later);
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('canceled');
    expect(await latestInvoice(harness.stripe, id)).toMatchObject({ amount_due: 0 });
  });

  it('can be ended now, which charges at once', async () => {
    const { id } = await begin('pm_card_visa');
    await harness.advance(clock, START + 2 * DAY);
    const active = await harness.stripe.subscriptions.update(id, { trial_end: 'now' });
    expect(active).toMatchObject({
      status: 'active',
      trial_end: START + 2 * DAY,
      billing_cycle_anchor: START + 2 * DAY,
    });
    expect((await latestInvoice(harness.stripe, id)).amount_paid).toBe(4900);
  });

  it('lets a setup-mode checkout give the card that pays at its end', async () => {
    const { id, customer } = await begin();
    const session = await harness.stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      customer: idOf(customer),
      success_url: 'http://127.0.0.1/done?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://127.0.0.1/back',
      setup_intent_data: { metadata: { subscription_id: id } },
    });
    const { status, body } = await harness.control.post(`checkout/${session.id}/complete`, {
      card: '4242424242424242',
    });
    expect(status).toBe(200);
    expect(body.redirect).toBe(`http://127.0.0.1/done?session=${session.id}`);
    const done = await harness.stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] });
    const intent = done.setup_intent as Stripe.SetupIntent;
    expect(done.status).toBe('complete');
    expect(intent).toMatchObject({ status: 'succeeded', metadata: { subscription_id: id } });
    await harness.stripe.subscriptions.update(id, { default_payment_method: idOf(intent.payment_method) });
    await harness.advance(clock, TRIAL_END);
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('active');
  });
});
