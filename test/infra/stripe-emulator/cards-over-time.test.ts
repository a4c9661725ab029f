import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

const CARD = '4242424242424242';

// "Cards" that expire: the decline code `expired_card` (docs.stripe.com/declines/codes); `invalid_expiry_year`
// (docs.stripe.com/error-codes); a card is good until the end of the month that stands on it
describe('cards, as time goes by', () => {
  const sandbox = new Sandbox();

  const withCard = async (exp_month: number, exp_year: number) => {
    const { id } = await sandbox.stripe.paymentMethods.create({
      ...{ type: 'card', card: { number: CARD, exp_month, exp_year } },
    });
    const begun = await sandbox.begin({ card: null, trial_end: START + 7 * DAY });
    await sandbox.stripe.paymentMethods.attach(id, { customer: begun.customer });
    const invoice_settings = { default_payment_method: id };
    await sandbox.stripe.customers.update(begun.customer, { invoice_settings });
    return { ...begun, method: id };
  };

  it('pay in the month that stands on them, and are declined in the next', async () => {
    const { clock, subscription } = await withCard(4, 2027);
    await sandbox.harness.advance(clock, START + 7 * DAY + HOUR);
    expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe('paid');
    await sandbox.harness.advance(clock, noon(2027, 4, 8) + HOUR);
    expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe('paid');
    await sandbox.harness.advance(clock, noon(2027, 5, 8) + HOUR);
    const owed = await latestInvoice(sandbox.stripe, subscription.id);
    expect(owed.status).toBe('open');
    expect((await sandbox.paymentOf(owed.id)).last_payment_error).toMatchObject({ code: 'expired_card' });
    expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
  });

  it('pay on when the bank has sent a new date', async () => {
    const { clock, method, subscription } = await withCard(4, 2027);
    const card = { exp_month: 4, exp_year: 2031 };
    expect(await sandbox.stripe.paymentMethods.update(method, { card })).toMatchObject({ card });
    for (const at of [noon(2027, 4, 8), noon(2027, 5, 8)]) await sandbox.harness.advance(clock, at + HOUR);
    expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe('paid');
  });

  it.each([
    [1, 2020, 'invalid_expiry_year'],
    [1, new Date().getUTCFullYear(), 'invalid_expiry_month'],
  ])('%i/%i is refused when it is given', async (exp_month, exp_year, code) => {
    if (code === 'invalid_expiry_month' && new Date().getUTCMonth() === 0) return;
    const card = { number: CARD, exp_month, exp_year };
    expect(await refusal(sandbox.stripe.paymentMethods.create({ type: 'card', card }))).toMatchObject({
      ...{ statusCode: 402, code },
    });
  });

  it('expired ones are refused on Checkout too, which stays open', async () => {
    const session = await sandbox.stripe.checkout.sessions.create({
      ...{ mode: 'setup', currency: 'usd', success_url: 'http://127.0.0.1:1/done' },
    });
    const typed = { card: CARD, expiry: '01/20', cvc: '123', name: 'Ada', email: 'a@example.com' };
    const reply = await fetch(session.url ?? '', {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(typed),
    });
    expect(reply.status).toBe(402);
    expect(await reply.text()).toContain('expiration year is invalid');
    expect((await sandbox.stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });

  // docs.stripe.com/api/events/types#event_types-customer.updated
  it('that become the default of a customer are told, with what was before', async () => {
    const { customer } = await sandbox.begin();
    const before = (await sandbox.stripe.customers.retrieve(customer)) as Stripe.Customer;
    const method = await sandbox.useCard(customer, 'pm_card_mastercard');
    const events = (await sandbox.stripe.events.list({ type: 'customer.updated', limit: 100 })).data;
    const told = events.filter(({ data }) => (data.object as Stripe.Customer).id === customer);
    expect(told[0]?.data).toMatchObject({
      object: { invoice_settings: { default_payment_method: method } },
      previous_attributes: {
        invoice_settings: { default_payment_method: idOf(before.invoice_settings.default_payment_method) },
      },
    });
  });
});
