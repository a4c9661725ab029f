import type { Stripe } from 'stripe';
import { eventually } from '../../support/eventually.ts';
import { EmulatorHarness, DAY, idOf, latestInvoice, refusal } from './harness.ts';

describe('Checkout', () => {
  let harness: EmulatorHarness;

  beforeEach(async () => {
    harness = await EmulatorHarness.start();
  });
  afterEach(() => harness.close());

  const subscribe = async (more: Stripe.Checkout.SessionCreateParams = {}) => {
    const price = await harness.price();
    return harness.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      success_url: 'http://127.0.0.1:1/done?id={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://127.0.0.1:1/back',
      client_reference_id: 'cust_1',
      metadata: { customer_id: 'cust_1' },
      subscription_data: { metadata: { customer_id: 'cust_1' } },
      ...more,
    });
  };
  const submit = (url: string | null, fields: Record<string, string>) =>
    fetch(url ?? '', { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  const card = (number: string) => ({
    card: number,
    expiry: '12/34',
    cvc: '123',
    name: 'Ada',
    email: 'ada@example.com',
  });

  it('takes a card on its page, subscribes and charges, and goes back to the shop (S0-1, S3-3)', async () => {
    const session = await subscribe();
    expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', amount_total: 4900 });
    const page = await (await fetch(session.url ?? '')).text();
    expect(page).toContain('Local stand-in for Stripe Checkout');
    expect(page).toContain('$49.00');
    const reply = await submit(session.url, card('4242 4242 4242 4242'));
    expect(reply.status).toBe(303);
    expect(reply.headers.get('location')).toBe(`http://127.0.0.1:1/done?id=${session.id}`);

    const done = await harness.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription', 'line_items'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      client_reference_id: 'cust_1',
    });
    expect(done.subscription).toMatchObject({ status: 'active', metadata: { customer_id: 'cust_1' } });
    expect(done.line_items?.data).toHaveLength(1);
    expect(await harness.stripe.customers.retrieve(idOf(done.customer))).toMatchObject({ email: 'ada@example.com' });
    expect(await latestInvoice(harness.stripe, idOf(done.subscription))).toMatchObject({
      status: 'paid',
      amount_paid: 4900,
    });
    const event = await eventually('the event', () =>
      harness.receiver.events.find(({ type }) => type === 'checkout.session.completed'),
    );
    expect(event.data.object).toMatchObject({ id: session.id, metadata: { customer_id: 'cust_1' } });
    expect((await fetch(session.url ?? '')).status).toBe(410);
  });

  it('begins a trial with nothing due, and a coupon that counts later (S0-12)', async () => {
    await harness.stripe.coupons.create({
      id: 'pilot50off',
      percent_off: 50,
      duration: 'repeating',
      duration_in_months: 6,
    });
    const session = await subscribe({
      customer_email: 'ada@example.com',
      discounts: [{ coupon: 'pilot50off' }],
      subscription_data: {
        trial_period_days: 30,
        trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      },
    });
    expect(session.amount_total).toBe(0);
    await harness.control.post(`checkout/${session.id}/complete`, { card: '4242424242424242' });
    const done = await harness.stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    const subscription = done.subscription as Stripe.Subscription;
    expect(done.payment_status).toBe('no_payment_required');
    expect(subscription.status).toBe('trialing');
    expect((subscription.trial_end ?? 0) - (subscription.trial_start ?? 0)).toBe(30 * DAY);
    expect(subscription.discounts).toHaveLength(1);
    expect(subscription.default_payment_method).not.toBeNull();
  });

  it.each([
    ['declined', '4000000000000002', 'Your card was declined.'],
    ['short of funds', '4000000000009995', 'Your card has insufficient funds.'],
    ['kept but not chargeable', '4000000000000341', 'Your card was declined.'],
    ['not a test card', '4111111111111111', 'Only the test cards'],
  ])('leaves the session open, and nothing behind, for a card that is %s', async (_what, number, message) => {
    const session = await subscribe();
    const reply = await submit(session.url, card(number));
    expect(reply.status).toBe(402);
    const page = await reply.text();
    expect(page).toContain(message);
    expect(page).not.toContain(`value="${number}"`);
    expect((await harness.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    expect((await harness.stripe.customers.list()).data).toEqual([]);
    expect((await harness.stripe.subscriptions.list({ status: 'all' })).data).toEqual([]);
    expect(await harness.stores(session.id)).toBe(true);
    expect(await harness.stores(number)).toBe(false);
  });

  it('asks for 3-D Secure, which can fail and then pass', async () => {
    const session = await subscribe();
    const asked = await submit(session.url, card('4000002500003155'));
    expect(await asked.text()).toContain('Complete authentication');
    const failed = await submit(session.url, { card: '4000002500003155', authentication: 'failed' });
    expect(failed.status).toBe(402);
    expect((await harness.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
    const passed = await submit(session.url, { card: '4000002500003155', authentication: 'passed' });
    expect(passed.status).toBe(303);
    expect((await harness.stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid');
  });

  it('records a decline on the setup intent in setup mode', async () => {
    const customer = await harness.stripe.customers.create({ email: 'ada@example.com' });
    const session = await harness.stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      customer: customer.id,
      success_url: 'http://127.0.0.1:1/done',
    });
    const { status, body } = await harness.control.post(`checkout/${session.id}/complete`, {
      card: '4000000000000002',
    });
    expect(status).toBe(402);
    expect(body.error).toMatchObject({ code: 'card_declined', decline_code: 'generic_decline' });
    const intent = await harness.stripe.setupIntents.retrieve(idOf(session.setup_intent));
    expect(intent).toMatchObject({ status: 'requires_payment_method', last_setup_error: { code: 'card_declined' } });
    expect((await harness.stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
  });

  it('can be expired while it is open, and not once it is complete', async () => {
    const open = await subscribe();
    expect(await harness.stripe.checkout.sessions.expire(open.id)).toMatchObject({ status: 'expired', url: null });
    expect((await harness.control.post(`checkout/${open.id}/complete`, { card: '4242424242424242' })).status).toBe(400);
    expect(await harness.eventTypes()).toContain('checkout.session.expired');
    const complete = await subscribe();
    await harness.control.post(`checkout/${complete.id}/complete`, {
      card: '4242424242424242',
      email: 'a@example.com',
    });
    const refused = await refusal(harness.stripe.checkout.sessions.expire(complete.id));
    expect(refused.message).toContain('status of complete');
  });

  it('shows a paid invoice at its own address', async () => {
    const session = await subscribe();
    await harness.control.post(`checkout/${session.id}/complete`, { card: '4242424242424242', email: 'a@example.com' });
    const { invoice } = await harness.stripe.checkout.sessions.retrieve(session.id, { expand: ['invoice'] });
    const { hosted_invoice_url, number } = invoice as Stripe.Invoice;
    const page = await (await fetch(hosted_invoice_url ?? '')).text();
    expect(page).toContain(`Invoice ${number ?? '?'}`);
    expect(page).toContain('<strong>paid</strong>');
  });

  it('escapes what it shows', async () => {
    const product = await harness.stripe.products.create({ name: '<script>alert(1)</script>' });
    const price = await harness.stripe.prices.create({
      currency: 'eur',
      unit_amount: 100,
      recurring: { interval: 'month', interval_count: 3 },
      product: product.id,
    });
    const session = await subscribe({ line_items: [{ price: price.id, quantity: 1 }] });
    const reply = await fetch(session.url ?? '');
    expect(await reply.text()).not.toContain('<script>');
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});
