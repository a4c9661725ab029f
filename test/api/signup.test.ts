import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { sweepUnstartedCustomers } from '../../infra/sweepers/index.ts';
import { CONFIG, createApiHarness, goodSignup, type ApiHarness, staff } from './harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

const post = (payload: object, app = harness.app, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/api/customers/signup', payload, headers });

interface Created {
  readonly customer: { readonly customer_id: string; readonly email: string };
  readonly license: { readonly jwt: string; readonly expires_at: string };
  readonly deployment: { readonly instance_url: string };
  readonly subscription: { readonly trial_ends_at: string };
}

describe('S1-2 the reply', () => {
  test('has every member the source names, word for word (S1-17)', async () => {
    const sent = goodSignup({ email: 'Ada@Example.com', company_name: 'Acmé & Söhne', full_name: 'Ada' });
    const reply = await post(sent);
    expect(reply.statusCode).toBe(201);
    expect(reply.json()).toEqual({
      message: 'Account created successfully! Your instance is being deployed.',
      customer: {
        customer_id: expect.stringMatching(/^cust_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
        email: 'Ada@Example.com',
        company_name: 'Acmé & Söhne',
      },
      subscription: { plan: 'starter', status: 'trialing', trial_ends_at: expect.any(String) as string },
      deployment: {
        status: 'provisioning',
        estimated_time: '2-3 minutes',
        instance_url: 'http://acme-sohne.localhost:3180',
      },
      license: { jwt: expect.any(String) as string, expires_at: expect.any(String) as string, max_devices: 10 },
      next_steps: [
        'Check your email for login instructions',
        'Your instance URL will be active in 2-3 minutes',
        'Start by connecting your first device',
      ],
    });
  });

  test('a region may be chosen; a signup that names none gets the first', async () => {
    const regionOf = async (change: object) => {
      const { customer } = (await post(goodSignup(change))).json<Created>();
      const url = `/api/admin/customers/${customer.customer_id}`;
      return (await harness.app.inject({ url, headers: staff })).json<{ customer: { region: string } }>().customer
        .region;
    };
    expect([await regionOf({}), await regionOf({ region: 'us-east' })]).toEqual(['eu-central', 'us-east']);
  });

  test('S1-6 carries a licence signed RS256, good until the trial and its grace are over, and logs its hash', async () => {
    const { customer, license, subscription } = (await post(goodSignup({ plan: 'professional' }))).json<Created>();
    expect(decodeProtectedHeader(license.jwt).alg).toBe('RS256');
    const claims = decodeJwt<{ features: { maxDevices: number } }>(license.jwt);
    expect(claims).toMatchObject({ sub: customer.customer_id, plan: 'professional', features: { maxDevices: 100 } });
    const grace = Date.parse(license.expires_at) - Date.parse(subscription.trial_ends_at);
    expect(grace).toBe(3 * 86_400_000);
    const row = await harness.database
      .selectFrom('licences')
      .selectAll()
      .where('customerId', '=', customer.customer_id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      action: 'generated',
      generatedBy: 'signup',
      maxDevices: 100,
      licenceHash: createHash('sha256').update(license.jwt).digest('hex'),
      metadata: { type: 'trial_signup', trialDays: 14, features: { maxDevices: 100 } },
    });
  });
});

describe('what is stored', () => {
  test('account with an argon2id hash, entitlements none (S2-1), audit, and a workflow without personal data', async () => {
    const sent = goodSignup({
      email: 'Store@Example.com',
      company_name: 'Private Person GmbH',
      full_name: 'Jo Secret',
    });
    const { customer } = (await post(sent)).json<Created>();
    const id = customer.customer_id;
    const stored = await harness.database
      .selectFrom('customers')
      .selectAll()
      .where('customerId', '=', id)
      .executeTakeFirstOrThrow();
    expect(stored).toMatchObject({ emailNorm: 'store@example.com', email: 'Store@Example.com', phase: 'onboarding' });
    expect(stored.workflowStartedAt).toBeInstanceOf(Date);
    const account = await harness.database
      .selectFrom('accounts')
      .selectAll()
      .where('customerId', '=', id)
      .executeTakeFirstOrThrow();
    expect(account.passwordHash).toMatch(/^\$argon2id\$/);
    const rights = await harness.database
      .selectFrom('entitlements')
      .selectAll()
      .where('customerId', '=', id)
      .executeTakeFirstOrThrow();
    expect(rights.status).toBe('none');
    const audit = await harness.database
      .selectFrom('auditEvents')
      .select('action')
      .where('customerId', '=', id)
      .execute();
    expect(audit).toEqual([{ action: 'customer.signed_up' }]);
    const started = harness.temporal.started.get(`customer/${id}`) as Record<string, unknown>;
    expect(started).toMatchObject({
      name: 'onboarding',
      taskQueue: 'lifecycle',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [{ customerId: id, trialEndsAt: stored.trialEndsAt?.toISOString() }],
    });
    const told = JSON.stringify(started);
    for (const secret of ['Store', 'store@example', 'Private', 'Secret', 'Abcdefg1'])
      expect(told).not.toContain(secret);
  });

  test('a name that is taken gets a number, and so does one that is reserved', async () => {
    const urls = [];
    for (const company_name of ['Twin', 'Twin', 'TWIN!', 'Status', '株式会社'])
      urls.push((await post(goodSignup({ company_name }))).json<Created>().deployment.instance_url);
    expect(urls.slice(0, 4)).toEqual(
      ['twin', 'twin-2', 'twin-3', 'status-2'].map((slug) => `http://${slug}.localhost:3180`),
    );
    expect(urls[4]).toMatch(/^http:\/\/customer-[0-9a-f]{8}\.localhost:3180$/);
  });

  test('twenty companies of one name at the same moment are twenty customers', async () => {
    const signups = Array.from({ length: 20 }, () => post(goodSignup({ company_name: 'Same Moment' })));
    const replies = await Promise.all(signups);
    expect(new Set(replies.map(({ statusCode }) => statusCode))).toEqual(new Set([201]));
    const urls = new Set(replies.map((reply) => reply.json<Created>().deployment.instance_url));
    expect(urls.size).toBe(20);
    expect(urls).toContain('http://same-moment.localhost:3180');
  });

  test('one address at the same moment gets one account', async () => {
    const email = 'race@example.com';
    const replies = await Promise.all([0, 1, 2, 3].map(() => post(goodSignup({ email }))));
    expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409, 409]);
  });
});

describe('S1-1 refusals', () => {
  const REQUIRED = 'Email, password, and company name are required';
  test.each([
    ['nothing', {}, REQUIRED, ['email', 'password', 'company_name']],
    ['no company', { email: 'a@b.de', password: 'Abcdefg1' }, REQUIRED, ['company_name']],
    ['null for a field', { ...goodSignup(), email: null }, REQUIRED, ['email']],
    ['blanks', { ...goodSignup(), company_name: '   ' }, REQUIRED, ['company_name']],
    ['no address', { ...goodSignup(), email: 'not-an-address' }, 'Invalid email format', ['email']],
    [
      'an address that only looks like one (N2)',
      { ...goodSignup(), email: 'ada@exampℓe.com' },
      'Invalid email format',
      ['email'],
    ],
    ['a short password', { ...goodSignup(), password: 'Abc1' }, 'Password must be at least 8 characters', ['password']],
    [
      'no uppercase',
      { ...goodSignup(), password: 'abcdefg1' },
      'Password must contain at least 1 uppercase letter',
      ['password'],
    ],
    ['no number', { ...goodSignup(), password: 'Abcdefgh' }, 'Password must contain at least 1 number', ['password']],
    ['an unknown plan', { ...goodSignup(), plan: 'gold' }, 'The request is not valid', ['plan']],
    ['an unknown region', { ...goodSignup(), region: 'moon' }, 'The request is not valid', ['region']],
    ['an unknown field', { ...goodSignup(), is_admin: true }, 'The request is not valid', ['is_admin']],
    ['a wrong type', { ...goodSignup(), full_name: 7 }, 'The request is not valid', ['full_name']],
    ['a list for text', { ...goodSignup(), email: ['a@b.de'] }, 'The request is not valid', ['email']],
    [
      'a very long name',
      { ...goodSignup(), company_name: 'x'.repeat(101) },
      'The request is not valid',
      ['company_name'],
    ],
  ])('%s', async (_name, body, error, fields) => {
    const before = await harness.count('customers');
    const reply = await post(body);
    expect(reply.statusCode).toBe(400);
    const told = reply.json<{ error: string; code: string; problems: { field: string }[] }>();
    expect(told).toMatchObject({ error, code: 'validation_failed' });
    expect([...new Set(told.problems.map(({ field }) => field))]).toEqual(fields);
    expect(await harness.count('customers')).toBe(before);
  });

  test('every problem is named at once', async () => {
    const reply = await post({ email: 'x', password: 'abc', plan: 'gold', extra: 1 });
    const { problems } = reply.json<{ problems: { field: string }[] }>();
    expect(problems.map(({ field }) => field)).toEqual([
      'company_name',
      'email',
      'password',
      'password',
      'password',
      'extra',
      'plan',
    ]);
  });

  test.each(['Known@example.com', 'KNOWN@EXAMPLE.COM', ' known@example.com '])('409 for %p', async (email) => {
    await post(goodSignup({ email: 'known@example.com' }));
    const reply = await post(goodSignup({ email }));
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({
      error: 'Email already registered',
      message: 'An account with this email already exists',
      code: 'email_taken',
    });
  });
});

describe('sent again with its Idempotency-Key', () => {
  const key = { 'idempotency-key': 'signup-1' };

  test('a signup is one customer, answered as the first time; at the same moment too', async () => {
    const sent = goodSignup();
    const replies = await Promise.all([post(sent, harness.app, key), post(sent, harness.app, key)]);
    replies.push(await post(sent, harness.app, key));
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
    const [first, ...others] = replies.map((reply) => reply.json<Created>());
    for (const other of others) expect(other).toEqual(first);
    const made = harness.database.selectFrom('customers').select('customerId').where('email', '=', sent.email);
    expect(await made.execute()).toHaveLength(1);
  });

  test.each<[string, object, Record<string, string>]>([
    ['another password', { password: 'Another-pass1' }, key],
    ['another company', { company_name: 'Another' }, key],
    ['another key', {}, { 'idempotency-key': 'signup-2' }],
    ['no key', {}, {}],
  ])('a signup with %s is told that the address is taken', async (_what, change, headers) => {
    const sent = goodSignup();
    expect((await post(sent, harness.app, key)).statusCode).toBe(201);
    expect((await post({ ...sent, ...change }, harness.app, headers)).json()).toMatchObject({ code: 'email_taken' });
  });

  test('a day later it is another signup, and what is no key is refused', async () => {
    const sent = goodSignup();
    const { customer } = (await post(sent, harness.app, key)).json<Created>();
    await harness.database
      .updateTable('accounts')
      .set({ createdAt: new Date(Date.now() - 25 * 3_600_000) })
      .where('customerId', '=', customer.customer_id)
      .execute();
    expect((await post(sent, harness.app, key)).statusCode).toBe(409);
    const reply = await post(goodSignup(), harness.app, { 'idempotency-key': 'a b' });
    expect([reply.statusCode, reply.body]).toEqual([400, expect.stringContaining('idempotency-key must be')]);
  });

  test('guesses at the password of an existing customer count as at the sign-in', async () => {
    const sent = goodSignup();
    await post(sent, harness.app, key);
    const codes = [];
    for (let n = 0; n < 11; n += 1)
      codes.push((await post({ ...sent, password: `Wrong-pass${String(n)}` }, harness.app, key)).statusCode);
    expect([codes[0], codes.at(-1)]).toEqual([409, 429]);
    await harness.database.deleteFrom('rateLimits').execute();
  });
});

describe('limits', () => {
  test('S0-5 so many an hour from one address, kept as a hash, before the 409', async () => {
    const app = await harness.another({ config: { ...CONFIG, signup: { enabled: true, perHour: 2 } } });
    const from = (ip: string) =>
      app.inject({
        method: 'POST',
        url: '/api/customers/signup',
        payload: goodSignup({ email: 'limit@example.com' }),
        remoteAddress: ip,
      });
    const codes = [];
    for (let n = 0; n < 3; n += 1) codes.push((await from('192.0.2.7')).statusCode);
    expect(codes).toEqual([201, 409, 429]);
    const refused = await from('192.0.2.7');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.json()).toMatchObject({ code: 'rate_limited' });
    expect((await from('192.0.2.8')).statusCode).toBe(409);
    const rows = await harness.database.selectFrom('rateLimits').select('key').execute();
    expect(JSON.stringify(rows)).not.toContain('192.0.2');
  });

  test('a visitor is one, however many addresses of an IPv6 network or spellings of an IPv4 address they use', async () => {
    const app = await harness.another({ config: { ...CONFIG, signup: { enabled: true, perHour: 1 } } });
    const from = async (remoteAddress: string) => {
      const payload = goodSignup({ email: 'limit@example.com' });
      return (await app.inject({ method: 'POST', url: '/api/customers/signup', payload, remoteAddress })).statusCode;
    };
    expect(await from('2001:db8:1:2::1')).toBe(409);
    expect(await from('2001:db8:1:2:ffff::9')).toBe(429);
    expect(await from('2001:db8:1:3::1')).toBe(409);
    expect(await from('203.0.113.77')).toBe(409);
    expect(await from('::ffff:203.0.113.77')).toBe(429);
  });

  test('M2 whoever writes one mailbox in many ways gets so many an hour into it, from wherever they come', async () => {
    const app = await harness.another({ config: { ...CONFIG, signup: { enabled: true, perHour: 2 } } });
    const from = async (remoteAddress: string, email: string) => {
      const payload = goodSignup({ email });
      return (
        await app.inject({ method: 'POST', url: '/api/customers/signup', payload, remoteAddress })
      ).json<object>();
    };
    const [first, again] = ['flooded+1@example.com', 'Flooded@example.com'];
    expect(await from('192.0.2.21', first)).toMatchObject({ customer: {} });
    expect(await from('192.0.2.22', first)).toMatchObject({ code: 'email_taken' });
    expect(await from('192.0.2.23', again)).toMatchObject({ customer: {} });
    expect(await from('192.0.2.24', 'flooded+2@example.com')).toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('for this mailbox') as string,
    });
    expect(await from('192.0.2.24', 'other+2@example.com')).toMatchObject({ customer: {} });
  });

  test('X-Forwarded-For counts only from a proxy we trust', async () => {
    const app = await harness.another({ config: { ...CONFIG, signup: { enabled: true, perHour: 1 } } });
    const from = async (remoteAddress: string, forwarded: string) => {
      const headers = { 'x-forwarded-for': forwarded };
      const payload = goodSignup({ email: 'limit@example.com' });
      return (await app.inject({ method: 'POST', url: '/api/customers/signup', payload, remoteAddress, headers }))
        .statusCode;
    };
    expect(await from('198.51.100.1', '203.0.113.1')).toBe(409);
    expect(await from('198.51.100.1', '203.0.113.2')).toBe(429);
    expect(await from('10.1.2.3', '203.0.113.3')).toBe(409);
    expect(await from('10.1.2.3', '203.0.113.4')).toBe(409);
  });

  test('S0-8 SIGNUP_ENABLED=false', async () => {
    const app = await harness.another({ config: { ...CONFIG, signup: { enabled: false, perHour: undefined } } });
    const before = await harness.count('customers');
    const reply = await post(goodSignup(), app);
    expect(reply.statusCode).toBe(503);
    expect(reply.json()).toMatchObject({ error: 'Signups are closed', code: 'signup_closed' });
    expect(await harness.count('customers')).toBe(before);
  });
});

test('with Temporal away a signup is stored and started later, once', async () => {
  harness.temporal.down = true;
  const reply = await post(goodSignup());
  expect(reply.statusCode).toBe(201);
  const id = reply.json<Created>().customer.customer_id;
  const workflowId = `customer/${id}`;
  expect(harness.temporal.started.has(workflowId)).toBe(false);
  harness.temporal.down = false;
  expect(await sweepUnstartedCustomers(harness.deps)).toBe(0);
  await harness.database
    .updateTable('customers')
    .set({ createdAt: new Date(Date.now() - 60_000) })
    .where('customerId', '=', id)
    .execute();
  expect(await sweepUnstartedCustomers(harness.deps)).toBe(1);
  expect(harness.temporal.started.get(workflowId)).toMatchObject({
    args: [{ customerId: id, terms: { plan: 'starter' } }],
  });
  expect(await sweepUnstartedCustomers(harness.deps)).toBe(0);
});
