import { hash } from '@node-rs/argon2';
import bcrypt from 'bcryptjs';
import { STAFF_TOKEN, createApiHarness, goodSignup, member, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

const login = (payload: object, headers: Record<string, string> = {}) =>
  harness.app.inject({ method: 'POST', url: '/api/customers/login', payload, headers });
const me = (headers: Record<string, string>) => harness.app.inject({ url: '/me', headers });

describe('S3-1 login', () => {
  test('the right password opens a session, by token and by cookie', async () => {
    const { customerId, email } = await member(harness);
    const reply = await login({ email: email.toUpperCase(), password: 'Abcdefg1' });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({ customer: { customer_id: customerId, email } });
    const { token } = reply.json<{ token: string }>();
    expect(reply.headers['set-cookie']).toMatch(
      /^tenure-customer=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect((await me({ authorization: `Bearer ${token}` })).json()).toMatchObject({ customer_id: customerId });
    expect((await me({ cookie: `tenure-customer=${token}` })).statusCode).toBe(200);
    const rows = await harness.database.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test('over https the cookie is Secure and bound to the host', async () => {
    const config = {
      ...harness.deps.config,
      api: { ...harness.deps.config.api, publicUrl: 'https://portal.example.com' },
    };
    const app = await harness.another({ config });
    const { email } = await member(harness);
    const payload = { email, password: 'Abcdefg1' };
    const reply = await app.inject({ method: 'POST', url: '/api/customers/login', payload });
    expect(reply.headers['set-cookie']).toMatch(/^__Host-tenure-customer=.*; Secure/);
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
  });

  test('a wrong password and an unknown address are told alike', async () => {
    const { email } = await member(harness);
    const wrong = await login({ email, password: 'Wrong-pass1' });
    const unknown = await login({ email: 'nobody@example.com', password: 'Abcdefg1' });
    const odd = await login({ email: 'not an address', password: 'Abcdefg1' });
    for (const reply of [wrong, unknown, odd]) {
      expect(reply.statusCode).toBe(401);
      expect(reply.body).toBe(wrong.body);
    }
  });

  test('guesses at one account are limited', async () => {
    const { email } = await member(harness);
    const codes = [];
    for (let n = 0; n < 11; n += 1) codes.push((await login({ email, password: 'Wrong-pass1' })).statusCode);
    expect(codes.at(-1)).toBe(429);
    expect((await login({ email, password: 'Abcdefg1' })).statusCode).toBe(429);
  });

  test('a password is the same in every Unicode spelling; a hash of before that still verifies and is replaced', async () => {
    const [composed, decomposed] = ['Crème brûlée 1'.normalize('NFC'), 'Crème brûlée 1'.normalize('NFD')];
    const { customerId, email } = await member(harness, { password: composed });
    expect((await login({ email, password: decomposed })).statusCode).toBe(200);
    expect((await login({ email, password: composed })).statusCode).toBe(200);
    const asTyped = await hash(decomposed);
    await harness.database
      .updateTable('accounts')
      .set({ passwordHash: asTyped })
      .where('customerId', '=', customerId)
      .execute();
    expect((await login({ email, password: composed })).statusCode).toBe(401);
    expect((await login({ email, password: decomposed })).statusCode).toBe(200);
    expect((await login({ email, password: composed })).statusCode).toBe(200);
  });

  test('a bcrypt hash verifies and becomes argon2id (S1-3)', async () => {
    const { customerId, email } = await member(harness);
    const passwordHash = await bcrypt.hash('Older-pass1', 10);
    await harness.database.updateTable('accounts').set({ passwordHash }).where('customerId', '=', customerId).execute();
    const hash = async () =>
      (
        await harness.database
          .selectFrom('accounts')
          .select('passwordHash')
          .where('customerId', '=', customerId)
          .executeTakeFirstOrThrow()
      ).passwordHash;
    expect((await login({ email, password: 'Abcdefg1' })).statusCode).toBe(401);
    expect(await hash()).toBe(passwordHash);
    expect((await login({ email, password: 'Older-pass1' })).statusCode).toBe(200);
    expect(await hash()).toMatch(/^\$argon2id\$/);
    expect((await login({ email, password: 'Older-pass1' })).statusCode).toBe(200);
  });
});

test('a password of which bcrypt saw only the beginning goes on to be verified by bcrypt', async () => {
  const { customerId, email } = await member(harness);
  const password = `Older-pass1${'x'.repeat(70)}`;
  const passwordHash = await bcrypt.hash(password, 4);
  await harness.database.updateTable('accounts').set({ passwordHash }).where('customerId', '=', customerId).execute();
  expect((await login({ email, password: `${password.slice(0, -1)}!` })).statusCode).toBe(200);
  expect((await login({ email, password })).statusCode).toBe(200);
});

test.each(['garbage', '$2x$10$abc', ''])(
  'the hash %p, which cannot be read, is nobody’s password',
  async (passwordHash) => {
    const { customerId, email } = await member(harness);
    await harness.database.updateTable('accounts').set({ passwordHash }).where('customerId', '=', customerId).execute();
    expect((await login({ email, password: 'Abcdefg1' })).statusCode).toBe(401);
  },
);

describe('sessions', () => {
  test('signing in again ends the session the browser had', async () => {
    const { email, token } = await member(harness);
    await login({ email, password: 'Abcdefg1' }, { cookie: `tenure-customer=${token}` });
    expect((await me({ authorization: `Bearer ${token}` })).statusCode).toBe(401);
  });

  test('signing out ends it, and doing so again is fine', async () => {
    const { headers } = await member(harness);
    const logout = () => harness.app.inject({ method: 'POST', url: '/api/customers/logout', headers });
    expect((await logout()).statusCode).toBe(200);
    expect((await me(headers)).statusCode).toBe(401);
    expect((await logout()).statusCode).toBe(200);
  });

  test.each([
    ['idle for too long', { lastSeenAt: new Date(Date.now() - 3 * 86_400_000) }],
    ['older than its absolute limit', { expiresAt: new Date(Date.now() - 1_000) }],
  ])('one that is %s is over', async (_name, change) => {
    const { customerId, headers } = await member(harness);
    expect((await me(headers)).statusCode).toBe(200);
    await harness.database.updateTable('sessions').set(change).where('customerId', '=', customerId).execute();
    expect((await me(headers)).statusCode).toBe(401);
  });

  test.each(['Bearer nonsense', 'Bearer ', 'Basic YTpi', `Bearer ${STAFF_TOKEN}x`, 'nonsense'])(
    '%p is nobody',
    async (authorization) => {
      expect((await me({ authorization })).statusCode).toBe(401);
    },
  );
});

test('S2-4 entitlements: what is stored, and none without a record', async () => {
  const { customerId, headers } = await member(harness);
  const rights = () => harness.app.inject({ url: '/me/entitlements', headers });
  const until = new Date('2027-01-01T00:00:00Z');
  await harness.database
    .updateTable('entitlements')
    .set({ status: 'active', plan: 'price_1', currentPeriodEnd: until })
    .where('customerId', '=', customerId)
    .execute();
  expect((await rights()).json()).toMatchObject({
    status: 'active',
    plan: 'price_1',
    current_period_end: until.getTime() / 1000,
  });
  await harness.database.deleteFrom('entitlements').where('customerId', '=', customerId).execute();
  const reply = await rights();
  expect(reply.statusCode).toBe(200);
  expect(reply.json()).toMatchObject({ status: 'none', plan: null, current_period_end: null });
  expect((await harness.app.inject({ url: '/me/entitlements' })).statusCode).toBe(401);
});

test('S3-6 S4-17: the deployment in the words and shape of Kubernetes and Helm', async () => {
  const { customerId, headers } = await member(harness, goodSignup());
  const status = () => harness.app.inject({ url: `/api/customers/${customerId}/deployment/status`, headers });
  expect((await status()).json()).toEqual({
    customer: { deploymentStatus: 'pending', instanceUrl: null, deployedAt: null, deploymentError: null },
    helm: { status: 'absent', version: 0, lastDeployed: null },
    pods: [],
  });
  const endedAt = new Date('2026-11-21T10:00:00Z');
  await harness.database
    .insertInto('stacks')
    .values({
      customerId,
      stackName: customerId,
      target: 'local',
      status: 'ready',
      version: 2,
      lastResult: 'succeeded',
      endedAt,
      progress: JSON.stringify([
        { resource: 'TenantDatabase database', state: 'created' },
        { resource: 'TenantRole role', state: 'creating' },
      ]),
    })
    .execute();
  const words = {
    pending: 'pending',
    provisioning: 'deploying',
    ready: 'deployed',
    failed: 'failed',
    deleted: 'deleted',
  };
  for (const [ours, theirs] of Object.entries(words)) {
    await harness.database
      .updateTable('customers')
      .set({ deploymentStatus: ours })
      .where('customerId', '=', customerId)
      .execute();
    expect((await status()).json()).toMatchObject({
      customer: { deploymentStatus: theirs },
      helm: { status: 'succeeded', version: 2, lastDeployed: endedAt.toISOString() },
      pods: [
        { name: 'TenantDatabase database', status: 'created', ready: true },
        { name: 'TenantRole role', status: 'creating', ready: false },
      ],
    });
  }
});
