import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const APRIL = noon(2027, 4, 1);
const MAY = noon(2027, 5, 1);
const TRIAL_END = START + 14 * DAY;
const FAILS = 'pm_card_chargeCustomerFail';

// "Subscription renewal invoices" (docs.stripe.com/billing/invoices/subscription#subscription-renewal-invoices)
describe('the hour in which an invoice is a draft', () => {
  const sandbox = new Sandbox();

  const to = (clock: string, at: number): Promise<void> => sandbox.harness.advance(clock, at);
  const statusOf = async (id: string): Promise<string> => (await sandbox.stripe.subscriptions.retrieve(id)).status;
  const invoiceOf = ({ subscription }: Begun): Promise<Stripe.Invoice> =>
    latestInvoice(sandbox.stripe, subscription.id);
  const eventsOf = async (customer: string): Promise<[string, number][]> => {
    const all = await sandbox.stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 5000 });
    const theirs = all.filter(({ data }) => (data.object as { customer?: unknown }).customer === customer);
    return theirs.reverse().map(({ type, created }) => [type, created]);
  };
  /** Whose renewal of April has just been drafted. */
  const renewed = async (card?: string): Promise<Begun & { draft: Stripe.Invoice }> => {
    const begun = await sandbox.begin();
    if (card) await sandbox.useCard(begun.customer, card);
    await to(begun.clock, APRIL);
    return { ...begun, draft: await invoiceOf(begun) };
  };

  describe('at a renewal', () => {
    it('has begun the new period, and has taken nothing yet', async () => {
      const { draft, subscription } = await renewed();
      expect(draft).toMatchObject({
        ...{ status: 'draft', billing_reason: 'subscription_cycle', created: APRIL, number: null },
        ...{ auto_advance: true, automatically_finalizes_at: APRIL + HOUR, next_payment_attempt: APRIL + HOUR },
        ...{ attempted: false, attempt_count: 0, amount_due: 4900, amount_paid: 0, amount_remaining: 4900 },
        ...{ hosted_invoice_url: null, invoice_pdf: null },
      });
      const { status, items, latest_invoice } = await sandbox.stripe.subscriptions.retrieve(subscription.id);
      expect([status, idOf(latest_invoice)]).toEqual(['active', draft.id]);
      expect(items.data[0]).toMatchObject({ current_period_start: APRIL, current_period_end: MAY });
      expect((await sandbox.stripe.invoicePayments.list({ invoice: draft.id })).data).toEqual([]);
    });

    it('is over after 3600 seconds, not one before; then the money is taken', async () => {
      const { clock, draft } = await renewed();
      await to(clock, APRIL + HOUR - 1);
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe('draft');
      await to(clock, APRIL + HOUR);
      expect(await sandbox.stripe.invoices.retrieve(draft.id)).toMatchObject({
        ...{ status: 'paid', amount_paid: 4900, attempt_count: 1, created: APRIL, auto_advance: false },
        ...{ automatically_finalizes_at: null, next_payment_attempt: null },
        status_transitions: { finalized_at: APRIL + HOUR, paid_at: APRIL + HOUR },
      });
    });

    it('separates what tells of the period from what tells of the money', async () => {
      const { clock, customer } = await renewed();
      await to(clock, APRIL + HOUR);
      const told = [
        ...['invoice.created', 'customer.subscription.updated', 'invoice.finalized'],
        ...['charge.succeeded', 'payment_intent.succeeded', 'invoice.paid', 'invoice.payment_succeeded'],
      ];
      const since = (await eventsOf(customer)).filter(([type, at]) => at >= APRIL && told.includes(type));
      expect(since).toEqual(told.map((type, index) => [type, index < 2 ? APRIL : APRIL + HOUR]));
    });

    it('leaves the subscription active although the card will fail, and makes it past due after it', async () => {
      const { clock, draft, subscription } = await renewed(FAILS);
      expect(await statusOf(subscription.id)).toBe('active');
      await to(clock, APRIL + HOUR);
      expect(await statusOf(subscription.id)).toBe('past_due');
      expect(await sandbox.stripe.invoices.retrieve(draft.id)).toMatchObject({
        ...{ status: 'open', attempt_count: 1, next_payment_attempt: APRIL + HOUR + DAY },
      });
    });

    it.each([
      ['a card that is given meanwhile pays', 'paid', 'active'],
      ['a card that is taken away meanwhile does not', 'open', 'past_due'],
    ])('%s', async (what, invoice, status) => {
      const gives = what.includes('given');
      const { clock, customer, draft, subscription } = await renewed(gives ? FAILS : undefined);
      if (gives) await sandbox.useCard(customer, 'pm_card_mastercard');
      else
        for (const { id } of (await sandbox.stripe.customers.listPaymentMethods(customer)).data)
          await sandbox.stripe.paymentMethods.detach(id);
      await to(clock, APRIL + HOUR);
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe(invoice);
      expect(await statusOf(subscription.id)).toBe(status);
    });

    it('holds an invoice over nothing too, which is then paid without a charge', async () => {
      const { id: coupon } = await sandbox.stripe.coupons.create({ percent_off: 100, duration: 'forever' });
      const begun = await sandbox.begin({ discounts: [{ coupon }] });
      await to(begun.clock, APRIL);
      expect(await invoiceOf(begun)).toMatchObject({ status: 'draft', amount_due: 0 });
      await to(begun.clock, APRIL + HOUR);
      expect(await invoiceOf(begun)).toMatchObject({ status: 'paid', amount_paid: 0 });
      expect((await sandbox.stripe.charges.list({ customer: begun.customer })).data).toEqual([]);
    });

    it('survives a restart', async () => {
      const { clock, draft } = await renewed();
      await sandbox.harness.halt();
      await sandbox.harness.boot();
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe('draft');
      await to(clock, APRIL + HOUR);
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe('paid');
    });
  });

  // "Trial periods" (docs.stripe.com/billing/subscriptions/trials)
  describe('at the end of a trial', () => {
    it.each([
      ['with a card', 'active', 'paid', 'pm_card_visa'],
      ['with a card that fails', 'past_due', 'open', FAILS],
      ['without one, by create_invoice', 'past_due', 'open', null],
    ])('%s: active for the hour, then %s', async (_what, status, invoice, card) => {
      const begun = await sandbox.begin({ card, trial_end: TRIAL_END });
      await to(begun.clock, TRIAL_END);
      expect(await statusOf(begun.subscription.id)).toBe('active');
      expect(await invoiceOf(begun)).toMatchObject({ status: 'draft', automatically_finalizes_at: TRIAL_END + HOUR });
      await to(begun.clock, TRIAL_END + HOUR);
      expect(await statusOf(begun.subscription.id)).toBe(status);
      expect((await invoiceOf(begun)).status).toBe(invoice);
    });
  });

  // "New subscription invoices" (docs.stripe.com/billing/invoices/subscription#new-subscription-invoices): finalised
  // immediately, as is what an upgrade or downgrade makes; "End a trial" (docs.stripe.com/billing/subscriptions/trials);
  // "Resume a subscription" (docs.stripe.com/api/subscriptions/resume): the resumption invoice is to be paid at once
  describe('is not for what somebody asks for', () => {
    const other = async (begun: Begun, unit: number, interval: 'month' | 'year'): Promise<object[]> => {
      const { id: price } = await sandbox.harness.price(unit, interval);
      return [{ id: idOf(begun.subscription.items.data[0]), price }];
    };
    const update = (begun: Begun, params: Stripe.SubscriptionUpdateParams) =>
      sandbox.stripe.subscriptions.update(begun.subscription.id, params);

    it.each<[string, Partial<Stripe.SubscriptionCreateParams>, (begun: Begun) => Promise<unknown>, number]>([
      ['a new subscription', {}, () => Promise.resolve(), 4900],
      ['trial_end: now', { trial_end: TRIAL_END }, (begun) => update(begun, { trial_end: 'now' }), 4900],
      [
        'a proration by always_invoice',
        {},
        async (begun) =>
          update(begun, { items: await other(begun, 9900, 'month'), proration_behavior: 'always_invoice' }),
        5000,
      ],
      [
        'another interval',
        {},
        async (begun) => update(begun, { items: await other(begun, 49_000, 'year') }),
        49_000 - 4900,
      ],
    ])('%s', async (_what, params, act, paid) => {
      const begun = await sandbox.begin(params);
      await act(begun);
      expect(await invoiceOf(begun)).toMatchObject({ status: 'paid', amount_paid: paid });
      expect((await invoiceOf(begun)).automatically_finalizes_at).toBeNull();
    });

    it('a subscription that is resumed', async () => {
      const trial_settings = { end_behavior: { missing_payment_method: 'pause' } } as const;
      const begun = await sandbox.begin({ card: null, trial_end: TRIAL_END, trial_settings });
      await to(begun.clock, TRIAL_END + DAY);
      await sandbox.useCard(begun.customer, 'pm_card_visa');
      await sandbox.stripe.subscriptions.resume(begun.subscription.id, { billing_cycle_anchor: { type: 'now' } });
      expect(await invoiceOf(begun)).toMatchObject({ status: 'paid', amount_paid: 4900 });
    });
  });

  it('can be switched off, for who tests something else', async () => {
    const set = (draft_hour: boolean) => sandbox.harness.control.post('settings', { draft_hour });
    expect((await set(false)).body).toMatchObject({ draft_hour: false });
    expect((await renewed()).draft.status).toBe('paid');
    expect((await set(true)).body).toMatchObject({ draft_hour: true });
    expect((await sandbox.harness.control.post('settings')).status).toBe(400);
  });
});
