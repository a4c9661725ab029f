import { Stripe } from 'stripe';
import { idOf, refusal, SECRET_KEY } from './harness.ts';
import { Sandbox } from './scenario.ts';

interface ErrorBody {
  type: string;
  message: string;
  code?: string;
  param?: string;
  doc_url?: string;
  decline_code?: string;
}

/** The message, when it does not name the parameter. */
const MESSAGES: Readonly<Record<string, string>> = {
  parameter_invalid_integer: 'Invalid integer: 1.5',
  resource_missing: "No such customer: 'cus_nobody'",
};

describe('errors', () => {
  const sandbox = new Sandbox();

  const ask = async (method: string, path: string, body = '') => {
    const reply = await fetch(`${sandbox.harness.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${SECRET_KEY}`, 'Content-Type': 'application/x-www-form-urlencoded' },
      ...(method === 'POST' ? { body } : {}),
    });
    const { error } = (await reply.json()) as { error: ErrorBody };
    return { status: reply.status, headers: reply.headers, error };
  };

  // API reference, "Errors", "The Error object" (docs.stripe.com/api/errors); "Error codes" (docs.stripe.com/error-codes)
  describe('say what was wrong with a parameter', () => {
    it.each<[string, string, string, string, string]>([
      ['that is unknown', '/v1/customers', 'planet=mars', 'parameter_unknown', 'planet'],
      [
        'that is unknown inside another',
        '/v1/customers',
        'address[planet]=mars',
        'parameter_unknown',
        'address[planet]',
      ],
      ['that is missing', '/v1/products', '', 'parameter_missing', 'name'],
      [
        'that is missing inside another',
        '/v1/prices',
        'currency=usd&unit_amount=1&recurring[interval_count]=1',
        'parameter_missing',
        'recurring[interval]',
      ],
      ['that is empty', '/v1/products', 'name=', 'parameter_invalid_empty', 'name'],
      ['that is no integer', '/v1/prices', 'currency=usd&unit_amount=1.5', 'parameter_invalid_integer', 'unit_amount'],
      [
        'that names nothing',
        '/v1/subscriptions',
        'customer=cus_nobody&items[0][price]=price_x',
        'resource_missing',
        'customer',
      ],
    ])('%s', async (_what, path, body, code, param) => {
      const { status, error } = await ask('POST', path, body);
      expect(status).toBe(400);
      expect(error).toMatchObject({ type: 'invalid_request_error', code, param });
      expect(error.message).toContain(MESSAGES[code] ?? param);
      expect(error.doc_url).toBe(`https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`);
    });

    it.each([
      ['an enumeration', '/v1/checkout/sessions', 'mode=gift&success_url=http://x', 'mode'],
      ['a boolean', '/v1/products', 'name=x&active=maybe', 'active'],
      ['a list', '/v1/subscriptions', 'customer=cus_nobody&items=all', 'items'],
      ['an object', '/v1/customers', 'address=here', 'address'],
      ['a range', '/v1/coupons', 'percent_off=120', 'percent_off'],
    ])('that is outside of %s', async (_what, path, body, param) => {
      const { status, error } = await ask('POST', path, body);
      expect([status, error.type, error.param]).toEqual([400, 'invalid_request_error', param]);
    });
  });

  describe('say that there is no such object', () => {
    it.each([
      ['customers', 'cus_x', 'customer'],
      ['subscriptions', 'sub_x', 'subscription'],
      ['invoices', 'in_x', 'invoice'],
      ['products', 'prod_x', 'product'],
      ['prices', 'price_x', 'price'],
      ['coupons', 'SPRING_x', 'coupon'],
      ['charges', 'ch_x', 'charge'],
      ['refunds', 're_x', 'refund'],
      ['payment_methods', 'pm_x', 'PaymentMethod'],
      ['payment_intents', 'pi_x', 'payment_intent'],
      ['setup_intents', 'seti_x', 'setupintent'],
      ['events', 'evt_x', 'event'],
    ])('%s/%s: 404 and resource_missing', async (collection, id, noun) => {
      const { status, error } = await ask('GET', `/v1/${collection}/${id}`);
      expect(status).toBe(404);
      expect(error).toMatchObject({ type: 'invalid_request_error', code: 'resource_missing' });
      expect(error.message).toBe(`No such ${noun}: '${id}'`);
    });

    it.each([
      ['GET', '/v1/planets'],
      ['POST', '/v1/customers/cus_x/planets'],
      ['DELETE', '/v1/events/evt_x'],
    ])('nor such an address: %s %s', async (method, path) => {
      const { status, error } = await ask(method, path);
      expect([status, error.type]).toEqual([404, 'invalid_request_error']);
      expect(error.message).toContain(`(${method}: ${path})`);
    });
  });

  // "Authentication" (docs.stripe.com/api/authentication)
  describe('say who asks', () => {
    const get = (headers: Record<string, string>) => fetch(`${sandbox.harness.url}/v1/customers`, { headers });

    it.each<[string, Record<string, string>]>([
      ['nobody', {}],
      ['an unknown key', { Authorization: 'Bearer sk_test_unknown' }],
      ['a scheme that is none', { Authorization: SECRET_KEY }],
    ])('%s: 401', async (_what, headers) => {
      const reply = await get(headers);
      const { error } = (await reply.json()) as { error: ErrorBody };
      expect([reply.status, error.type]).toEqual([401, 'invalid_request_error']);
    });

    it.each([
      ['as a bearer', `Bearer ${SECRET_KEY}`],
      ['as the user name of basic authentication', `Basic ${Buffer.from(`${SECRET_KEY}:`).toString('base64')}`],
    ])('a good key %s', async (_what, Authorization) => {
      expect((await get({ Authorization })).status).toBe(200);
    });
  });

  // "Request IDs" and "Versioning" (docs.stripe.com/api/request_ids, /versioning)
  it.each([
    ['GET', '/v1/customers/cus_x'],
    ['POST', '/v1/customers'],
  ])('and all else carry the id of the request and the version: %s %s', async (method, path) => {
    const { headers } = await ask(method, path);
    expect(headers.get('request-id')).toMatch(/^req_\w+$/);
    expect(headers.get('stripe-version')).toBe(Stripe.API_VERSION);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  // "Handle errors" in the client libraries (docs.stripe.com/error-handling)
  describe('reach the client as classes', () => {
    it('a card that is declined: StripeCardError with the decline code and the id of the request', async () => {
      const { id: customer } = await sandbox.stripe.customers.create();
      const declined = await refusal(sandbox.stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer }));
      expect(declined).toBeInstanceOf(Stripe.errors.StripeCardError);
      expect(declined).toMatchObject({ code: 'card_declined', decline_code: 'generic_decline', statusCode: 402 });
      expect(declined.requestId).toMatch(/^req_/);
    });

    it('a wrong parameter: StripeInvalidRequestError', async () => {
      const wrong = await refusal(sandbox.stripe.customers.retrieve('cus_nobody'));
      expect(wrong).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    });

    it('a wrong key: StripeAuthenticationError', async () => {
      const { hostname: host, port } = new URL(sandbox.harness.url);
      const stranger = new Stripe('sk_test_unknown', { host, port, protocol: 'http', maxNetworkRetries: 0 });
      expect(await refusal(stranger.customers.list())).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    });

    it.each([
      [500, Stripe.errors.StripeAPIError],
      [503, Stripe.errors.StripeAPIError],
    ])('a fault of Stripe, %i: StripeAPIError', async (status, kind) => {
      await sandbox.harness.control.post('faults', { match: 'GET /v1/customers', mode: 'error', status });
      const failed = await refusal(sandbox.stripe.customers.list());
      expect(failed).toBeInstanceOf(kind);
      expect(failed.statusCode).toBe(status);
    });

    // "Rate limits" (docs.stripe.com/rate-limits)
    it('too many requests, 429: StripeRateLimitError, and the next one is served', async () => {
      await sandbox.harness.control.post('faults', { match: 'GET /v1/customers', mode: 'rate-limit' });
      const limited = await refusal(sandbox.stripe.customers.list());
      expect(limited).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
      expect(limited).toMatchObject({ statusCode: 429, code: 'rate_limit' });
      expect((await sandbox.stripe.customers.list({ limit: 1 })).object).toBe('list');
    });

    it('an answer that never came: StripeConnectionError; asked again with its own key, nothing is made twice', async () => {
      // The client retries once on its own when its connection was closed.
      await sandbox.harness.control.post('faults', { match: 'GET /v1/customers', mode: 'drop-reply', times: 2 });
      expect(await refusal(sandbox.stripe.customers.list())).toBeInstanceOf(Stripe.errors.StripeConnectionError);
      await sandbox.harness.control.post('faults', { match: 'POST /v1/customers', mode: 'drop-reply' });
      const { id, email } = await sandbox.stripe.customers.create(
        { email: 'once@example.com' },
        { maxNetworkRetries: 1 },
      );
      expect(email).toBe('once@example.com');
      const { data } = await sandbox.stripe.customers.list({ email: 'once@example.com' });
      expect(data.map(idOf)).toEqual([id]);
    });
  });
});
