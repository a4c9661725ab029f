import type { Stripe } from 'stripe';
import { refusal, SECRET_KEY } from './harness.ts';
import { Sandbox } from './scenario.ts';

// API reference, "Idempotent requests" (docs.stripe.com/api/idempotent_requests); "Advanced error handling",
// "Server errors" (docs.stripe.com/error-low-level)
describe('idempotent requests', () => {
  const sandbox = new Sandbox();
  let used = 0;
  const newKey = (): string => `scenario-${String(Date.now())}-${String((used += 1))}`;

  const post = (path: string, idempotencyKey: string, body: string) =>
    fetch(`${sandbox.harness.url}${path}`, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Bearer ${SECRET_KEY}`, 'Content-Type': 'application/x-www-form-urlencoded' },
        'Idempotency-Key': idempotencyKey,
      },
      body,
    });
  const create = (idempotencyKey: string, params: Stripe.CustomerCreateParams = { name: 'Ada' }) =>
    sandbox.stripe.customers.create(params, { idempotencyKey });

  it('give the first answer again, byte for byte, and say that it is a replay', async () => {
    const key = newKey();
    const [first, second] = [
      await post('/v1/customers', key, 'name=Ada'),
      await post('/v1/customers', key, 'name=Ada'),
    ];
    expect(await second.text()).toBe(await first.text());
    expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect([first, second].map(({ headers }) => headers.get('idempotency-key'))).toEqual([key, key]);
  });

  it('give the first answer even when the object has changed since', async () => {
    const key = newKey();
    const { id } = await create(key);
    await sandbox.stripe.customers.update(id, { name: 'Grace' });
    expect(await create(key)).toMatchObject({ id, name: 'Ada' });
    expect(await sandbox.stripe.customers.retrieve(id)).toMatchObject({ name: 'Grace' });
  });

  it.each<[string, string, string]>([
    ['another value', '/v1/customers', 'name=Bob'],
    ['a parameter more', '/v1/customers', 'name=Ada&email=ada@example.com'],
    ['a parameter less', '/v1/customers', ''],
    ['another address', '/v1/products', 'name=Ada'],
  ])('are refused with %s under the same key', async (_what, path, body) => {
    const key = newKey();
    await post('/v1/customers', key, 'name=Ada');
    const reply = await post(path, key, body);
    expect(reply.status).toBe(400);
    const { error } = (await reply.json()) as { error: { type: string; message: string } };
    expect(error.type).toBe('idempotency_error');
    expect(error.message).toContain(key);
  });

  it('may have keys of 255 characters, and not longer ones', async () => {
    const longest = newKey().padEnd(255, 'x');
    expect((await post('/v1/customers', longest, 'name=Ada')).status).toBe(200);
    expect((await post('/v1/customers', `${longest}x`, 'name=Ada')).status).toBe(400);
  });

  it.each<[string, string, number]>([
    ['whose parameters were refused before anything began', 'planet=mars', 400],
    ['that named nothing before anything began', 'address=here', 400],
  ])('%s keep no answer: the key can be used again', async (_what, body, status) => {
    const key = newKey();
    expect((await post('/v1/customers', key, body)).status).toBe(status);
    const again = await post('/v1/customers', key, 'name=Ada');
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
  });

  it('keep the answer of a card that was declined', async () => {
    const { id: customer } = await sandbox.stripe.customers.create();
    const idempotencyKey = newKey();
    const attach = () =>
      refusal(sandbox.stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer }, { idempotencyKey }));
    const [first, second] = [await attach(), await attach()];
    expect([first.code, second.code]).toEqual(['card_declined', 'card_declined']);
    expect(second.headers?.['idempotent-replayed']).toBe('true');
  });

  it('keep a 500 too: the same key fails for good, another one works', async () => {
    const [key, other] = [newKey(), newKey()];
    await sandbox.harness.control.post('faults', { match: 'POST /v1/customers', mode: 'error', status: 500 });
    expect(await refusal(create(key))).toMatchObject({ statusCode: 500 });
    const replayed = await refusal(create(key));
    expect([replayed.statusCode, replayed.headers?.['idempotent-replayed']]).toEqual([500, 'true']);
    expect(await create(other)).toMatchObject({ name: 'Ada' });
  });

  it('keep no answer of a 429', async () => {
    const key = newKey();
    await sandbox.harness.control.post('faults', { match: 'POST /v1/customers', mode: 'rate-limit' });
    expect(await refusal(create(key))).toMatchObject({ statusCode: 429 });
    expect(await create(key)).toMatchObject({ name: 'Ada' });
  });

  it('are refused with 409 while the first is under way, which is then made once', async () => {
    const key = newKey();
    const email = `${key}@example.com`;
    await sandbox.harness.control.post('faults', { match: 'POST /v1/customers', mode: 'slow', delayMs: 300 });
    const outcomes = await Promise.allSettled([create(key, { email }), create(key, { email })]);
    const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ statusCode: 409, rawType: 'idempotency_error' });
    const { id } = await create(key, { email });
    expect((await sandbox.stripe.customers.list({ email })).data.map((one) => one.id)).toEqual([id]);
  });

  it('are only those that change something: a GET takes no notice of a key', async () => {
    const idempotencyKey = newKey();
    const { id } = await sandbox.stripe.customers.create({ name: 'Ada' });
    await sandbox.stripe.customers.retrieve(id, {}, { idempotencyKey });
    await sandbox.stripe.customers.update(id, { name: 'Grace' });
    expect(await sandbox.stripe.customers.retrieve(id, {}, { idempotencyKey })).toMatchObject({ name: 'Grace' });
  });

  it('have one effect when a hundred of them come by one key', async () => {
    const idempotencyKey = newKey();
    const { customer } = await sandbox.begin({ trial_period_days: 3 });
    const { id: price } = await sandbox.harness.price();
    const ask = () =>
      sandbox.stripe.subscriptions.create({ customer, items: [{ price }] }, { idempotencyKey }).then(
        ({ id }) => id,
        (error: unknown) => (error as Stripe.errors.StripeError).statusCode,
      );
    const outcomes = new Set(await Promise.all(Array.from({ length: 100 }, ask)));
    outcomes.delete(409);
    expect(outcomes.size).toBe(1);
    expect((await sandbox.stripe.subscriptions.list({ customer })).data).toHaveLength(2);
  });
});
