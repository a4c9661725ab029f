import type { Stripe } from 'stripe';
import { idOf, refusal, START } from './harness.ts';
import { Sandbox } from './scenario.ts';

interface Paid {
  charge: string;
  payment_intent: string;
  customer: string;
  invoice: string;
  subscription: string;
}

describe('refunds', () => {
  const sandbox = new Sandbox();

  const paid = async (): Promise<Paid> => {
    const { subscription, customer } = await sandbox.begin();
    const invoice = idOf(subscription.latest_invoice);
    const { id: payment_intent, latest_charge } = await sandbox.paymentOf(invoice);
    return { charge: idOf(latest_charge), payment_intent, customer, invoice, subscription: subscription.id };
  };
  const chargeOf = ({ charge }: Paid): Promise<Stripe.Charge> => sandbox.stripe.charges.retrieve(charge);

  // "Refund and cancel payments" (docs.stripe.com/refunds); API reference, "Create a refund" (docs.stripe.com/api/refunds/create)
  describe('of a whole charge', () => {
    it.each(['charge', 'payment_intent'] as const)('by its %s give all of it back', async (by) => {
      const payment = await paid();
      const refund = await sandbox.stripe.refunds.create({ [by]: payment[by] });
      expect(refund).toMatchObject({
        ...{ amount: 4900, currency: 'usd', status: 'succeeded', created: START, reason: null, metadata: {} },
        ...{ charge: payment.charge, payment_intent: payment.payment_intent },
      });
      expect(await chargeOf(payment)).toMatchObject({
        amount: 4900,
        amount_refunded: 4900,
        refunded: true,
        paid: true,
      });
    });

    it('leave the invoice paid and the subscription active', async () => {
      const payment = await paid();
      await sandbox.stripe.refunds.create({ charge: payment.charge });
      const { status, amount_paid } = await sandbox.stripe.invoices.retrieve(payment.invoice);
      expect([status, amount_paid]).toEqual(['paid', 4900]);
      expect((await sandbox.stripe.subscriptions.retrieve(payment.subscription)).status).toBe('active');
    });

    it.each(['duplicate', 'fraudulent', 'requested_by_customer'] as const)(
      'keep %s as their reason',
      async (reason) => {
        const { charge } = await paid();
        const { id } = await sandbox.stripe.refunds.create({ charge, reason, metadata: { ticket: '7' } });
        const kept = await sandbox.stripe.refunds.retrieve(id);
        expect(kept).toMatchObject({ id, reason, metadata: { ticket: '7' } });
      },
    );
  });

  describe('of a part', () => {
    it('can be made several times, until nothing is left', async () => {
      const payment = await paid();
      const { charge } = payment;
      const after: [number, boolean][] = [];
      for (const amount of [1000, 1500, 2400]) {
        expect(await sandbox.stripe.refunds.create({ charge, amount })).toMatchObject({ amount });
        const { amount_refunded, refunded } = await chargeOf(payment);
        after.push([amount_refunded, refunded]);
      }
      expect(after).toEqual([
        [1000, false],
        [2500, false],
        [4900, true],
      ]);
    });

    it('without an amount give back what is left', async () => {
      const { charge } = await paid();
      await sandbox.stripe.refunds.create({ charge, amount: 900 });
      expect((await sandbox.stripe.refunds.create({ charge })).amount).toBe(4000);
    });

    it('in a currency without decimals count its units', async () => {
      const price = await sandbox.stripe.prices.create({
        ...{ currency: 'jpy', unit_amount: 500, recurring: { interval: 'month' } },
        product_data: { name: 'Plan' },
      });
      const { subscription } = await sandbox.begin({ price: price.id });
      const { latest_charge } = await sandbox.paymentOf(idOf(subscription.latest_invoice));
      const refund = await sandbox.stripe.refunds.create({ charge: idOf(latest_charge), amount: 200 });
      expect(refund).toMatchObject({ amount: 200, currency: 'jpy' });
    });
  });

  describe('are refused', () => {
    it.each<[string, number[], number | undefined, string | undefined]>([
      ['for more than the charge', [], 4901, undefined],
      ['for more than is left of it', [4000], 901, undefined],
      ['for nothing', [], 0, undefined],
      ['once all of it is given back', [4900], undefined, 'charge_already_refunded'],
    ])('%s', async (_what, before, amount, code) => {
      const payment = await paid();
      const { charge } = payment;
      for (const one of before) await sandbox.stripe.refunds.create({ charge, amount: one });
      const refused = await refusal(
        sandbox.stripe.refunds.create({ charge, ...(amount === undefined ? {} : { amount }) }),
      );
      expect(refused).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', ...(code && { code }) });
      expect((await chargeOf(payment)).amount_refunded).toBe(before.reduce((sum, one) => sum + one, 0));
    });

    it('for a charge that never succeeded', async () => {
      const { subscription } = await sandbox.begin({ card: 'pm_card_chargeCustomerFail' });
      const { id } = await sandbox.paymentOf(idOf(subscription.latest_invoice));
      expect(await refusal(sandbox.stripe.refunds.create({ payment_intent: id }))).toMatchObject({ statusCode: 400 });
    });

    it.each([
      ['charge', { charge: 'ch_nothing' }],
      ['payment_intent', { payment_intent: 'pi_nothing' }],
    ])('for an unknown %s', async (param, params) => {
      const refused = await refusal(sandbox.stripe.refunds.create(params));
      expect(refused).toMatchObject({ code: 'resource_missing', param });
    });
  });

  // "Idempotent requests" (docs.stripe.com/api/idempotent_requests)
  describe('asked for twice', () => {
    it('by one idempotency key are made once', async () => {
      const payment = await paid();
      const ask = () =>
        sandbox.stripe.refunds.create(
          { charge: payment.charge, amount: 1000 },
          { idempotencyKey: `refund:${payment.charge}` },
        );
      expect((await ask()).id).toBe((await ask()).id);
      expect((await chargeOf(payment)).amount_refunded).toBe(1000);
      expect((await sandbox.stripe.refunds.list({ charge: payment.charge })).data).toHaveLength(1);
    });

    it('by two keys are made twice', async () => {
      const payment = await paid();
      const { charge } = payment;
      for (const part of ['a', 'b'])
        await sandbox.stripe.refunds.create({ charge, amount: 1000 }, { idempotencyKey: `refund:${charge}:${part}` });
      expect((await chargeOf(payment)).amount_refunded).toBe(2000);
    });

    it('by one key with another amount are refused', async () => {
      const { charge } = await paid();
      const options = { idempotencyKey: `refund:${charge}` };
      await sandbox.stripe.refunds.create({ charge, amount: 1000 }, options);
      const other = await refusal(sandbox.stripe.refunds.create({ charge, amount: 1001 }, options));
      expect(other).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
    });
  });

  // API reference, "List all refunds"; the `refunds` of a charge (docs.stripe.com/api/refunds/list)
  it('are listed newest first, by charge and by payment intent, and on the charge itself', async () => {
    const { charge, payment_intent } = await paid();
    const first = await sandbox.stripe.refunds.create({ charge, amount: 100 });
    const second = await sandbox.stripe.refunds.create({ charge, amount: 200 });
    for (const params of [{ charge }, { payment_intent }])
      expect((await sandbox.stripe.refunds.list(params)).data.map(({ id }) => id)).toEqual([second.id, first.id]);
    const { refunds } = await sandbox.stripe.charges.retrieve(charge, { expand: ['refunds'] });
    expect(refunds?.data.map(({ amount }) => amount).sort()).toEqual([100, 200]);
  });
});
