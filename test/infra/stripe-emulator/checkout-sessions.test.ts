import type { Stripe } from 'stripe';
import { DAY, idOf, latestInvoice, refusal } from './harness.ts';
import { Sandbox } from './scenario.ts';

type Create = Stripe.Checkout.SessionCreateParams;

const GOOD = '4242424242424242';
const BACK = 'http://127.0.0.1:1/done?session={CHECKOUT_SESSION_ID}';

/** What a person does in a browser: fills in the page at the session's address and presses the button. */
const press = (url: string | null, card: string): Promise<Response> =>
  fetch(url ?? '', {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ card, expiry: '12/34', cvc: '123', name: 'Ada Lovelace', email: 'ada@example.com' }),
  });

describe('Checkout sessions', () => {
  const sandbox = new Sandbox();

  const setup = (more: Partial<Create> = {}) =>
    sandbox.stripe.checkout.sessions.create({ mode: 'setup', currency: 'usd', success_url: BACK, ...more });
  const subscribe = async (more: Partial<Create> = {}) => {
    const { id: price } = await sandbox.harness.price();
    const line_items = [{ price, quantity: 1 }];
    return sandbox.stripe.checkout.sessions.create({ mode: 'subscription', line_items, success_url: BACK, ...more });
  };
  const read = (id: string) => sandbox.stripe.checkout.sessions.retrieve(id);
  const subscriptionOf = async (id: string) =>
    sandbox.stripe.subscriptions.retrieve(idOf((await read(id)).subscription));

  // "How Checkout works", "Checkout lifecycle" (docs.stripe.com/payments/checkout/how-checkout-works)
  describe('from open to complete', () => {
    it('subscribe a new customer, charge them and come back with the id of the session', async () => {
      const session = await subscribe({ client_reference_id: 'tenant_1', metadata: { a: '1' } });
      expect(session).toMatchObject({
        ...{ status: 'open', payment_status: 'unpaid', mode: 'subscription', customer: null, subscription: null },
        ...{ amount_subtotal: 4900, amount_total: 4900, currency: 'usd', client_reference_id: 'tenant_1' },
      });
      const reply = await press(session.url, GOOD);
      expect(reply.headers.get('location')).toBe(`http://127.0.0.1:1/done?session=${session.id}`);
      const done = await read(session.id);
      expect(done).toMatchObject({
        ...{ status: 'complete', payment_status: 'paid', url: null, client_reference_id: 'tenant_1' },
        ...{ metadata: { a: '1' }, customer_details: { email: 'ada@example.com', name: 'Ada Lovelace' } },
      });
      const customer = await sandbox.stripe.customers.retrieve(idOf(done.customer));
      expect(customer).toMatchObject({ email: 'ada@example.com', name: 'Ada Lovelace', currency: 'usd' });
      const subscription = await subscriptionOf(session.id);
      expect(subscription).toMatchObject({ status: 'active', customer: idOf(done.customer) });
      expect(idOf(done.invoice)).toBe(idOf(subscription.latest_invoice));
    });

    it('in setup mode save a card for later and charge nothing', async () => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const session = await setup({ customer, setup_intent_data: { metadata: { purpose: 'renewals' } } });
      expect(session).toMatchObject({ payment_status: 'no_payment_required', amount_total: null, customer });
      await press(session.url, GOOD);
      const intent = await sandbox.stripe.setupIntents.retrieve(idOf((await read(session.id)).setup_intent));
      expect(intent).toMatchObject({ status: 'succeeded', customer, metadata: { purpose: 'renewals' } });
      const [method] = (await sandbox.stripe.customers.listPaymentMethods(customer)).data;
      expect(method).toMatchObject({ id: idOf(intent.payment_method), card: { exp_month: 12, exp_year: 2034 } });
      expect((await sandbox.stripe.charges.list({ customer })).data).toEqual([]);
    });

    it('use the customer they were given, with their address', async () => {
      const { id: customer } = await sandbox.stripe.customers.create({ email: 'grace@example.com' });
      const session = await subscribe({ customer });
      expect(session.customer_details?.email).toBe('grace@example.com');
      await press(session.url, GOOD);
      expect(await read(session.id)).toMatchObject({ customer, customer_details: { email: 'grace@example.com' } });
      expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ email: 'grace@example.com' });
    });

    it('give a new customer the address they were given', async () => {
      const session = await subscribe({ customer_email: 'fixed@example.com' });
      await press(session.url, GOOD);
      const customer = await sandbox.stripe.customers.retrieve(idOf((await read(session.id)).customer));
      expect(customer).toMatchObject({ email: 'fixed@example.com' });
    });

    it('make the card the default of the subscription', async () => {
      const session = await subscribe();
      await press(session.url, '5555555555554444');
      const { default_payment_method } = await subscriptionOf(session.id);
      const method = await sandbox.stripe.paymentMethods.retrieve(idOf(default_payment_method));
      expect(method.card).toMatchObject({ brand: 'mastercard', last4: '4444' });
    });

    it.each(['4000000000000002', '4000000000009995', '4000000000000069', '4000000000000127', '4000000000000119'])(
      'stay open when the card %s is declined, and can be completed with another',
      async (card) => {
        const session = await subscribe();
        expect((await press(session.url, card)).status).toBe(402);
        expect(await read(session.id)).toMatchObject({ status: 'open', subscription: null, customer: null });
        expect((await press(session.url, GOOD)).status).toBe(303);
        expect((await read(session.id)).status).toBe('complete');
      },
    );
  });

  // API reference, "The Checkout Session object", `metadata` and `subscription_data.metadata` (docs.stripe.com/api/checkout/sessions)
  describe('metadata', () => {
    it('of the session stays on the session; that of subscription_data is copied to the subscription', async () => {
      const subscription_data = { metadata: { tenant: 't_1' }, description: 'Pro for t_1' };
      const session = await subscribe({ metadata: { form: 'signup' }, subscription_data });
      await press(session.url, GOOD);
      expect((await read(session.id)).metadata).toEqual({ form: 'signup' });
      const subscription = await subscriptionOf(session.id);
      expect([subscription.metadata, subscription.description]).toEqual([{ tenant: 't_1' }, 'Pro for t_1']);
      const { parent } = await latestInvoice(sandbox.stripe, subscription.id);
      expect(parent?.subscription_details?.metadata).toEqual({ tenant: 't_1' });
    });

    it('can be changed while the session is open and after', async () => {
      const session = await setup({ metadata: { a: '1', b: '2' } });
      const changed = await sandbox.stripe.checkout.sessions.update(session.id, { metadata: { a: '', c: '3' } });
      expect(changed.metadata).toEqual({ b: '2', c: '3' });
    });
  });

  // "Configure trials in Checkout" (docs.stripe.com/payments/checkout/free-trials); "Add discounts" (docs.stripe.com/payments/checkout/discounts)
  describe('trials and coupons', () => {
    it('with a trial ask for a card, with nothing due', async () => {
      const session = await subscribe({ subscription_data: { trial_period_days: 14 } });
      expect(session).toMatchObject({ amount_total: 0, amount_subtotal: 0 });
      await press(session.url, GOOD);
      expect(await read(session.id)).toMatchObject({ status: 'complete', payment_status: 'no_payment_required' });
      const { status, trial_start, trial_end } = await subscriptionOf(session.id);
      expect([status, (trial_end ?? 0) - (trial_start ?? 0)]).toEqual(['trialing', 14 * DAY]);
    });

    it.each<[string, Stripe.CouponCreateParams, number]>([
      ['a part', { percent_off: 20 }, 980],
      ['an amount', { amount_off: 400, currency: 'usd' }, 400],
    ])('with %s off show and charge what is left', async (_what, terms, discount) => {
      const { id: coupon } = await sandbox.stripe.coupons.create(terms);
      const session = await subscribe({ discounts: [{ coupon }] });
      expect(session).toMatchObject({
        ...{ amount_subtotal: 4900, amount_total: 4900 - discount },
        total_details: { amount_discount: discount },
      });
      await press(session.url, GOOD);
      const { latest_invoice } = await subscriptionOf(session.id);
      const invoice = await sandbox.stripe.invoices.retrieve(idOf(latest_invoice));
      expect(invoice).toMatchObject({ subtotal: 4900, amount_paid: 4900 - discount });
    });

    it('list their line items', async () => {
      const { id: price } = await sandbox.harness.price(900);
      const session = await subscribe({ line_items: [{ price, quantity: 3 }] });
      const { data } = await sandbox.stripe.checkout.sessions.listLineItems(session.id);
      expect(data).toMatchObject([{ quantity: 3, amount_total: 2700, description: 'Pro plan', price: { id: price } }]);
    });
  });

  // API reference, "Expire a Checkout Session" and `expires_at` (docs.stripe.com/api/checkout/sessions/expire)
  describe('expiry', () => {
    it('comes after 24 hours, or from half an hour on as told', async () => {
      const session = await setup();
      expect(session.expires_at - session.created).toBe(DAY);
      const expires_at = Math.floor(Date.now() / 1000) + 3600;
      expect(await setup({ expires_at })).toMatchObject({ expires_at, status: 'open' });
    });

    it.each([
      ['sooner than in half an hour', 60],
      ['later than in a day', 2 * DAY],
    ])('cannot be %s', async (_what, seconds) => {
      const expires_at = Math.floor(Date.now() / 1000) + seconds;
      expect(await refusal(setup({ expires_at }))).toMatchObject({ statusCode: 400, param: 'expires_at' });
    });

    it('closes the page, and cannot come twice', async () => {
      const session = await subscribe();
      const expired = await sandbox.stripe.checkout.sessions.expire(session.id);
      expect(expired).toMatchObject({ status: 'expired', url: null, payment_status: 'unpaid' });
      expect((await press(session.url, GOOD)).status).toBe(410);
      expect(await refusal(sandbox.stripe.checkout.sessions.expire(session.id))).toMatchObject({ statusCode: 400 });
      expect(await read(session.id)).toMatchObject({ subscription: null, customer: null });
    });

    it('cannot come once the session is complete', async () => {
      const session = await setup();
      await press(session.url, GOOD);
      expect(await refusal(sandbox.stripe.checkout.sessions.expire(session.id))).toMatchObject({ statusCode: 400 });
      expect((await read(session.id)).status).toBe('complete');
    });
  });

  // "Fulfill orders": handle the same session more than once (docs.stripe.com/checkout/fulfillment)
  describe('in two browsers', () => {
    it('one after the other, only the first is charged', async () => {
      const session = await subscribe();
      const pages = await Promise.all([fetch(session.url ?? ''), fetch(session.url ?? '')]);
      expect(pages.map(({ status }) => status)).toEqual([200, 200]);
      expect((await press(session.url, GOOD)).status).toBe(303);
      expect((await press(session.url, GOOD)).status).toBe(410);
      const { customer } = await read(session.id);
      expect((await sandbox.stripe.subscriptions.list({ customer: idOf(customer) })).data).toHaveLength(1);
    });

    it('at the same moment, one of them is', async () => {
      const session = await subscribe();
      const replies = await Promise.all([press(session.url, GOOD), press(session.url, GOOD)]);
      expect(replies.map(({ status }) => status).sort()).toEqual([303, 410]);
    });
  });

  // API reference, "Create a Checkout Session" (docs.stripe.com/api/checkout/sessions/create)
  describe('are refused', () => {
    it.each<[string, Partial<Create>, string]>([
      ['subscriptions without line items', { mode: 'subscription' }, 'line_items'],
      ['a setup with line items', { mode: 'setup', line_items: [{ price: 'price_x' }] }, 'line_items'],
      ['an unknown customer', { mode: 'setup', customer: 'cus_nobody' }, 'customer'],
      ['a customer and an address', { customer: 'cus_nobody', customer_email: 'a@example.com' }, 'customer_email'],
    ])('%s', async (_what, params, param) => {
      expect(await refusal(setup(params))).toMatchObject({ statusCode: 400, param });
    });
  });

  // API reference, "List all Checkout Sessions" (docs.stripe.com/api/checkout/sessions/list)
  it('are listed by customer, status and subscription', async () => {
    const { id: customer } = await sandbox.stripe.customers.create();
    const [open, closed, paid] = [await setup({ customer }), await setup({ customer }), await subscribe({ customer })];
    await sandbox.stripe.checkout.sessions.expire(closed.id);
    await press(paid.url, GOOD);
    const ids = async (params: Stripe.Checkout.SessionListParams) =>
      (await sandbox.stripe.checkout.sessions.list(params)).data.map(({ id }) => id);
    expect(await ids({ customer })).toEqual([paid.id, closed.id, open.id]);
    expect(await ids({ customer, status: 'expired' })).toEqual([closed.id]);
    expect(await ids({ subscription: idOf((await read(paid.id)).subscription) })).toEqual([paid.id]);
  });
});
