import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

type Behavior = Stripe.SubscriptionCreateParams.PaymentBehavior;

const APRIL = noon(2027, 4, 1);

describe('new subscriptions', () => {
  const sandbox = new Sandbox();

  // "How subscriptions work", "Subscription statuses" (docs.stripe.com/billing/subscriptions/overview)
  describe('without a trial', () => {
    it('bill the first period at once, from now to the same time next month', async () => {
      const { subscription, customer } = await sandbox.begin({ description: 'Pro', metadata: { tenant: 't_1' } });
      expect(subscription).toMatchObject({
        ...{ status: 'active', customer, currency: 'usd', description: 'Pro', metadata: { tenant: 't_1' } },
        ...{ billing_cycle_anchor: START, start_date: START, created: START, trial_start: null, trial_end: null },
        ...{ cancel_at: null, cancel_at_period_end: false, canceled_at: null, ended_at: null },
        collection_method: 'charge_automatically',
        items: { data: [{ quantity: 1, current_period_start: START, current_period_end: APRIL }] },
      });
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({
        ...{ billing_reason: 'subscription_create', status: 'paid', total: 4900, amount_paid: 4900 },
        ...{ period_start: START, period_end: START, customer },
        lines: { data: [{ amount: 4900, quantity: 1, period: { start: START, end: APRIL } }] },
      });
    });

    it.each([
      [1, 4900],
      [3, 14_700],
      [250, 1_225_000],
    ])('of %i seats are billed %i', async (quantity, total) => {
      const { id: price } = await sandbox.harness.price();
      const { subscription } = await sandbox.begin({ items: [{ price, quantity }] });
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ total, amount_paid: total });
    });

    it('bill all their items on one invoice', async () => {
      const [base, addOn] = [await sandbox.harness.price(), await sandbox.harness.price(900)];
      const items = [{ price: base.id }, { price: addOn.id, quantity: 2, metadata: { kind: 'add-on' } }];
      const { subscription } = await sandbox.begin({ items });
      expect(subscription.items.data.map(({ quantity, metadata }) => [quantity, metadata])).toEqual([
        [1, {}],
        [2, { kind: 'add-on' }],
      ]);
      const { total, lines } = await latestInvoice(sandbox.stripe, subscription.id);
      expect(total).toBe(6700);
      expect(lines.data.map(({ amount }) => amount)).toEqual([4900, 1800]);
    });

    it('in two currencies are refused', async () => {
      const euro = await sandbox.stripe.prices.create({
        ...{ currency: 'eur', unit_amount: 900, recurring: { interval: 'month' } },
        product_data: { name: 'Add-on' },
      });
      const { id: price } = await sandbox.harness.price();
      const refused = await refusal(sandbox.begin({ items: [{ price }, { price: euro.id }] }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'items[1][price]' });
    });

    // "Multiple items": up to 20 (docs.stripe.com/billing/subscriptions/multiple-products)
    it('have 20 items at most', async () => {
      const prices: string[] = [];
      for (let amount = 1; amount <= 21; amount += 1) prices.push((await sandbox.harness.price(amount * 100)).id);
      const items = prices.map((price) => ({ price }));
      const { subscription } = await sandbox.begin({ items: items.slice(0, 20) });
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ total: 21_000 });
      expect(await refusal(sandbox.begin({ items }))).toMatchObject({ statusCode: 400, param: 'items' });
    });
  });

  // "Trial periods" (docs.stripe.com/billing/subscriptions/trials)
  describe('with a trial', () => {
    it.each([1, 14, 730])('of %i days bill nothing yet and have the trial as their first period', async (days) => {
      const { subscription } = await sandbox.begin({ trial_period_days: days, card: null });
      const end = START + days * DAY;
      expect(subscription).toMatchObject({
        ...{ status: 'trialing', trial_start: START, trial_end: end, billing_cycle_anchor: end },
        items: { data: [{ current_period_start: START, current_period_end: end }] },
      });
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({
        ...{ status: 'paid', total: 0, amount_due: 0, billing_reason: 'subscription_create' },
        lines: { data: [{ amount: 0, period: { start: START, end } }] },
      });
    });

    it('that ends at a given time, end then', async () => {
      const { subscription, clock } = await sandbox.begin({ trial_end: START + 10 * DAY });
      expect(subscription).toMatchObject({ status: 'trialing', trial_end: START + 10 * DAY });
      await sandbox.harness.advance(clock, START + 10 * DAY);
      const { status, items } = await sandbox.stripe.subscriptions.retrieve(subscription.id);
      expect(status).toBe('active');
      expect(items.data[0]).toMatchObject({
        current_period_start: START + 10 * DAY,
        current_period_end: noon(2027, 4, 11),
      });
    });

    it('that ends now, have none', async () => {
      const { subscription } = await sandbox.begin({ trial_end: 'now' });
      expect(subscription).toMatchObject({ status: 'active', trial_end: null });
    });

    it.each<[string, Partial<Stripe.SubscriptionCreateParams>, string]>([
      ['longer than two years', { trial_period_days: 731 }, 'trial_period_days'],
      ['that has ended already', { trial_end: START - 1 }, 'trial_end'],
      ['with both a length and an end', { trial_end: START + DAY, trial_period_days: 1 }, 'trial_end'],
    ])('%s are refused', async (_what, params, param) => {
      expect(await refusal(sandbox.begin(params))).toMatchObject({ statusCode: 400, param });
    });

    // Trial settings: "Free trials without payment methods" (docs.stripe.com/billing/subscriptions/trials)
    it.each([
      ['create_invoice', 'past_due', 'open'],
      ['cancel', 'canceled', 'paid'],
      ['pause', 'paused', 'paid'],
    ] as const)('and no card, told to %s, are then %s', async (missing_payment_method, status, latest) => {
      const trial_settings = { end_behavior: { missing_payment_method } };
      const { subscription, clock } = await sandbox.begin({ card: null, trial_period_days: 7, trial_settings });
      await sandbox.harness.advance(clock, START + 7 * DAY + HOUR);
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe(status);
      expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe(latest);
    });
  });

  // API reference, "Create a subscription", `payment_behavior` (docs.stripe.com/api/subscriptions/create)
  describe('and their first payment', () => {
    const [GOOD, BAD] = ['pm_card_visa', 'pm_card_chargeCustomerFail'];

    it.each<[Behavior, string, string, string]>([
      ['allow_incomplete', GOOD, 'active', 'paid'],
      ['allow_incomplete', BAD, 'incomplete', 'open'],
      ['default_incomplete', GOOD, 'incomplete', 'open'],
      ['default_incomplete', BAD, 'incomplete', 'open'],
      ['error_if_incomplete', GOOD, 'active', 'paid'],
    ])('by %s with %s: %s, invoice %s', async (payment_behavior, card, status, invoice) => {
      const { subscription } = await sandbox.begin({ payment_behavior, card });
      expect(subscription.status).toBe(status);
      expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe(invoice);
    });

    it('by error_if_incomplete fails with 402 and leaves no subscription', async () => {
      const clock = await sandbox.harness.clock();
      const { id: customer } = await sandbox.harness.customer(clock.id, BAD);
      const { id: price } = await sandbox.harness.price();
      const creating = sandbox.stripe.subscriptions.create({
        ...{ customer, items: [{ price }], payment_behavior: 'error_if_incomplete' },
      });
      expect(await refusal(creating)).toMatchObject({ statusCode: 402, code: 'card_declined' });
      expect((await sandbox.stripe.subscriptions.list({ customer, status: 'all' })).data).toEqual([]);
      expect((await sandbox.stripe.invoices.list({ customer })).data).toEqual([]);
    });

    it('makes an incomplete subscription active when it is made within 23 hours', async () => {
      const { subscription, clock, customer } = await sandbox.begin({ card: BAD });
      await sandbox.harness.advance(clock, START + 22 * 3600);
      await sandbox.useCard(customer, GOOD);
      const paid = await sandbox.stripe.invoices.pay(idOf(subscription.latest_invoice));
      expect(paid).toMatchObject({ status: 'paid', amount_paid: 4900 });
      await sandbox.harness.advance(clock, START + 2 * DAY);
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    });

    it('is not tried again by itself while the subscription is incomplete', async () => {
      const { subscription, clock } = await sandbox.begin({ card: BAD });
      await sandbox.harness.advance(clock, START + 22 * 3600);
      const invoice = await latestInvoice(sandbox.stripe, subscription.id);
      expect(invoice).toMatchObject({ status: 'open', attempt_count: 1, next_payment_attempt: null });
    });
  });

  // "Payment method priority" (docs.stripe.com/billing/subscriptions/payment-methods-setting)
  describe('and what pays them', () => {
    it("is the subscription's own payment method before the customer's", async () => {
      const clock = (await sandbox.harness.clock()).id;
      const { id: customer } = await sandbox.harness.customer(clock, 'pm_card_visa');
      const { id: own } = await sandbox.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
      const { id: price } = await sandbox.harness.price();
      const subscription = await sandbox.stripe.subscriptions.create({
        ...{ customer, items: [{ price }], default_payment_method: own },
      });
      expect(subscription.default_payment_method).toBe(own);
      const intent = await sandbox.paymentOf(idOf(subscription.latest_invoice));
      expect(intent).toMatchObject({ status: 'succeeded', payment_method: { id: own, card: { last4: '4444' } } });
      await sandbox.stripe.paymentMethods.detach(own);
      await sandbox.harness.advance(clock, APRIL + HOUR);
      const renewal = await latestInvoice(sandbox.stripe, subscription.id);
      expect((await sandbox.paymentOf(idOf(renewal))).payment_method).toMatchObject({ card: { last4: '4242' } });
    });

    it('is never the payment method of somebody else', async () => {
      const other = await sandbox.stripe.customers.create();
      const { id } = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer: other.id });
      expect(await refusal(sandbox.begin({ default_payment_method: id }))).toMatchObject({
        ...{ statusCode: 400, code: 'resource_missing', param: 'default_payment_method' },
      });
    });

    it('is never a card that was attached without being made the default', async () => {
      const clock = (await sandbox.harness.clock()).id;
      const { id: customer } = await sandbox.harness.customer(clock);
      await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer });
      const { id: price } = await sandbox.harness.price();
      const creating = sandbox.stripe.subscriptions.create({ customer, items: [{ price }] });
      expect(await refusal(creating)).toMatchObject({ statusCode: 400, code: 'resource_missing' });
    });
  });
});
