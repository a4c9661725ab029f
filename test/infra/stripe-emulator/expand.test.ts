import type { Stripe } from 'stripe';
import { idOf, refusal } from './harness.ts';
import { Sandbox, type Begun } from './scenario.ts';

describe('expanding', () => {
  const sandbox = new Sandbox();
  let begun: Begun;

  beforeAll(async () => {
    begun = await sandbox.begin({ metadata: { tenant: 't_1' } });
  });

  // API reference, "Expanding Responses"; "Expand responses" (docs.stripe.com/expand)
  it('is what turns an id into its object', async () => {
    const { subscription, customer } = begun;
    expect(subscription.customer).toBe(customer);
    const expanded = await sandbox.stripe.subscriptions.retrieve(subscription.id, { expand: ['customer'] });
    expect(expanded.customer).toMatchObject({ id: customer, object: 'customer', email: 'ada@example.com' });
  });

  it('reaches several levels down', async () => {
    const path = 'latest_invoice.payments.data.payment.payment_intent';
    const { latest_invoice } = await sandbox.stripe.subscriptions.retrieve(begun.subscription.id, { expand: [path] });
    const [payment] = (latest_invoice as Stripe.Invoice).payments?.data ?? [];
    expect(payment?.payment.payment_intent).toMatchObject({ object: 'payment_intent', amount: 4900 });
  });

  it('does several things in one request', async () => {
    const expand = ['customer', 'latest_invoice', 'items.data.price.product'];
    const found = await sandbox.stripe.subscriptions.retrieve(begun.subscription.id, { expand });
    expect(found.customer).toMatchObject({ object: 'customer' });
    expect(found.latest_invoice).toMatchObject({ object: 'invoice', total: 4900 });
    expect(found.items.data[0]?.price.product).toMatchObject({ object: 'product', name: 'Pro plan' });
  });

  it('works on each object of a list through data', async () => {
    const { data } = await sandbox.stripe.invoices.list({ customer: begun.customer, expand: ['data.customer'] });
    expect(data.map(({ customer }) => (customer as Stripe.Customer).id)).toEqual([begun.customer]);
  });

  it('works on what a request has just made', async () => {
    const { id: price } = await sandbox.harness.price();
    const { customer } = begun;
    const made = await sandbox.stripe.subscriptions.create({
      ...{ customer, items: [{ price }], expand: ['latest_invoice', 'default_payment_method'] },
    });
    expect(made.latest_invoice).toMatchObject({ object: 'invoice', status: 'paid' });
    expect(made.default_payment_method).toBeNull();
  });

  it.each([
    ['customer', 'customer.subscriptions'],
    ['a charge', 'latest_charge.refunds'],
  ])('adds lists that are left out until then: of %s', async (_what, path) => {
    const { id } = await sandbox.paymentOf(idOf(begun.subscription.latest_invoice));
    const plain = await sandbox.stripe.paymentIntents.retrieve(id, { expand: [path.split('.')[0] ?? ''] });
    const whole = await sandbox.stripe.paymentIntents.retrieve(id, { expand: [path] });
    const [member = '', list = ''] = path.split('.');
    const at = (intent: object, name: string) => Reflect.get(intent, name) as object;
    expect(list in at(plain, member)).toBe(false);
    expect(at(at(whole, member), list)).toMatchObject({ object: 'list' });
  });

  it('shows a deleted object as deleted', async () => {
    const { customer, subscription } = await sandbox.begin();
    await sandbox.stripe.customers.del(customer);
    const found = await sandbox.stripe.subscriptions.retrieve(subscription.id, { expand: ['customer'] });
    expect(found.customer).toMatchObject({ id: customer, deleted: true });
  });

  it.each<[string, string[]]>([
    ['a member that is not expandable', ['status']],
    ['a member that there is not', ['planet']],
    ['a member of an object that there is not', ['customer.planet']],
    ['more than four levels', ['latest_invoice.customer.invoice_settings.default_payment_method.customer.test_clock']],
  ])('refuses %s', async (_what, expand) => {
    const refused = await refusal(sandbox.stripe.subscriptions.retrieve(begun.subscription.id, { expand }));
    expect(refused).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
  });

  it('that is refused undoes the request', async () => {
    const refused = sandbox.stripe.customers.update(begun.customer, { name: 'Changed', expand: ['planet'] });
    expect(await refusal(refused)).toMatchObject({ statusCode: 400 });
    expect(await sandbox.stripe.customers.retrieve(begun.customer)).toMatchObject({ name: null });
  });
});
