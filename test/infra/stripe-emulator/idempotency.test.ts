import { eventually } from '../../support/eventually.ts';
import { EmulatorHarness, HOUR, idOf, refusal, START } from './harness.ts';

interface Requests {
  requests: { method: string; path: string; key: string | null; status: number | null; replayed: boolean }[];
}

describe('idempotency keys and faults', () => {
  let harness: EmulatorHarness;

  beforeEach(async () => {
    harness = await EmulatorHarness.start();
  });
  afterEach(() => harness.close());

  const customers = async () => (await harness.stripe.customers.list()).data;
  const create = (idempotencyKey: string, email = 'ada@example.com') =>
    harness.stripe.customers.create({ email }, { idempotencyKey });
  const fault = (mode: string, more: object = {}) =>
    harness.control.post('faults', { match: 'POST /v1/customers', mode, ...more });

  it('answers a repeated key with the first result, marked as replayed', async () => {
    const first = await create('key-1');
    const again = await create('key-1');
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
    expect(again.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    expect(await customers()).toHaveLength(1);
    expect((await harness.stripe.events.list()).data[0]?.request?.idempotency_key).toBe('key-1');
  });

  it('refuses a key with other parameters', async () => {
    await create('key-1');
    const refused = await refusal(create('key-1', 'bob@example.com'));
    expect(refused).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' });
    expect(await customers()).toHaveLength(1);
  });

  it('does not burn a key on parameters it refused before it began', async () => {
    const wrong = { email: 'ada@example.com', surprise: 'x' };
    const refused = await refusal(harness.stripe.customers.create(wrong, { idempotencyKey: 'key-1' }));
    expect(refused).toMatchObject({ statusCode: 400, code: 'parameter_unknown', param: 'surprise' });
    expect((await create('key-1')).email).toBe('ada@example.com');
  });

  it('saves a refusal that came out of the execution', async () => {
    const attach = () =>
      harness.stripe.paymentMethods.attach('pm_card_visa', { customer: 'cus_nobody' }, { idempotencyKey: 'key-1' });
    expect(await refusal(attach())).toMatchObject({ statusCode: 400, code: 'resource_missing' });
    expect((await refusal(attach())).headers?.['idempotent-replayed']).toBe('true');
  });

  it('saves a 500 too, so that only another key gets through', async () => {
    await fault('error');
    expect(await refusal(create('key-1'))).toMatchObject({ statusCode: 500, rawType: 'api_error' });
    expect(await refusal(create('key-1'))).toMatchObject({ statusCode: 500 });
    expect(await customers()).toEqual([]);
    await create('key-2');
    expect(await customers()).toHaveLength(1);
  });

  it('drops a reply after the effect; the same key then gives the result once', async () => {
    // The SDK itself retries once with the same key when a connection is closed.
    await fault('drop-reply', { times: 2 });
    expect(await refusal(create('key-1'))).toMatchObject({ type: 'StripeConnectionError' });
    const retried = await create('key-1');
    expect(retried.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect((await customers()).map(({ id }) => id)).toEqual([retried.id]);
    const { requests } = await harness.control.get<Requests>('requests');
    const posts = requests.filter(({ method }) => method === 'POST');
    expect(posts.map(({ key, status, replayed }) => [key, status, replayed])).toEqual([
      ['key-1', null, false],
      ['key-1', null, true],
      ['key-1', 200, true],
    ]);
  });

  it('refuses a key that is in use with 409', async () => {
    await fault('slow', { delayMs: 1_500 });
    const slow = create('key-1');
    await eventually('the slow request', async () => {
      const { faults } = await harness.control.get<{ faults: unknown[] }>('faults');
      return faults.length === 0 || undefined;
    });
    expect(await refusal(create('key-1'))).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    expect((await slow).email).toBe('ada@example.com');
  });

  it('limits the rate on demand, does not save that, and forgets faults when told', async () => {
    await fault('rate-limit', { times: 2 });
    expect(await refusal(create('key-1'))).toMatchObject({ statusCode: 429, type: 'StripeRateLimitError' });
    await harness.control.clearFaults();
    expect((await create('key-1')).email).toBe('ada@example.com');
  });

  it('matches a path by its pattern only', async () => {
    const customer = await create('key-1');
    await harness.control.post('faults', { match: 'POST /v1/customers/*', mode: 'error', status: 503 });
    await create('key-2');
    expect(await refusal(harness.stripe.customers.update(customer.id, { name: 'Ada' }))).toMatchObject({
      statusCode: 503,
    });
    expect((await harness.stripe.customers.retrieve(customer.id)) as object).toMatchObject({ name: null });
  });

  it('hits with a fault about somebody what names them, by their own objects too, and nobody else', async () => {
    const clock = await harness.stripe.testHelpers.testClocks.create({ frozen_time: START, name: 'cust_ada' });
    const ada = await harness.stripe.customers.create({ metadata: { customer_id: 'cust_ada' }, test_clock: clock.id });
    const bob = await harness.stripe.customers.create({ metadata: { customer_id: 'cust_bob' } });
    const session = async (customer: string) =>
      (
        await harness.stripe.checkout.sessions.create({
          mode: 'setup',
          currency: 'usd',
          customer,
          success_url: 'http://localhost/',
        })
      ).id;
    const [adas, bobs] = [await session(ada.id), await session(bob.id)];
    await harness.control.post('faults', { match: '* /v1/*', mode: 'rate-limit', about: 'cust_ada', times: 9 });
    await harness.control.post('faults', { match: '* /v1/*/*', mode: 'rate-limit', about: 'cust_ada', times: 9 });
    await harness.control.post('faults', { match: '* /v1/*/*/*', mode: 'rate-limit', about: 'cust_ada', times: 9 });
    const { stripe } = harness;
    const limited = { type: 'StripeRateLimitError' };
    expect(await refusal(stripe.customers.retrieve(ada.id))).toMatchObject(limited);
    expect(await refusal(stripe.customers.list({ test_clock: clock.id }))).toMatchObject(limited);
    expect(await refusal(stripe.customers.create({ name: 'x' }, { idempotencyKey: 'cust_ada:1' }))).toMatchObject(
      limited,
    );
    expect(await refusal(stripe.checkout.sessions.retrieve(adas))).toMatchObject(limited);
    expect((await stripe.checkout.sessions.retrieve(bobs)).id).toBe(bobs);
    expect((await stripe.customers.list({ email: 'ada@example.com' })).data).toEqual([]);
  });

  it('hits with a fault for a time whatever comes from its first hit on, and nothing after that', async () => {
    await fault('error', { status: 503, forMs: 400 });
    for (const key of ['key-1', 'key-2']) expect(await refusal(create(key))).toMatchObject({ statusCode: 503 });
    await eventually('the end of the fault', async () => {
      const { faults } = await harness.control.get<{ faults: unknown[] }>('faults');
      return faults.length === 0 || undefined;
    });
    expect((await create('key-3')).email).toBe('ada@example.com');
  });

  it('refuses a fault it does not understand', async () => {
    await create('key-1');
    expect(await harness.control.post('faults', { match: 'POST /v1/customers', mode: 'explode' })).toMatchObject({
      status: 400,
    });
    expect(await harness.control.post('faults', { match: 'customers', mode: 'error' })).toMatchObject({ status: 400 });
  });

  it('keeps what a declined charge left behind, and replays the decline', async () => {
    const clock = await harness.clock();
    const customer = await harness.customer(clock.id, 'pm_card_visa');
    const price = await harness.price();
    const subscription = await harness.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
    });
    const bad = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
    await harness.stripe.subscriptions.update(subscription.id, { default_payment_method: bad.id });
    await harness.advance(clock.id, START + 31 * 86_400 + HOUR);
    const { latest_invoice } = await harness.stripe.subscriptions.retrieve(subscription.id);
    const pay = () => harness.stripe.invoices.pay(idOf(latest_invoice), {}, { idempotencyKey: 'pay-1' });
    expect(await refusal(pay())).toMatchObject({ statusCode: 402, decline_code: 'generic_decline' });
    expect(await refusal(pay())).toMatchObject({ statusCode: 402 });
    const { data } = await harness.stripe.charges.list({ customer: customer.id });
    expect(data.map(({ status }) => status)).toEqual(['failed', 'failed', 'succeeded']);
  });
});
