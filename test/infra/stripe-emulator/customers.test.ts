import type { Stripe } from 'stripe';
import { idOf, refusal, START } from './harness.ts';
import { Sandbox } from './scenario.ts';

const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key_${String(index)}`, 'value']));

describe('customers', () => {
  const sandbox = new Sandbox();

  // API reference, "Create a customer" and "Update a customer" (docs.stripe.com/api/customers/create, /update)
  describe('create and update', () => {
    it('shows what was given, and null for all that was not', async () => {
      const customer = await sandbox.stripe.customers.create({
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        address: { city: 'London', country: 'GB' },
      });
      expect(customer).toMatchObject({
        object: 'customer',
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        phone: null,
        description: null,
        address: { city: 'London', country: 'GB', line1: null, line2: null, postal_code: null, state: null },
        balance: 0,
        currency: null,
        delinquent: false,
        livemode: false,
        metadata: {},
        invoice_settings: { default_payment_method: null },
      });
      expect(customer.id).toMatch(/^cus_/);
    });

    it.each(['email', 'name', 'phone', 'description'] as const)(
      'leaves %s as it is unless it is named, and clears it with an empty string',
      async (member) => {
        const { id } = await sandbox.stripe.customers.create({ [member]: 'first' });
        expect((await sandbox.stripe.customers.update(id, { metadata: { a: '1' } }))[member]).toBe('first');
        expect((await sandbox.stripe.customers.update(id, { [member]: 'second' }))[member]).toBe('second');
        expect((await sandbox.stripe.customers.update(id, { [member]: '' }))[member]).toBeNull();
      },
    );

    it('clears the address with an empty string', async () => {
      const { id } = await sandbox.stripe.customers.create({ address: { line1: '1 Main Street' } });
      expect((await sandbox.stripe.customers.update(id, { address: '' })).address).toBeNull();
    });

    it('takes the time of its test clock', async () => {
      const clock = await sandbox.harness.clock();
      const customer = await sandbox.stripe.customers.create({ test_clock: clock.id });
      expect(customer).toMatchObject({ created: START, test_clock: clock.id });
    });

    it('gives each customer a prefix for the numbers of their invoices', async () => {
      const [ada, bob] = [await sandbox.stripe.customers.create(), await sandbox.stripe.customers.create()];
      expect(ada.invoice_prefix).toMatch(/^[A-Z0-9]{8}$/);
      expect(ada.invoice_prefix).not.toBe(bob.invoice_prefix);
      expect(ada.next_invoice_sequence).toBe(1);
    });

    it('has the currency of its first subscription', async () => {
      const { customer } = await sandbox.begin();
      expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ currency: 'usd' });
    });
  });

  // API reference, "Metadata" (docs.stripe.com/api/metadata)
  describe('metadata', () => {
    it.each<[string, Stripe.MetadataParam | '', Stripe.Metadata]>([
      ['adds a key', { c: '3' }, { a: '1', b: '2', c: '3' }],
      ['replaces the value of a key', { a: 'one' }, { a: 'one', b: '2' }],
      ['removes a key with an empty value', { a: '' }, { b: '2' }],
      ['removes all keys with an empty string', '', {}],
      ['does not mind the removal of a key that is not there', { z: '' }, { a: '1', b: '2' }],
    ])('%s', async (_what, patch, after) => {
      const { id } = await sandbox.stripe.customers.create({ metadata: { a: '1', b: '2' } });
      expect((await sandbox.stripe.customers.update(id, { metadata: patch })).metadata).toEqual(after);
    });

    it.each<[string, Stripe.MetadataParam]>([
      ['50 keys', many(50)],
      ['a key of 40 characters', { ['k'.repeat(40)]: 'v' }],
      ['a value of 500 characters', { key: 'v'.repeat(500) }],
    ])('holds %s', async (_what, metadata) => {
      expect((await sandbox.stripe.customers.create({ metadata })).metadata).toEqual(metadata);
    });

    it.each<[string, Stripe.MetadataParam]>([
      ['a 51st key', many(51)],
      ['a key of 41 characters', { ['k'.repeat(41)]: 'v' }],
      ['a value of 501 characters', { key: 'v'.repeat(501) }],
    ])('refuses %s', async (_what, metadata) => {
      const refused = await refusal(sandbox.stripe.customers.create({ metadata }));
      expect(refused).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
      expect(refused.param).toMatch(/^metadata/);
    });
  });

  // "Set up future payments", "Payment method priority" (docs.stripe.com/billing/subscriptions/payment-methods-setting)
  describe('the default payment method for invoices', () => {
    const param = 'invoice_settings[default_payment_method]';

    it('has to be attached to this customer', async () => {
      const { id } = await sandbox.stripe.customers.create();
      const other = await sandbox.stripe.customers.create({ payment_method: 'pm_card_visa' });
      const [theirs] = (await sandbox.stripe.customers.listPaymentMethods(other.id)).data;
      const invoice_settings = { default_payment_method: idOf(theirs) };
      const refused = await refusal(sandbox.stripe.customers.update(id, { invoice_settings }));
      expect(refused).toMatchObject({ statusCode: 400, code: 'resource_missing', param });
    });

    it('is forgotten when it is detached', async () => {
      const { id } = await sandbox.stripe.customers.create();
      const method = await sandbox.useCard(id, 'pm_card_visa');
      await sandbox.stripe.paymentMethods.detach(method);
      const customer = await sandbox.stripe.customers.retrieve(id);
      expect(customer).toMatchObject({ invoice_settings: { default_payment_method: null } });
    });

    it('is not chosen by attaching alone', async () => {
      const customer = await sandbox.stripe.customers.create({ payment_method: 'pm_card_visa' });
      expect(customer.invoice_settings.default_payment_method).toBeNull();
      expect((await sandbox.stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
    });
  });

  // API reference, "Delete a customer" (docs.stripe.com/api/customers/delete)
  describe('deletion', () => {
    it('cannot be undone, and cancels the active subscriptions of the customer at once', async () => {
      const { customer, subscription } = await sandbox.begin();
      const deleted = await sandbox.stripe.customers.del(customer);
      expect(deleted).toEqual(expect.objectContaining({ id: customer, object: 'customer', deleted: true }));
      const ended = await sandbox.stripe.subscriptions.retrieve(subscription.id);
      expect(ended).toMatchObject({ status: 'canceled', ended_at: START });
    });

    it('leaves a customer that can be retrieved as deleted, and neither changed nor deleted again', async () => {
      const { id } = await sandbox.stripe.customers.create({ email: 'gone@example.com' });
      await sandbox.stripe.customers.del(id);
      expect(await sandbox.stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true });
      const missing = { statusCode: 404, code: 'resource_missing' };
      expect(await refusal(sandbox.stripe.customers.update(id, { name: 'x' }))).toMatchObject(missing);
      expect(await refusal(sandbox.stripe.customers.del(id))).toMatchObject(missing);
      expect((await sandbox.stripe.customers.list({ email: 'gone@example.com' })).data).toEqual([]);
    });

    it('keeps the invoices', async () => {
      const { customer, subscription } = await sandbox.begin();
      await sandbox.stripe.customers.del(customer);
      const [invoice] = await sandbox.invoices(subscription.id);
      expect(invoice).toMatchObject({ status: 'paid', amount_paid: 4900, customer });
    });
  });

  // API reference, "List all customers" (docs.stripe.com/api/customers/list)
  describe('lists', () => {
    it('filters by e-mail address, which has to match in case too', async () => {
      const { id } = await sandbox.stripe.customers.create({ email: 'Grace@example.com' });
      const found = async (email: string) => (await sandbox.stripe.customers.list({ email })).data.map((one) => one.id);
      expect(await found('Grace@example.com')).toEqual([id]);
      expect(await found('grace@example.com')).toEqual([]);
      expect(await found('Grace')).toEqual([]);
    });

    it('filters by test clock', async () => {
      const clock = await sandbox.harness.clock();
      const mine = await sandbox.stripe.customers.create({ test_clock: clock.id });
      const { data } = await sandbox.stripe.customers.list({ test_clock: clock.id });
      expect(data.map(({ id }) => id)).toEqual([mine.id]);
    });
  });
});
