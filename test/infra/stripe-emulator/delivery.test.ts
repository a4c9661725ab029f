import { eventually } from '../../support/eventually.ts';
import { EmulatorHarness, DAY, HOUR, idOf, START } from './harness.ts';

describe('events, their delivery, and what a restart keeps', () => {
  let harness: EmulatorHarness;

  beforeEach(async () => {
    harness = await EmulatorHarness.start();
  });
  afterEach(() => harness.close());

  const received = (type: string) =>
    eventually(type, () => harness.receiver.events.find((event) => event.type === type));

  it('delivers signed events with the previous values and the key of the request (S0-14)', async () => {
    const customer = await harness.stripe.customers.create({ email: 'a@example.com', metadata: { a: '1', b: '2' } });
    await harness.stripe.customers.update(
      customer.id,
      { email: 'b@example.com', metadata: { a: '', c: '3' } },
      { idempotencyKey: 'update-1' },
    );
    const event = await received('customer.updated');
    expect(event).toMatchObject({
      livemode: false,
      api_version: '2026-10-28.endive',
      request: { idempotency_key: 'update-1' },
    });
    expect(event.data.object).toMatchObject({ email: 'b@example.com', metadata: { b: '2', c: '3' } });
    expect(event.data.previous_attributes).toEqual({ email: 'a@example.com', metadata: { a: '1', c: null } });
    await eventually('the delivery to be noted', async () => {
      const { pending_webhooks } = await harness.stripe.events.retrieve(event.id);
      return pending_webhooks === 0 || undefined;
    });
  });

  it('tries again until an endpoint takes it', async () => {
    harness.receiver.refusing = true;
    const product = await harness.stripe.products.create({ name: 'Pro' });
    await eventually('two refusals', () => harness.receiver.refused >= 2 || undefined);
    harness.receiver.refusing = false;
    expect((await received('product.created')).data.object).toMatchObject({ id: product.id });
  });

  it('keeps undelivered events and all objects over a restart', async () => {
    harness.receiver.refusing = true;
    const customer = await harness.stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'one' });
    await eventually('a refusal', () => harness.receiver.refused > 0 || undefined);
    await harness.halt();
    harness.receiver.refusing = false;
    await harness.boot();
    expect((await received('customer.created')).data.object).toMatchObject({ id: customer.id });
    const again = await harness.stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'one' });
    expect(again.id).toBe(customer.id);
  });

  it('processes in real time what fell due, also while it was down', async () => {
    const customer = await harness.stripe.customers.create({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const price = await harness.price();
    const subscription = await harness.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_end: Math.floor(Date.now() / 1000) + 2,
    });
    expect(subscription.status).toBe('trialing');
    await harness.halt();
    await harness.boot();
    await eventually('the end of the trial', async () => {
      const { status } = await harness.stripe.subscriptions.retrieve(subscription.id);
      return status === 'active' || undefined;
    });
    await harness.halt();
    harness.edit(`update deadlines set at = at - ${String(HOUR)} where kind = 'finalize_invoice'`);
    await harness.boot();
    await eventually('the money', async () => {
      const { available } = await harness.stripe.balance.retrieve();
      return (available[0]?.amount === 4900 && available[0].currency === 'usd') || undefined;
    });
  });

  it('finishes an advance that a restart interrupted', async () => {
    const clock = await harness.clock();
    const customer = await harness.customer(clock.id, 'pm_card_visa');
    const price = await harness.price();
    const { id } = await harness.stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    await harness.halt();
    const advancing = JSON.stringify({ advancing: { target_frozen_time: START + 61 * DAY + HOUR } });
    harness.edit(
      `update objects set data = json_set(data, '$.status', 'advancing', '$.status_details', json('${advancing}')) where id = '${clock.id}'`,
    );
    await harness.boot();
    await eventually('the clock', async () => {
      const { status, frozen_time } = await harness.stripe.testHelpers.testClocks.retrieve(clock.id);
      return (status === 'ready' && frozen_time === START + 61 * DAY + HOUR) || undefined;
    });
    expect((await harness.stripe.invoices.list({ subscription: id, status: 'paid' })).data).toHaveLength(3);
  });

  it('sends an event again on demand', async () => {
    await harness.stripe.products.create({ name: 'Pro' });
    const event = await received('product.created');
    expect((await harness.control.post(`events/${event.id}/resend`)).status).toBe(200);
    await eventually(
      'the second copy',
      () => harness.receiver.events.filter(({ id }) => id === event.id).length === 2 || undefined,
    );
    expect((await harness.control.post('events/evt_nothing/resend')).status).toBe(404);
  });

  it('delivers to endpoints made through the API what they asked for, with their own secret', async () => {
    const endpoint = await harness.stripe.webhookEndpoints.create({
      url: 'http://127.0.0.1:9/unused',
      enabled_events: ['product.created'],
    });
    expect(endpoint.secret).toMatch(/^whsec_/);
    expect((await harness.stripe.webhookEndpoints.retrieve(endpoint.id)).secret).toBeUndefined();
    await harness.stripe.customers.create({});
    await harness.stripe.products.create({ name: 'Pro' });
    const { data } = await harness.stripe.events.list();
    await eventually('the configured endpoint', async () => {
      const states = await Promise.all(
        data.map(async ({ id }) => (await harness.stripe.events.retrieve(id)).pending_webhooks),
      );
      return states.join() === '1,0' || undefined;
    });
    await harness.stripe.webhookEndpoints.del(endpoint.id);
    expect((await harness.stripe.webhookEndpoints.list()).data.map(({ id }) => id)).toEqual(['we_configured_0']);
  });

  it('pages lists both ways, and by itself', async () => {
    const made: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) made.unshift((await harness.stripe.products.create({ name })).id);
    const { products } = harness.stripe;
    const ids = async (params: object) => (await products.list(params)).data.map(({ id }) => id);
    expect(await ids({ limit: 2 })).toEqual(made.slice(0, 2));
    expect(await ids({ limit: 2, starting_after: made[1] })).toEqual(made.slice(2, 4));
    expect(await ids({ limit: 2, ending_before: made[4] })).toEqual(made.slice(2, 4));
    expect((await products.list({ limit: 5 })).has_more).toBe(false);
    const all = await products.list({ limit: 2 }).autoPagingToArray({ limit: 10 });
    expect(all.map(({ id }) => id)).toEqual(made);
  });

  it('finds customers by our id and by e-mail', async () => {
    const ada = await harness.stripe.customers.create({
      email: 'ada@example.com',
      metadata: { customer_id: 'cust_1' },
    });
    await harness.stripe.customers.create({ email: 'bob@example.com', metadata: { customer_id: 'cust_12' } });
    const search = async (query: string) => (await harness.stripe.customers.search({ query })).data.map(({ id }) => id);
    expect(await search("metadata['customer_id']:'cust_1'")).toEqual([ada.id]);
    expect(await search("email:'ada@example.com' AND metadata['customer_id']:'cust_1'")).toEqual([ada.id]);
    expect(await search("email:'nobody@example.com'")).toEqual([]);
    await harness.stripe.customers.del(ada.id);
    expect(await search("email:'ada@example.com'")).toEqual([]);
  });

  it('finds subscriptions by our id, at whichever customer', async () => {
    const { stripe } = harness;
    const { id: customer } = await stripe.customers.create({ email: 'ada@example.com' });
    const price = await stripe.prices.create({
      ...{ currency: 'usd', unit_amount: 2_000, recurring: { interval: 'month' as const } },
      product_data: { name: 'Starter' },
    });
    const subscribe = (id: string) =>
      stripe.subscriptions.create({
        ...{ customer, items: [{ price: price.id }], trial_period_days: 7 },
        metadata: { customer_id: id },
      });
    const { id } = await subscribe('cust_1');
    await subscribe('cust_12');
    const query = "status:'trialing' AND metadata['customer_id']:'cust_1'";
    expect((await stripe.subscriptions.search({ query })).data.map((one) => one.id)).toEqual([id]);
    await expect(stripe.subscriptions.search({ query: "email:'ada@example.com'" })).rejects.toThrow(/parse/);
  });

  it('moves a lookup key from one price to another', async () => {
    const make = (more: object) =>
      harness.stripe.prices.create({
        currency: 'usd',
        unit_amount: 100,
        recurring: { interval: 'month', interval_count: 3 },
        product_data: { name: 'Pro' },
        lookup_key: 'pro_quarterly',
        ...more,
      });
    const first = await make({});
    const second = await make({ transfer_lookup_key: true });
    const { data } = await harness.stripe.prices.list({ lookup_keys: ['pro_quarterly'], expand: ['data.product'] });
    expect(data.map(({ id, product }) => [id, idOf(product)])).toEqual([[second.id, idOf(second.product)]]);
    expect((await harness.stripe.prices.retrieve(first.id)).lookup_key).toBeNull();
  });
});
