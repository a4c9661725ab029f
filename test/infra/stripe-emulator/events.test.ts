import { Stripe } from 'stripe';
import { idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const APRIL = noon(2027, 4, 1);

describe('events', () => {
  const sandbox = new Sandbox();

  /** Events about a customer or the customer's objects, oldest first. */
  const about = async (customer: string, params: Stripe.EventListParams = {}): Promise<Stripe.Event[]> => {
    const all = await sandbox.stripe.events.list({ limit: 100, ...params }).autoPagingToArray({ limit: 5000 });
    const concerns = (object: Record<string, unknown>) => object.id === customer || object.customer === customer;
    return all.filter(({ data }) => concerns(data.object as unknown as Record<string, unknown>)).reverse();
  };
  const types = async (customer: string, params?: Stripe.EventListParams): Promise<string[]> =>
    (await about(customer, params)).map(({ type }) => type);
  const without = (all: string[], before: string[]): string[] => all.slice(before.length);

  // "Types of events" (docs.stripe.com/api/events/types); "Using webhooks with subscriptions" (docs.stripe.com/billing/subscriptions/webhooks)
  describe('tell of each change once', () => {
    const FIRST_PAYMENT = ['charge.succeeded', 'payment_intent.succeeded', 'invoice.paid', 'invoice.payment_succeeded'];

    it('a new subscription: made, its invoice made, finalized, paid, and then active', async () => {
      const { customer } = await sandbox.begin();
      const told = await types(customer);
      const order = [
        ...['customer.created', 'customer.subscription.created', 'invoice.created', 'invoice.finalized'],
        ...['payment_intent.created', ...FIRST_PAYMENT, 'customer.subscription.updated'],
      ];
      expect(told.filter((type) => order.includes(type))).toEqual(order);
    });

    it('a renewal', async () => {
      const { customer, clock } = await sandbox.begin();
      const before = await types(customer);
      await sandbox.harness.advance(clock, APRIL + 7200);
      const told = without(await types(customer), before);
      for (const type of ['invoice.created', 'invoice.finalized', ...FIRST_PAYMENT])
        expect(told.filter((one) => one === type)).toHaveLength(1);
      expect(told).not.toContain('customer.subscription.created');
    });

    it('a renewal that fails', async () => {
      const { customer, clock } = await sandbox.begin();
      await sandbox.useCard(customer, 'pm_card_chargeCustomerFail');
      const before = await types(customer);
      await sandbox.harness.advance(clock, APRIL + 7200);
      const told = without(await types(customer), before);
      const failed = ['charge.failed', 'payment_intent.payment_failed', 'invoice.payment_failed'];
      expect(told.filter((type) => failed.includes(type))).toEqual(failed);
      expect(told).not.toContain('invoice.paid');
    });

    it.each<[string, (begun: Begun) => Promise<unknown>, string[]]>([
      [
        'a cancellation at once',
        ({ subscription }) => sandbox.stripe.subscriptions.cancel(subscription.id),
        ['customer.subscription.deleted'],
      ],
      [
        'a cancellation for later',
        ({ subscription }) => sandbox.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }),
        ['customer.subscription.updated'],
      ],
      [
        'another name',
        ({ customer }) => sandbox.stripe.customers.update(customer, { name: 'Grace' }),
        ['customer.updated'],
      ],
      [
        'a card more',
        ({ customer }) => sandbox.stripe.paymentMethods.attach('pm_card_mastercard', { customer }),
        ['payment_method.attached'],
      ],
      [
        'a change of nothing',
        ({ customer }) => sandbox.stripe.customers.update(customer, { email: 'ada@example.com' }),
        [],
      ],
    ])('%s', async (_what, act, expected) => {
      const begun = await sandbox.begin();
      const before = await types(begun.customer);
      await act(begun);
      expect(without(await types(begun.customer), before)).toEqual(expected);
    });

    it('nothing of what was refused', async () => {
      const { customer, subscription } = await sandbox.begin();
      const before = await types(customer);
      await refusal(sandbox.stripe.subscriptions.update(subscription.id, { items: [{ price: 'price_nothing' }] }));
      expect(await types(customer)).toEqual(before);
    });
  });

  // API reference, "The Event object" (docs.stripe.com/api/events/object)
  describe('carry', () => {
    it('the object as it was then, whatever became of it', async () => {
      const { id } = await sandbox.stripe.customers.create({ name: 'Ada' });
      await sandbox.stripe.customers.update(id, { name: 'Grace' });
      const names = (await about(id)).map(({ data }) => (data.object as Stripe.Customer).name);
      expect(names).toEqual(['Ada', 'Grace']);
    });

    it.each<[string, Stripe.CustomerUpdateParams, object]>([
      ['the old value', { name: 'Grace' }, { name: 'Ada' }],
      ['null for what was not there', { phone: '123' }, { phone: null }],
      ['only the keys of the metadata that changed', { metadata: { a: '2' } }, { metadata: { a: '1' } }],
      ['null for a key of the metadata that is new', { metadata: { c: '3' } }, { metadata: { c: null } }],
      ['all that changed at once', { name: 'Grace', phone: '123' }, { name: 'Ada', phone: null }],
    ])('as previous_attributes %s', async (_what, patch, previous) => {
      const { id } = await sandbox.stripe.customers.create({ name: 'Ada', metadata: { a: '1', b: '2' } });
      await sandbox.stripe.customers.update(id, patch);
      const [created, updated] = await about(id);
      expect(created?.data.previous_attributes).toBeUndefined();
      expect(updated?.data.previous_attributes).toEqual(previous);
    });

    it('the status before, when a subscription changes it', async () => {
      const { clock, customer } = await sandbox.begin({ trial_period_days: 7 });
      await sandbox.harness.advance(clock, noon(2027, 3, 8));
      const updates = await about(customer, { type: 'customer.subscription.updated' });
      const statuses = updates.map(({ data }) => (data.previous_attributes as { status?: string } | undefined)?.status);
      expect(statuses.filter((status) => status !== undefined)).toEqual(['trialing']);
    });

    it('the request that caused them and its idempotency key, or nobody for what Stripe does of itself', async () => {
      const idempotencyKey = `events-${String(Date.now())}`;
      const { customer, clock } = await sandbox.begin();
      await sandbox.stripe.customers.update(customer, { name: 'Grace' }, { idempotencyKey });
      const [renamed] = (await about(customer, { type: 'customer.updated' })).slice(-1);
      expect(renamed?.request).toMatchObject({ idempotency_key: idempotencyKey });
      expect(renamed?.request?.id).toMatch(/^req_/);
      await sandbox.harness.advance(clock, APRIL + 7200);
      const [renewed] = (await about(customer, { type: 'invoice.paid' })).slice(-1);
      expect(renewed?.request).toEqual({ id: null, idempotency_key: null });
    });

    it('the version of the API, the time of the test clock, and how many endpoints have yet to take them', async () => {
      const { customer } = await sandbox.begin();
      const [created] = await about(customer, { type: 'customer.created' });
      expect(created).toMatchObject({
        ...{ object: 'event', type: 'customer.created', api_version: Stripe.API_VERSION, livemode: false },
        created: START,
      });
      expect([0, 1]).toContain(created?.pending_webhooks);
    });
  });

  // API reference, "List all events" (docs.stripe.com/api/events/list)
  describe('are found', () => {
    it('by id, as they were sent', async () => {
      const { id } = await sandbox.stripe.customers.create({ name: 'Ada' });
      const [event] = await about(id);
      const found = await sandbox.stripe.events.retrieve(idOf(event));
      expect(found.data).toEqual(event?.data);
    });

    it.each<[string, Stripe.EventListParams, string[]]>([
      ['one type', { type: 'customer.updated' }, ['customer.updated']],
      ['several types', { types: ['customer.updated', 'customer.deleted'] }, ['customer.updated', 'customer.deleted']],
      ['a family of types', { type: 'customer.*' }, ['customer.created', 'customer.updated', 'customer.deleted']],
      ['no type that happened', { type: 'refund.created' }, []],
    ])('by %s', async (_what, params, expected) => {
      const { id } = await sandbox.stripe.customers.create({ name: 'Ada' });
      await sandbox.stripe.customers.update(id, { name: 'Grace' });
      await sandbox.stripe.customers.del(id);
      expect(await types(id, params)).toEqual(expected);
    });

    it('by time', async () => {
      const { customer, clock } = await sandbox.begin();
      await sandbox.harness.advance(clock, APRIL + 7200);
      const paid = (created: Stripe.RangeQueryParam) => types(customer, { type: 'invoice.paid', created });
      expect(await paid({ lt: APRIL })).toHaveLength(1);
      expect(await paid({ gte: APRIL })).toHaveLength(1);
      expect(await paid({ gte: START })).toHaveLength(2);
    });

    it('newest first, a page at a time', async () => {
      const { id } = await sandbox.stripe.customers.create({ name: '0' });
      for (const name of ['1', '2']) await sandbox.stripe.customers.update(id, { name });
      const { data, has_more } = await sandbox.stripe.events.list({ limit: 2, type: 'customer.updated' });
      expect(data.map((event) => (event.data.object as Stripe.Customer).name)).toEqual(['2', '1']);
      expect(has_more).toBe(true);
    });
  });

  // "Webhook endpoints" (docs.stripe.com/api/webhook_endpoints)
  describe('and the endpoints that take them', () => {
    const url = 'http://127.0.0.1:9/unused';

    it('an endpoint tells its secret once', async () => {
      const made = await sandbox.stripe.webhookEndpoints.create({ url, enabled_events: ['product.created'] });
      expect(made).toMatchObject({ status: 'enabled', url, enabled_events: ['product.created'] });
      expect(made.secret).toMatch(/^whsec_/);
      const read = await sandbox.stripe.webhookEndpoints.retrieve(made.id);
      expect(read.secret).toBeUndefined();
      await sandbox.stripe.webhookEndpoints.del(made.id);
      expect(await refusal(sandbox.stripe.webhookEndpoints.retrieve(made.id))).toMatchObject({ statusCode: 404 });
    });

    it('can be disabled and enabled, and needs an address', async () => {
      const { id } = await sandbox.stripe.webhookEndpoints.create({ url, enabled_events: ['product.created'] });
      for (const disabled of [true, false]) {
        const { status } = await sandbox.stripe.webhookEndpoints.update(id, { disabled });
        expect(status).toBe(disabled ? 'disabled' : 'enabled');
      }
      const bad = sandbox.stripe.webhookEndpoints.update(id, { url: 'somewhere' });
      expect(await refusal(bad)).toMatchObject({ statusCode: 400, param: 'url' });
      await sandbox.stripe.webhookEndpoints.del(id);
    });
  });

  it('the invoice of an event is the invoice of the list', async () => {
    const { customer, subscription } = await sandbox.begin();
    const [paid] = await about(customer, { type: 'invoice.paid' });
    const invoice = await latestInvoice(sandbox.stripe, subscription.id);
    expect(paid?.data.object).toMatchObject({ id: invoice.id, status: 'paid', amount_paid: 4900 });
  });
});
