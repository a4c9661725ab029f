import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

const APRIL = noon(2027, 4, 1);

describe('invoices', () => {
  const sandbox = new Sandbox();

  const priceOf = async (currency: string, unit_amount: number, recurring: Stripe.PriceCreateParams.Recurring) =>
    (await sandbox.stripe.prices.create({ currency, unit_amount, recurring, product_data: { name: 'Plan' } })).id;
  /** An invoice that could not be collected: the first payment, with a card that fails. */
  const unpaid = async () => {
    const begun = await sandbox.begin({ card: 'pm_card_chargeCustomerFail' });
    return { ...begun, invoice: idOf(begun.subscription.latest_invoice) };
  };

  // "Currencies", "Zero-decimal currencies" (docs.stripe.com/currencies#zero-decimal);
  // "Recurring pricing models" (docs.stripe.com/products-prices/pricing-models)
  describe('amounts and periods', () => {
    it.each<[string, number, Stripe.PriceCreateParams.Recurring, number, number, number]>([
      ['usd', 4900, { interval: 'month' }, 1, 4900, APRIL],
      ['usd', 13_900, { interval: 'month', interval_count: 3 }, 2, 27_800, noon(2027, 6, 1)],
      ['usd', 49_000, { interval: 'year' }, 1, 49_000, noon(2028, 3, 1)],
      ['eur', 900, { interval: 'week', interval_count: 2 }, 1, 900, START + 14 * DAY],
      ['jpy', 500, { interval: 'month' }, 3, 1500, APRIL],
      ['krw', 15_000, { interval: 'day', interval_count: 10 }, 1, 15_000, START + 10 * DAY],
    ])('%s %i by %j × %i is %i', async (currency, unit, recurring, quantity, total, end) => {
      const price = await priceOf(currency, unit, recurring);
      const { subscription } = await sandbox.begin({ items: [{ price, quantity }] });
      const invoice = await latestInvoice(sandbox.stripe, subscription.id);
      expect(invoice).toMatchObject({
        ...{ currency, subtotal: total, total, amount_due: total, amount_paid: total, amount_remaining: 0 },
        lines: { data: [{ amount: total, currency, quantity, period: { start: START, end } }] },
      });
      const intent = await sandbox.paymentOf(invoice.id);
      expect(intent).toMatchObject({ amount: total, amount_received: total, currency, status: 'succeeded' });
    });

    it('name the price and the product of each line', async () => {
      const { subscription } = await sandbox.begin();
      const [line] = (await latestInvoice(sandbox.stripe, subscription.id)).lines.data;
      const { price } = subscription.items.data[0] ?? {};
      expect(line?.pricing?.price_details).toMatchObject({ price: price?.id, product: price?.product });
      expect(line?.parent?.subscription_item_details).toMatchObject({
        ...{ subscription: subscription.id, subscription_item: subscription.items.data[0]?.id, proration: false },
      });
      expect(line?.description).toContain('Pro plan');
    });

    it('of a renewal cover the new period; the period of the invoice itself is the one before', async () => {
      const { subscription, clock } = await sandbox.begin();
      await sandbox.harness.advance(clock, APRIL);
      const renewal = await latestInvoice(sandbox.stripe, subscription.id);
      expect(renewal).toMatchObject({ billing_reason: 'subscription_cycle', period_start: START, period_end: APRIL });
      expect(renewal.lines.data[0]?.period).toEqual({ start: APRIL, end: noon(2027, 5, 1) });
    });
  });

  // "Invoice numbering schemes" (docs.stripe.com/invoicing/customize#number)
  it('are numbered in order, for each customer', async () => {
    const { subscription, clock, customer } = await sandbox.begin();
    for (const month of [4, 5]) await sandbox.harness.advance(clock, noon(2027, month, 1) + HOUR);
    const { invoice_prefix } = (await sandbox.stripe.customers.retrieve(customer)) as Stripe.Customer;
    const numbers = (await sandbox.invoices(subscription.id)).map(({ number }) => number);
    expect(numbers).toEqual(['0001', '0002', '0003'].map((number) => `${String(invoice_prefix)}-${number}`));
  });

  // "Status transitions and finalization" (docs.stripe.com/invoicing/integration/workflow-transitions)
  describe('their life', () => {
    it('begins as a draft that has no number; finalized, it is open, has one and is not changed any more', async () => {
      const { subscription, clock } = await sandbox.begin();
      await sandbox.stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'keep_as_draft' } });
      await sandbox.harness.advance(clock, APRIL + 3600);
      const draft = await latestInvoice(sandbox.stripe, subscription.id);
      expect(draft).toMatchObject({ status: 'draft', number: null, auto_advance: false, hosted_invoice_url: null });
      const open = await sandbox.stripe.invoices.finalizeInvoice(draft.id);
      expect(open).toMatchObject({ status: 'open', amount_due: 4900, attempt_count: 0 });
      expect(open.number).toMatch(/-0002$/);
      expect(open.status_transitions.finalized_at).toBe(APRIL + 3600);
      const again = await refusal(sandbox.stripe.invoices.finalizeInvoice(draft.id));
      expect(again).toMatchObject({ statusCode: 400, code: 'invoice_not_editable' });
      expect(await sandbox.stripe.invoices.pay(open.id)).toMatchObject({ status: 'paid', amount_paid: 4900 });
    });

    it('ends by being paid with the money of the customer', async () => {
      const { subscription } = await sandbox.begin();
      const paid = await latestInvoice(sandbox.stripe, subscription.id);
      expect(paid).toMatchObject({
        ...{ status: 'paid', attempted: true, attempt_count: 1, auto_advance: false, next_payment_attempt: null },
        status_transitions: { finalized_at: START, paid_at: START, voided_at: null, marked_uncollectible_at: null },
      });
    });

    it('stays open when the payment fails, with all of it remaining', async () => {
      const { invoice } = await unpaid();
      expect(await sandbox.stripe.invoices.retrieve(invoice)).toMatchObject({
        ...{ status: 'open', attempted: true, amount_due: 4900, amount_paid: 0, amount_remaining: 4900 },
        status_transitions: { paid_at: null },
      });
    });

    it('ends by being voided, and its payment is canceled', async () => {
      const { invoice } = await unpaid();
      const voided = await sandbox.stripe.invoices.voidInvoice(invoice);
      expect(voided).toMatchObject({ status: 'void', amount_paid: 0, status_transitions: { voided_at: START } });
      expect((await sandbox.paymentOf(invoice)).status).toBe('canceled');
    });

    it('marked uncollectible, is a bad debt that can still be paid', async () => {
      const { invoice, customer } = await unpaid();
      const bad = await sandbox.stripe.invoices.markUncollectible(invoice);
      expect(bad).toMatchObject({ status: 'uncollectible', status_transitions: { marked_uncollectible_at: START } });
      await sandbox.useCard(customer, 'pm_card_visa');
      expect(await sandbox.stripe.invoices.pay(invoice)).toMatchObject({ status: 'paid', amount_remaining: 0 });
    });

    it('marked uncollectible, can still be voided', async () => {
      const { invoice } = await unpaid();
      await sandbox.stripe.invoices.markUncollectible(invoice);
      expect((await sandbox.stripe.invoices.voidInvoice(invoice)).status).toBe('void');
    });

    type Step = 'pay' | 'voidInvoice' | 'markUncollectible' | 'finalizeInvoice';
    it.each<[string, Step[], Step]>([
      ['paid twice', [], 'pay'],
      ['voided once paid', [], 'voidInvoice'],
      ['marked uncollectible once paid', [], 'markUncollectible'],
      ['finalized once paid', [], 'finalizeInvoice'],
      ['paid once void', ['voidInvoice'], 'pay'],
      ['voided twice', ['voidInvoice'], 'voidInvoice'],
      ['marked uncollectible once void', ['voidInvoice'], 'markUncollectible'],
      ['marked uncollectible twice', ['markUncollectible'], 'markUncollectible'],
    ])('cannot be %s', async (_what, before, step) => {
      const card = before.length === 0 ? 'pm_card_visa' : 'pm_card_chargeCustomerFail';
      const { subscription } = await sandbox.begin({ card });
      const id = idOf(subscription.latest_invoice);
      for (const one of before) await sandbox.stripe.invoices[one](id);
      const { status } = await sandbox.stripe.invoices.retrieve(id);
      const refused = await refusal(sandbox.stripe.invoices[step](id));
      expect(refused).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
      expect((await sandbox.stripe.invoices.retrieve(id)).status).toBe(status);
    });
  });

  // API reference, "Pay an invoice" (docs.stripe.com/api/invoices/pay); `attempt_count`: of the attempts that somebody
  // asks for only a first one counts (docs.stripe.com/api/invoices/object#invoice_object-attempt_count)
  describe('paid out of order', () => {
    it('take another payment method for this once, and leave the defaults as they are', async () => {
      const { invoice, customer, subscription } = await unpaid();
      const { id } = await sandbox.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
      await sandbox.stripe.invoices.pay(invoice, { payment_method: id });
      expect((await sandbox.paymentOf(invoice)).payment_method).toMatchObject({ id, card: { brand: 'mastercard' } });
      const { invoice_settings } = (await sandbox.stripe.customers.retrieve(customer)) as Stripe.Customer;
      expect(invoice_settings.default_payment_method).not.toBe(id);
      const { status, default_payment_method } = await sandbox.stripe.subscriptions.retrieve(subscription.id);
      expect([status, default_payment_method]).toEqual(['active', null]);
    });

    it('are refused with 402 when that fails too, which is an attempt that the schedule does not count', async () => {
      const { invoice } = await unpaid();
      const refused = await refusal(sandbox.stripe.invoices.pay(invoice));
      expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' });
      expect(await sandbox.stripe.invoices.retrieve(invoice)).toMatchObject({ status: 'open', attempt_count: 1 });
      const { data } = await sandbox.stripe.charges.list({ payment_intent: (await sandbox.paymentOf(invoice)).id });
      expect(data.map(({ status, paid }) => [status, paid])).toEqual([
        ['failed', false],
        ['failed', false],
      ]);
    });

    it('cannot be paid by somebody else', async () => {
      const { invoice } = await unpaid();
      const { id: customer } = await sandbox.stripe.customers.create();
      const { id } = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer });
      const refused = await refusal(sandbox.stripe.invoices.pay(invoice, { payment_method: id }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'payment_method' });
    });
  });

  // API reference, "Invoice Payments" (docs.stripe.com/api/invoice-payment); "Hosted Invoice Page"
  describe('around them', () => {
    it('an invoice payment ties each to its payment intent', async () => {
      const { invoice, customer } = await unpaid();
      const [open] = (await sandbox.stripe.invoicePayments.list({ invoice })).data;
      expect(open).toMatchObject({ status: 'open', amount_requested: 4900, amount_paid: null, invoice });
      await sandbox.useCard(customer, 'pm_card_visa');
      await sandbox.stripe.invoices.pay(invoice);
      const paid = await sandbox.stripe.invoicePayments.retrieve(idOf(open));
      expect(paid).toMatchObject({ status: 'paid', amount_paid: 4900, status_transitions: { paid_at: START } });
      expect((await sandbox.stripe.invoicePayments.list({ invoice, status: 'open' })).data).toEqual([]);
    });

    it('a customer with an unpaid renewal is delinquent until it is paid', async () => {
      const { subscription, clock, customer } = await sandbox.begin();
      await sandbox.useCard(customer, 'pm_card_chargeCustomerFail');
      await sandbox.harness.advance(clock, APRIL + 3600);
      expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ delinquent: true });
      await sandbox.useCard(customer, 'pm_card_visa');
      await sandbox.stripe.invoices.pay((await latestInvoice(sandbox.stripe, subscription.id)).id);
      expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ delinquent: false });
    });

    it('lists know their customer, subscription and status', async () => {
      const { subscription, customer, invoice } = await unpaid();
      const ids = async (params: Stripe.InvoiceListParams) =>
        (await sandbox.stripe.invoices.list(params)).data.map(({ id }) => id);
      expect(await ids({ customer })).toEqual([invoice]);
      expect(await ids({ subscription: subscription.id, status: 'open' })).toEqual([invoice]);
      expect(await ids({ customer, status: 'paid' })).toEqual([]);
    });

    it.each([
      ['jpy', 500, '¥500'],
      ['usd', 500, '$5.00'],
    ])('the hosted page writes %s %i as %s', async (currency, unit, written) => {
      const price = await priceOf(currency, unit, { interval: 'month' });
      const { subscription } = await sandbox.begin({ price });
      const { hosted_invoice_url } = await latestInvoice(sandbox.stripe, subscription.id);
      expect(await (await fetch(hosted_invoice_url ?? '')).text()).toContain(written);
    });

    it('the hosted page shows what is owed', async () => {
      const { invoice } = await unpaid();
      const { hosted_invoice_url, number } = await sandbox.stripe.invoices.retrieve(invoice);
      const page = await fetch(hosted_invoice_url ?? '');
      expect(page.status).toBe(200);
      const text = await page.text();
      expect(text).toContain(number);
      expect(text).toContain('49.00');
    });
  });
});
