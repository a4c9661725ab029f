import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const APRIL = noon(2027, 4, 1);
const DUE = START + HOUR + 14 * DAY;

// "Collection methods" (docs.stripe.com/billing/collection-method); "New subscription invoices"
// (docs.stripe.com/billing/invoices/subscription#new-subscription-invoices); the statuses of `send_invoice` in
// docs.stripe.com/api/subscriptions/object#subscription_object-status
describe('invoices that are sent', () => {
  const sandbox = new Sandbox();

  const begin = (more: Partial<Stripe.SubscriptionCreateParams> & { card?: string | null } = {}): Promise<Begun> =>
    sandbox.begin({ card: null, collection_method: 'send_invoice', days_until_due: 14, ...more });
  const invoiceOf = ({ subscription }: Begun) => latestInvoice(sandbox.stripe, subscription.id);
  const statusOf = async ({ subscription }: Begun) =>
    (await sandbox.stripe.subscriptions.retrieve(subscription.id)).status;
  const to = ({ clock }: Begun, at: number) => sandbox.harness.advance(clock, at);
  const told = async (invoice: string): Promise<string[]> => {
    const all = await sandbox.stripe.events.list({ limit: 100, type: 'invoice.*' });
    return all.data.filter(({ data }) => (data.object as { id?: string }).id === invoice).map(({ type }) => type);
  };
  /** Whose first invoice has been sent. */
  const sent = async () => {
    const begun = await begin();
    await to(begun, START + HOUR);
    return { ...begun, invoice: await invoiceOf(begun) };
  };

  it('need no card: the subscription is active, its first invoice a draft for an hour', async () => {
    const begun = await begin();
    expect(begun.subscription).toMatchObject({
      ...{ status: 'active', collection_method: 'send_invoice', days_until_due: 14 },
    });
    expect(await invoiceOf(begun)).toMatchObject({
      ...{ status: 'draft', collection_method: 'send_invoice', automatically_finalizes_at: START + HOUR },
      next_payment_attempt: null,
    });
  });

  it('are then open until their date, and nothing tries to charge', async () => {
    const { invoice, customer, ...begun } = await sent();
    expect(invoice).toMatchObject({
      ...{ status: 'open', due_date: DUE, attempted: false, attempt_count: 0, amount_remaining: 4900 },
      next_payment_attempt: null,
    });
    expect(invoice.hosted_invoice_url).toContain('/i/');
    expect(await told(invoice.id)).toContain('invoice.sent');
    await to({ ...begun, customer }, DUE - 1);
    expect(await statusOf({ ...begun, customer })).toBe('active');
    expect((await sandbox.stripe.charges.list({ customer })).data).toEqual([]);
  });

  it('are not charged although there is a card', async () => {
    const begun = await begin({ card: 'pm_card_visa' });
    await to(begun, START + 2 * HOUR);
    expect((await invoiceOf(begun)).status).toBe('open');
    expect((await sandbox.stripe.charges.list({ customer: begun.customer })).data).toEqual([]);
  });

  it.each([
    ['with a card on their hosted page', 'page'],
    ['by a transfer, as somebody says who has seen it', 'outside'],
    ['with a card that somebody charges', 'pay'],
  ])('are paid %s', async (_what, how) => {
    const { invoice, ...begun } = await sent();
    if (how === 'page') {
      const typed = { card: '4242424242424242', expiry: '12/34', cvc: '123', name: 'Ada' };
      await fetch(invoice.hosted_invoice_url ?? '', {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(typed),
      });
    } else if (how === 'pay') {
      const { id } = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer: begun.customer });
      await sandbox.stripe.invoices.pay(invoice.id, { payment_method: id });
    } else await sandbox.stripe.invoices.pay(invoice.id, { paid_out_of_band: true });
    expect(await sandbox.stripe.invoices.retrieve(invoice.id)).toMatchObject({ status: 'paid', amount_remaining: 0 });
    const charges = (await sandbox.stripe.charges.list({ customer: begun.customer })).data;
    expect(charges).toHaveLength(how === 'outside' ? 0 : 1);
    await to(begun, DUE + DAY);
    expect(await statusOf(begun)).toBe('active');
  });

  it('not paid by their date, make the subscription past due and the customer delinquent', async () => {
    const { invoice, ...begun } = await sent();
    await to(begun, DUE);
    expect(await statusOf(begun)).toBe('past_due');
    expect(await sandbox.stripe.customers.retrieve(begun.customer)).toMatchObject({ delinquent: true });
    await sandbox.stripe.invoices.pay(invoice.id, { paid_out_of_band: true });
    expect(await statusOf(begun)).toBe('active');
    expect(await sandbox.stripe.customers.retrieve(begun.customer)).toMatchObject({ delinquent: false });
  });

  it('not paid for thirty days more, end it', async () => {
    const begun = await begin({ days_until_due: 0 });
    await to(begun, START + HOUR + 30 * DAY - 1);
    expect(await statusOf(begun)).toBe('past_due');
    await to(begun, START + HOUR + 30 * DAY);
    expect(await statusOf(begun)).toBe('canceled');
  });

  it('come with each renewal, an hour after it', async () => {
    const begun = await begin({ days_until_due: 30 });
    await to(begun, APRIL);
    expect(await invoiceOf(begun)).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle' });
    await to(begun, APRIL + HOUR);
    expect(await invoiceOf(begun)).toMatchObject({ status: 'open', due_date: APRIL + HOUR + 30 * DAY });
  });

  it('follow a trial that nobody gave a card in', async () => {
    const trial_settings = { end_behavior: { missing_payment_method: 'pause' as const } };
    const begun = await begin({ trial_end: START + 7 * DAY, trial_settings });
    await to(begun, START + 7 * DAY + HOUR);
    expect(await statusOf(begun)).toBe('active');
    expect(await invoiceOf(begun)).toMatchObject({ status: 'open', amount_due: 4900 });
  });

  // docs.stripe.com/api/invoices/send
  it('are sent before their hour, and again, by who asks for it; those that are charged are not', async () => {
    const begun = await begin();
    const early = await sandbox.stripe.invoices.sendInvoice(idOf(await invoiceOf(begun)));
    expect(early).toMatchObject({ status: 'open', due_date: START + 14 * DAY });
    await sandbox.stripe.invoices.sendInvoice(early.id);
    expect((await told(early.id)).filter((type) => type === 'invoice.sent')).toHaveLength(2);
    const charged = await sandbox.begin();
    const refused = await refusal(sandbox.stripe.invoices.sendInvoice(idOf(charged.subscription.latest_invoice)));
    expect(refused.statusCode).toBe(400);
  });

  it('can be taken up later, and given up again', async () => {
    const { subscription } = await sandbox.begin();
    const change = (params: Stripe.SubscriptionUpdateParams) =>
      sandbox.stripe.subscriptions.update(subscription.id, params);
    const now = await change({ collection_method: 'send_invoice', days_until_due: 7 });
    expect(now).toMatchObject({ collection_method: 'send_invoice', days_until_due: 7 });
    expect((await change({ days_until_due: 10 })).days_until_due).toBe(10);
    expect(await change({ collection_method: 'charge_automatically' })).toMatchObject({ days_until_due: null });
  });

  it.each([
    ['without days', { collection_method: 'send_invoice' }],
    ['with days, when they are charged', { days_until_due: 7 }],
  ] as const)('are refused %s', async (_what, params) => {
    expect(await refusal(sandbox.begin(params))).toMatchObject({ statusCode: 400, param: 'days_until_due' });
  });
});
