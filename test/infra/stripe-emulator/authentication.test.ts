import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const APRIL = noon(2027, 4, 1);
const [EACH_TIME, ONCE] = ['4000002760003184', '4000002500003155'];

// "Authentication and setup" (docs.stripe.com/testing#authentication-and-setup); "Requires action"
// (docs.stripe.com/billing/subscriptions/overview#requires-action)
describe('3-D Secure', () => {
  const sandbox = new Sandbox();

  const complete = (session: Stripe.Checkout.Session, card: string, authenticated = true) =>
    sandbox.harness.control.post(`checkout/${session.id}/complete`, { card, authenticated });
  const checkout = async (customer: string, mode: 'setup' | 'subscription'): Promise<Stripe.Checkout.Session> =>
    sandbox.stripe.checkout.sessions.create({
      ...{ mode, customer, success_url: 'http://127.0.0.1:1/done' },
      ...(mode === 'setup'
        ? { currency: 'usd' }
        : { line_items: [{ price: (await sandbox.harness.price()).id, quantity: 1 }] }),
    });
  /** Somebody who subscribed on Checkout with a card that asks, and passed. */
  const subscribed = async (card: string): Promise<Begun> => {
    const clock = (await sandbox.harness.clock()).id;
    const customer = (await sandbox.harness.customer(clock)).id;
    const session = await checkout(customer, 'subscription');
    expect((await complete(session, card)).status).toBe(200);
    const [subscription] = (await sandbox.stripe.subscriptions.list({ customer })).data;
    if (!subscription) throw new Error('Nothing was subscribed');
    return { clock, customer, subscription };
  };
  const eventsOf = async (invoice: string): Promise<string[]> => {
    const all = await sandbox.stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 5000 });
    const about = all.filter(({ data }) => (data.object as { id?: string }).id === invoice);
    return about.map(({ type }) => type).reverse();
  };
  /** Whose renewal of April asks for their holder. */
  const asked = async () => {
    const begun = await subscribed(EACH_TIME);
    await sandbox.harness.advance(begun.clock, APRIL + HOUR);
    return { ...begun, invoice: await latestInvoice(sandbox.stripe, begun.subscription.id) };
  };

  it.each([EACH_TIME, ONCE])('on Checkout, %s is charged once its holder has passed', async (card) => {
    const { subscription } = await subscribed(card);
    expect(subscription.status).toBe('active');
    expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ status: 'paid', amount_paid: 4900 });
  });

  it.each([EACH_TIME, ONCE])('on Checkout, %s is not taken without it', async (card) => {
    const { id: customer } = await sandbox.stripe.customers.create();
    const session = await checkout(customer, 'subscription');
    const { status, body } = await complete(session, card, false);
    expect([status, body.error]).toMatchObject([402, { code: 'authentication_required' }]);
    expect((await sandbox.stripe.subscriptions.list({ customer })).data).toEqual([]);
  });

  it('a card that asks once renews by itself after it was set up', async () => {
    const { clock, subscription } = await subscribed(ONCE);
    await sandbox.harness.advance(clock, APRIL + HOUR);
    expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ status: 'paid', amount_paid: 4900 });
  });

  describe('at a renewal, a card that asks each time', () => {
    it('leaves the invoice open, its payment waiting for the holder, and the subscription past due', async () => {
      const { customer, invoice, subscription } = await asked();
      expect(invoice).toMatchObject({
        ...{ status: 'open', attempted: true, attempt_count: 1, amount_remaining: 4900 },
        next_payment_attempt: APRIL + HOUR + DAY,
      });
      expect(await sandbox.paymentOf(invoice.id)).toMatchObject({
        ...{ status: 'requires_action', amount_received: 0, next_action: { type: 'use_stripe_sdk' } },
        last_payment_error: { type: 'card_error', decline_code: 'authentication_required' },
      });
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
      expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ delinquent: true });
    });

    it('is told as a payment that failed and that needs an action, and as no failed charge', async () => {
      const { customer, invoice } = await asked();
      const told = await eventsOf(invoice.id);
      expect(told.filter((type) => type.startsWith('invoice.payment'))).toEqual([
        ...['invoice.payment_failed', 'invoice.payment_action_required'],
      ]);
      expect(await eventsOf((await sandbox.paymentOf(invoice.id)).id)).toEqual([
        ...['payment_intent.created', 'payment_intent.requires_action'],
      ]);
      const { data } = await sandbox.stripe.charges.list({ customer });
      expect(data.map(({ status }) => status)).toEqual(['succeeded']);
    });

    it('is refused again when the invoice is paid without its holder', async () => {
      const { invoice } = await asked();
      const refused = await refusal(sandbox.stripe.invoices.pay(invoice.id));
      expect(refused).toMatchObject({ statusCode: 402, code: 'invoice_payment_intent_requires_action' });
      expect((await sandbox.stripe.invoices.retrieve(invoice.id)).status).toBe('open');
    });

    it('is followed by another card: the invoice is paid and the subscription active', async () => {
      const { customer, invoice, subscription } = await asked();
      await sandbox.useCard(customer, 'pm_card_visa');
      const [own] = (await sandbox.stripe.customers.listPaymentMethods(customer)).data;
      await sandbox.stripe.invoices.pay(invoice.id, { payment_method: idOf(own) });
      expect(await sandbox.paymentOf(invoice.id)).toMatchObject({ status: 'succeeded', next_action: null });
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    });

    it('is tried by the schedule, asks each time, and ends the subscription after the last try', async () => {
      const { clock, invoice, subscription } = await asked();
      await sandbox.harness.advance(clock, APRIL + 8 * DAY);
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
      const told = await eventsOf(invoice.id);
      expect(told.filter((type) => type === 'invoice.payment_action_required')).toHaveLength(5);
    });
  });

  // API reference, "Create a subscription", `payment_behavior` (docs.stripe.com/api/subscriptions/create)
  it('a subscription made without the holder waits, or is refused', async () => {
    const { customer, subscription } = await sandbox.begin({ card: 'pm_card_authenticationRequired' });
    expect(subscription.status).toBe('incomplete');
    const invoice = await latestInvoice(sandbox.stripe, subscription.id);
    expect((await sandbox.paymentOf(invoice.id)).status).toBe('requires_action');
    const items = [{ price: (await sandbox.harness.price()).id }];
    const another = { customer, items, payment_behavior: 'error_if_incomplete' as const };
    const refused = await refusal(sandbox.stripe.subscriptions.create(another));
    expect(refused).toMatchObject({ statusCode: 402, code: 'subscription_payment_intent_requires_action' });
  });

  it('a trial that ends with a card that asks each time is past due an hour later', async () => {
    const clock = (await sandbox.harness.clock()).id;
    const customer = (await sandbox.harness.customer(clock)).id;
    const session = await checkout(customer, 'setup');
    await complete(session, EACH_TIME);
    const done = await sandbox.stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] });
    const method = idOf((done.setup_intent as Stripe.SetupIntent).payment_method);
    const { id } = await sandbox.stripe.subscriptions.create({
      ...{ customer, items: [{ price: (await sandbox.harness.price()).id }], default_payment_method: method },
      trial_end: START + 7 * DAY,
    });
    await sandbox.harness.advance(clock, START + 7 * DAY + HOUR);
    expect((await sandbox.stripe.subscriptions.retrieve(id)).status).toBe('past_due');
    expect(await eventsOf(idOf(await latestInvoice(sandbox.stripe, id)))).toContain('invoice.payment_action_required');
  });
});
