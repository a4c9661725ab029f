import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const APRIL = noon(2027, 4, 1);
const FAILS = 'pm_card_chargeCustomerFail';

// "Subscription renewal invoices" (docs.stripe.com/billing/invoices/subscription#subscription-renewal-invoices)
describe('an invoice that is a draft', () => {
  const sandbox = new Sandbox();

  const to = (clock: string, at: number): Promise<void> => sandbox.harness.advance(clock, at);
  const statusOf = async (id: string): Promise<string> => (await sandbox.stripe.subscriptions.retrieve(id)).status;
  /** Whose renewal of April has just been drafted. */
  const renewed = async (card?: string): Promise<Begun & { draft: Stripe.Invoice }> => {
    const begun = await sandbox.begin();
    if (card) await sandbox.useCard(begun.customer, card);
    await to(begun.clock, APRIL);
    return { ...begun, draft: await latestInvoice(sandbox.stripe, begun.subscription.id) };
  };

  // "Transitions and endpoints" (docs.stripe.com/invoicing/integration/workflow-transitions);
  // docs.stripe.com/api/invoices/finalize, docs.stripe.com/api/invoices/pay
  describe('can be cut short', () => {
    it.each(['finalizeInvoice', 'pay'] as const)('by %s, and the hour then charges nothing again', async (how) => {
      const { clock, customer, draft } = await renewed();
      await to(clock, APRIL + 60);
      expect(await sandbox.stripe.invoices[how](draft.id)).toMatchObject({ status: 'paid', amount_paid: 4900 });
      await to(clock, APRIL + DAY);
      expect((await sandbox.stripe.charges.list({ customer })).data.map(({ amount }) => amount)).toEqual([4900, 4900]);
    });

    it('by paying with a card that fails: it is open from then on, and the subscription past due', async () => {
      const { draft, subscription } = await renewed(FAILS);
      expect(await refusal(sandbox.stripe.invoices.pay(draft.id))).toMatchObject({ statusCode: 402 });
      expect(await sandbox.stripe.invoices.retrieve(draft.id)).toMatchObject({ status: 'open', attempt_count: 1 });
      expect(await statusOf(subscription.id)).toBe('past_due');
    });

    it('but a draft can be neither voided nor written off', async () => {
      const { draft } = await renewed();
      for (const step of ['voidInvoice', 'markUncollectible'] as const)
        expect(await refusal(sandbox.stripe.invoices[step](draft.id))).toMatchObject({ statusCode: 400 });
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe('draft');
    });
  });

  // "Pause automatic advancement" (docs.stripe.com/invoicing/integration/automatic-advancement-collection)
  describe('can be held', () => {
    it('by auto_advance: false, until that is taken back', async () => {
      const { clock, draft } = await renewed();
      const held = await sandbox.stripe.invoices.update(draft.id, { auto_advance: false });
      expect(held).toMatchObject({ auto_advance: false, automatically_finalizes_at: null });
      await to(clock, APRIL + DAY);
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe('draft');
      await sandbox.stripe.invoices.update(draft.id, { auto_advance: true });
      await to(clock, APRIL + DAY + 60);
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe('paid');
    });

    it('opened with auto_advance: false, it waits for who pays it', async () => {
      const { clock, draft } = await renewed();
      await sandbox.stripe.invoices.finalizeInvoice(draft.id, { auto_advance: false });
      await to(clock, APRIL + 2 * DAY);
      expect(await sandbox.stripe.invoices.retrieve(draft.id)).toMatchObject({ status: 'open', attempt_count: 0 });
    });

    it('not once it is paid', async () => {
      const { latest_invoice } = (await sandbox.begin()).subscription;
      const refused = await refusal(sandbox.stripe.invoices.update(idOf(latest_invoice), { auto_advance: true }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'auto_advance' });
    });
  });

  // `starting_balance` (docs.stripe.com/api/invoices/object): of a draft it is the present balance of the customer
  it('is charged with the balance that the customer has by then', async () => {
    const { clock, customer, draft } = await renewed();
    await sandbox.stripe.customers.update(customer, { balance: -900 });
    await to(clock, APRIL + HOUR);
    expect(await sandbox.stripe.invoices.retrieve(draft.id)).toMatchObject({
      ...{ status: 'paid', starting_balance: -900, ending_balance: 0, amount_due: 4000, amount_paid: 4000 },
    });
    expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ balance: 0 });
  });

  it('is told with its date when it is made, and not once more', async () => {
    const { draft } = await renewed();
    const events = await sandbox.stripe.events.list({ type: 'invoice.*', limit: 20 });
    const about = events.data.filter(({ data }) => (data.object as { id?: string }).id === draft.id);
    expect(about.map(({ type }) => type)).toEqual(['invoice.created']);
    expect(about[0]?.data.object).toMatchObject({ automatically_finalizes_at: APRIL + HOUR });
  });

  // "Subscription statuses" (docs.stripe.com/billing/subscriptions/overview#subscription-statuses): a cancellation ends the
  // automatic collection of all unpaid invoices; a status follows from the latest finalised invoice
  describe('and what happens to the subscription meanwhile', () => {
    it('canceled at once: the draft stays one, and nothing is charged', async () => {
      const { clock, draft, subscription } = await renewed();
      await sandbox.stripe.subscriptions.cancel(subscription.id);
      await to(clock, APRIL + 2 * DAY);
      expect(await sandbox.stripe.invoices.retrieve(draft.id)).toMatchObject({
        ...{ status: 'draft', auto_advance: false, automatically_finalizes_at: null, amount_paid: 0 },
      });
    });

    // "Invoices created before subscriptions are paused continue" (docs.stripe.com/billing/subscriptions/pause-payment)
    it('its collection paused: what was drafted before is charged', async () => {
      const { clock, draft, subscription } = await renewed();
      await sandbox.stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' } });
      await to(clock, APRIL + HOUR);
      expect((await sandbox.stripe.invoices.retrieve(draft.id)).status).toBe('paid');
    });

    it('past due from the month before: paying that makes it active, whatever the draft will bring', async () => {
      const { id: price } = await sandbox.stripe.prices.create({
        ...{ currency: 'usd', unit_amount: 900, recurring: { interval: 'day', interval_count: 2 } },
        product_data: { name: 'Two days' },
      });
      const begun = await sandbox.begin({ price });
      const { clock, customer, subscription } = begun;
      await sandbox.useCard(customer, FAILS);
      await to(clock, START + 4 * DAY);
      const [, owed, draft] = await sandbox.invoices(subscription.id);
      expect([owed?.status, draft?.status]).toEqual(['open', 'draft']);
      expect(await statusOf(subscription.id)).toBe('past_due');
      await sandbox.useCard(customer, 'pm_card_visa');
      await sandbox.stripe.invoices.pay(idOf(owed));
      expect(await statusOf(subscription.id)).toBe('active');
    });
  });
});
