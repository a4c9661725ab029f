import { idOf, refusal } from './harness.ts';
import { Sandbox } from './scenario.ts';

interface Row {
  token: string;
  code: string;
  /** Empty when the code says everything: the client reads a missing decline code as empty. */
  decline: string;
  message: string;
}

describe('payment methods', () => {
  const sandbox = new Sandbox();

  // "Test card numbers" (docs.stripe.com/testing#cards)
  describe('cards by brand', () => {
    it.each([
      ['pm_card_visa', 'visa', '4242'],
      ['pm_card_mastercard', 'mastercard', '4444'],
      ['pm_card_amex', 'amex', '0005'],
      ['pm_card_discover', 'discover', '1117'],
    ])('%s is a %s card that ends in %s and pays', async (card, brand, last4) => {
      const { subscription } = await sandbox.begin({ card });
      expect(subscription.status).toBe('active');
      const { payment_method } = await sandbox.paymentOf(idOf(subscription.latest_invoice));
      expect(payment_method).toMatchObject({ type: 'card', card: { brand, last4 } });
    });

    it('become a payment method of their own each time they are used', async () => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const first = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer });
      const second = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer });
      expect(first.id).not.toBe(second.id);
      expect(first.card?.fingerprint).toBe(second.card?.fingerprint);
      const { data } = await sandbox.stripe.paymentMethods.list({ customer });
      expect(data.map(({ id }) => id)).toEqual([second.id, first.id]);
    });
  });

  // "Declined payments" (docs.stripe.com/testing#declined-payments), "Error codes" (docs.stripe.com/error-codes)
  describe('cards that are declined', () => {
    const rows: Row[] = [
      {
        token: 'pm_card_chargeDeclined',
        code: 'card_declined',
        decline: 'generic_decline',
        message: 'Your card was declined.',
      },
      {
        token: 'pm_card_visa_chargeDeclined',
        code: 'card_declined',
        decline: 'generic_decline',
        message: 'Your card was declined.',
      },
      {
        token: 'pm_card_visa_chargeDeclinedInsufficientFunds',
        code: 'card_declined',
        decline: 'insufficient_funds',
        message: 'Your card has insufficient funds.',
      },
      {
        token: 'pm_card_visa_chargeDeclinedLostCard',
        code: 'card_declined',
        decline: 'lost_card',
        message: 'Your card was declined.',
      },
      {
        token: 'pm_card_visa_chargeDeclinedStolenCard',
        code: 'card_declined',
        decline: 'stolen_card',
        message: 'Your card was declined.',
      },
      {
        token: 'pm_card_chargeDeclinedExpiredCard',
        code: 'expired_card',
        decline: '',
        message: 'Your card has expired.',
      },
      {
        token: 'pm_card_chargeDeclinedIncorrectCvc',
        code: 'incorrect_cvc',
        decline: '',
        message: "Your card's security code is incorrect.",
      },
      {
        token: 'pm_card_chargeDeclinedProcessingError',
        code: 'processing_error',
        decline: '',
        message: 'An error occurred while processing your card. Try again in a little bit.',
      },
    ];

    it.each(rows)('$token is refused with $code when it is attached', async ({ token, code, decline, message }) => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const refused = await refusal(sandbox.stripe.paymentMethods.attach(token, { customer }));
      expect(refused).toMatchObject({ type: 'StripeCardError', statusCode: 402, code, message });
      expect(refused.decline_code).toBe(decline);
      expect(refused.doc_url).toBe(`https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`);
      expect((await sandbox.stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
    });

    it.each(rows)('$token leaves its $code on the setup intent', async ({ token, code, message }) => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const { id } = await sandbox.stripe.setupIntents.create({ customer });
      const refused = await refusal(sandbox.stripe.setupIntents.confirm(id, { payment_method: token }));
      expect(refused).toMatchObject({ statusCode: 402, code });
      expect(await sandbox.stripe.setupIntents.retrieve(id)).toMatchObject({
        status: 'requires_payment_method',
        last_setup_error: { type: 'card_error', code, message },
      });
    });

    it('4000 0000 0000 0341 can be attached, and declines every charge after that', async () => {
      const { customer, subscription } = await sandbox.begin({ card: 'pm_card_chargeCustomerFail' });
      expect(subscription.status).toBe('incomplete');
      expect((await sandbox.stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
      const intent = await sandbox.paymentOf(idOf(subscription.latest_invoice));
      expect(intent).toMatchObject({
        status: 'requires_payment_method',
        amount_received: 0,
        last_payment_error: { code: 'card_declined', decline_code: 'generic_decline' },
        latest_charge: { status: 'failed', paid: false, failure_code: 'card_declined', amount: 4900 },
      });
    });
  });

  // "Attach a PaymentMethod", "Detach a PaymentMethod" (docs.stripe.com/api/payment_methods/attach, /detach)
  describe('attach and detach', () => {
    it('belongs to one customer', async () => {
      const [ada, bob] = [await sandbox.stripe.customers.create(), await sandbox.stripe.customers.create()];
      const { id } = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer: ada.id });
      const refused = await refusal(sandbox.stripe.paymentMethods.attach(id, { customer: bob.id }));
      expect(refused).toMatchObject({ statusCode: 400, code: 'payment_method_unexpected_state' });
      expect(await sandbox.stripe.paymentMethods.retrieve(id)).toMatchObject({ customer: ada.id });
    });

    it('is attached to the same customer twice without harm', async () => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const { id } = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer });
      expect(await sandbox.stripe.paymentMethods.attach(id, { customer })).toMatchObject({ id, customer });
    });

    it('once detached, can neither be detached nor attached again', async () => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const { id } = await sandbox.stripe.paymentMethods.attach('pm_card_visa', { customer });
      expect(await sandbox.stripe.paymentMethods.detach(id)).toMatchObject({ id, customer: null });
      const spent = { statusCode: 400, code: 'payment_method_unexpected_state' };
      expect(await refusal(sandbox.stripe.paymentMethods.detach(id))).toMatchObject(spent);
      expect(await refusal(sandbox.stripe.paymentMethods.attach(id, { customer }))).toMatchObject(spent);
    });

    it('shows the billing details and the metadata it was made with', async () => {
      const method = await sandbox.stripe.paymentMethods.create({
        type: 'card',
        card: { token: 'tok_visa' },
        billing_details: { email: 'ada@example.com', name: 'Ada' },
        metadata: { source: 'form' },
      });
      expect(method).toMatchObject({
        customer: null,
        billing_details: { email: 'ada@example.com', name: 'Ada' },
        metadata: { source: 'form' },
        card: { last4: '4242', exp_month: 12 },
      });
      const changed = await sandbox.stripe.paymentMethods.update(method.id, { metadata: { source: '' } });
      expect(changed.metadata).toEqual({});
    });
  });

  // "The Setup Intents API", "SetupIntent lifecycle" (docs.stripe.com/payments/paymentintents/lifecycle)
  describe('setup intents', () => {
    it('wait for a payment method, for their confirmation, and then succeed', async () => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const empty = await sandbox.stripe.setupIntents.create({ customer });
      expect(empty).toMatchObject({ status: 'requires_payment_method', usage: 'off_session', payment_method: null });
      const given = await sandbox.stripe.setupIntents.create({ customer, payment_method: 'pm_card_visa' });
      expect(given.status).toBe('requires_confirmation');
      const done = await sandbox.stripe.setupIntents.confirm(given.id);
      expect(done.status).toBe('succeeded');
      const [attached] = (await sandbox.stripe.customers.listPaymentMethods(customer)).data;
      expect(attached?.id).toBe(idOf(done.payment_method));
    });

    it('require action of a card with 3-D Secure, and attach nothing before it', async () => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const { status } = await sandbox.stripe.setupIntents.create({
        customer,
        payment_method: 'pm_card_authenticationRequiredOnSetup',
        confirm: true,
      });
      expect(status).toBe('requires_action');
      expect((await sandbox.stripe.customers.listPaymentMethods(customer)).data).toEqual([]);
    });

    it('can be canceled until they succeed, and are final after that', async () => {
      const unexpected = { statusCode: 400, code: 'setup_intent_unexpected_state' };
      const { id } = await sandbox.stripe.setupIntents.create();
      expect(await sandbox.stripe.setupIntents.cancel(id)).toMatchObject({ status: 'canceled' });
      const confirming = sandbox.stripe.setupIntents.confirm(id, { payment_method: 'pm_card_visa' });
      expect(await refusal(confirming)).toMatchObject(unexpected);
      const done = await sandbox.stripe.setupIntents.create({ payment_method: 'pm_card_visa', confirm: true });
      expect(await refusal(sandbox.stripe.setupIntents.cancel(done.id))).toMatchObject(unexpected);
    });
  });
});
