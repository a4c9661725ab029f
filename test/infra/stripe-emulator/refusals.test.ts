import { Stripe } from 'stripe';
import { EmulatorHarness, refusal, SECRET_KEY, START } from './harness.ts';

describe('what the emulator does not know, it refuses as Stripe does', () => {
  let harness: EmulatorHarness;

  beforeAll(async () => {
    harness = await EmulatorHarness.start();
  });
  afterAll(() => harness.close());

  const post = (path: string, body: string, key = SECRET_KEY) =>
    fetch(`${harness.url}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });

  it.each([
    ['an unknown parameter', '/v1/customers', 'surprise=1', 400, 'parameter_unknown', 'surprise'],
    ['an unknown nested one', '/v1/customers', 'address[planet]=mars', 400, 'parameter_unknown', 'address[planet]'],
    ['a missing one', '/v1/subscriptions', 'customer=cus_1', 400, 'parameter_missing', 'items'],
    ['a bad integer', '/v1/prices', 'currency=usd&unit_amount=ten', 400, 'parameter_invalid_integer', 'unit_amount'],
    ['an empty value', '/v1/products', 'name=', 400, 'parameter_invalid_empty', 'name'],
    ['an unknown id in the path', '/v1/customers/cus_nobody', 'name=x', 404, 'resource_missing', 'id'],
    ['an unknown id as a parameter', '/v1/customers', 'test_clock=clock_x', 400, 'resource_missing', 'test_clock'],
    ['a value outside its list', '/v1/checkout/sessions', 'mode=gift&success_url=http://x', 400, undefined, 'mode'],
    ['a prototype', '/v1/customers', '__proto__[admin]=1', 400, 'parameter_unknown', '__proto__'],
    [
      'a script as URL',
      '/v1/checkout/sessions',
      'mode=setup&currency=usd&success_url=javascript:x',
      400,
      undefined,
      'success_url',
    ],
  ])('%s', async (_what, path, body, status, code, param) => {
    const reply = await post(path, body);
    const { error } = (await reply.json()) as { error: Record<string, unknown> };
    expect(reply.status).toBe(status);
    expect(error).toMatchObject({ type: 'invalid_request_error', param, ...(code ? { code } : {}) });
    expect(reply.headers.get('request-id')).toMatch(/^req_/);
    expect(reply.headers.get('stripe-version')).toBe(Stripe.API_VERSION);
  });

  it('an unknown route', async () => {
    const { hostname, port } = new URL(harness.url);
    const stripe = new Stripe(SECRET_KEY, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 });
    expect(await refusal(stripe.topups.list())).toMatchObject({ statusCode: 404, type: 'StripeInvalidRequestError' });
  });

  it('a wrong key and a missing one, without repeating the key', async () => {
    const wrong = await post('/v1/customers', '', 'sk_test_wrong_key_with_a_long_tail');
    expect(wrong.status).toBe(401);
    expect(await wrong.text()).not.toContain('wrong_key_with');
    expect((await fetch(`${harness.url}/v1/customers`)).status).toBe(401);
    const basic = { Authorization: `Basic ${Buffer.from(`${SECRET_KEY}:`).toString('base64')}` };
    expect((await fetch(`${harness.url}/v1/customers`, { headers: basic })).status).toBe(200);
  });

  it('another version of the API', async () => {
    const headers = { Authorization: `Bearer ${SECRET_KEY}`, 'Stripe-Version': '2020-08-27' };
    expect((await fetch(`${harness.url}/v1/customers`, { headers })).status).toBe(400);
  });

  it('an expansion that does not exist', async () => {
    const customer = await harness.stripe.customers.create({});
    const refused = await refusal(harness.stripe.customers.retrieve(customer.id, { expand: ['email'] }));
    expect(refused).toMatchObject({ statusCode: 400, param: 'expand' });
  });

  it('a test clock that goes back, or further than two intervals', async () => {
    const clock = await harness.clock();
    const { testClocks } = harness.stripe.testHelpers;
    expect(await refusal(testClocks.advance(clock.id, { frozen_time: START }))).toMatchObject({ statusCode: 400 });
    const customer = await harness.customer(clock.id, 'pm_card_visa');
    const price = await harness.price();
    await harness.stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    const tooFar = START + 63 * 86_400;
    expect(await refusal(testClocks.advance(clock.id, { frozen_time: tooFar }))).toMatchObject({
      param: 'frozen_time',
    });
    await testClocks.del(clock.id);
    expect(await harness.stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
  });
});
