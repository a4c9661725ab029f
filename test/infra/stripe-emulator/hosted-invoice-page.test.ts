import type { Stripe } from 'stripe';
import { HOUR, latestInvoice } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const APRIL = noon(2027, 4, 1);
const [GOOD, DECLINED, ASKS] = ['4242424242424242', '4000000000000002', '4000002760003184'];

// "Hosted Invoice Page" (docs.stripe.com/invoicing/hosted-invoice-page)
describe('the hosted page of an invoice', () => {
  const sandbox = new Sandbox();

  /** Who owes for April. */
  const owing = async (): Promise<Begun & { invoice: Stripe.Invoice; url: string }> => {
    const begun = await sandbox.begin();
    await sandbox.useCard(begun.customer, 'pm_card_chargeCustomerFail');
    await sandbox.harness.advance(begun.clock, APRIL + HOUR);
    const invoice = await latestInvoice(sandbox.stripe, begun.subscription.id);
    return { ...begun, invoice, url: invoice.hosted_invoice_url ?? '' };
  };
  const submit = (url: string, fields: Record<string, string>): Promise<Response> =>
    fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
  const card = (number: string) => ({ card: number, expiry: '12/34', cvc: '123', name: 'Ada Lovelace' });
  const read = (id: string) => sandbox.stripe.invoices.retrieve(id);

  it('asks for a card and says how much', async () => {
    const { url } = await owing();
    const page = await (await fetch(url)).text();
    expect(page).toContain('Pay $49.00');
    expect(page).toContain('ada@example.com');
    expect(page).toContain('name="card"');
  });

  it('takes the money from the card that is given there, and makes the subscription active', async () => {
    const { invoice, subscription, url } = await owing();
    const reply = await submit(url, card(GOOD));
    expect([reply.status, reply.headers.get('location')]).toEqual([303, url]);
    expect(await read(invoice.id)).toMatchObject({ status: 'paid', amount_paid: 4900, attempt_count: 1 });
    expect((await sandbox.paymentOf(invoice.id)).payment_method).toMatchObject({
      card: { last4: '4242', exp_year: 2034 },
    });
    expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    const paid = await (await fetch(url)).text();
    expect(paid).toContain('<strong>paid</strong>');
    expect(paid).not.toContain('name="card"');
  });

  it('keeps that card for the customer, and leaves the defaults as they are', async () => {
    const { customer, subscription, url } = await owing();
    const before = (await sandbox.stripe.customers.retrieve(customer)) as Stripe.Customer;
    await submit(url, card(GOOD));
    const after = (await sandbox.stripe.customers.retrieve(customer)) as Stripe.Customer;
    expect(after.invoice_settings.default_payment_method).toBe(before.invoice_settings.default_payment_method);
    expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).default_payment_method).toBeNull();
    const cards = (await sandbox.stripe.customers.listPaymentMethods(customer)).data;
    expect(cards.map((method) => method.card?.last4)).toContain('4242');
  });

  it('shows a decline, and the invoice stays open', async () => {
    const { invoice, url } = await owing();
    const reply = await submit(url, card(DECLINED));
    expect(reply.status).toBe(402);
    expect(await reply.text()).toContain('Your card was declined.');
    expect(await read(invoice.id)).toMatchObject({
      status: 'open',
      next_payment_attempt: invoice.next_payment_attempt,
    });
  });

  it('asks for 3-D Secure, which can fail and then pass', async () => {
    const { invoice, url } = await owing();
    const asked = await submit(url, card(ASKS));
    const page = await asked.text();
    expect(page).toContain('Complete authentication');
    expect(page).toContain('value="12/34"');
    expect((await submit(url, { ...card(ASKS), authentication: 'failed' })).status).toBe(402);
    expect((await read(invoice.id)).status).toBe('open');
    expect((await submit(url, { ...card(ASKS), authentication: 'passed' })).status).toBe(303);
    expect((await read(invoice.id)).status).toBe('paid');
  });

  it('takes only test cards', async () => {
    const { url } = await owing();
    const reply = await submit(url, card('4111111111111111'));
    expect(reply.status).toBe(402);
    expect(await reply.text()).toContain('Only the test cards');
  });

  it.each(['paid', 'void'] as const)('takes nothing once the invoice is %s', async (status) => {
    const { customer, invoice, url } = await owing();
    if (status === 'void') await sandbox.stripe.invoices.voidInvoice(invoice.id);
    else await submit(url, card(GOOD));
    const charges = (await sandbox.stripe.charges.list({ customer })).data.length;
    expect((await submit(url, card(GOOD))).status).toBe(410);
    expect((await sandbox.stripe.charges.list({ customer })).data).toHaveLength(charges);
  });

  it('is nowhere without its secret, and a draft has none', async () => {
    const { invoice, url } = await owing();
    expect((await fetch(url.replace(/\?.*/, ''))).status).toBe(404);
    expect((await fetch(url.replace(/\?.*/, '?s=guessed'))).status).toBe(404);
    expect((await submit(url.replace(/\?.*/, '?s=guessed'), card(GOOD))).status).toBe(404);
    expect((await read(invoice.id)).status).toBe('open');
  });

  it('comes with a PDF', async () => {
    const { invoice } = await owing();
    const reply = await fetch(invoice.invoice_pdf ?? '');
    expect(reply.headers.get('content-type')).toContain('application/pdf');
    expect(reply.headers.get('content-disposition')).toContain(`Invoice-${invoice.number ?? '?'}.pdf`);
    const file = await reply.text();
    expect(file.slice(0, 5)).toBe('%PDF-');
    expect(file).toContain('Amount due: $49.00');
  });
});
