import fastify from 'fastify';
import type { App } from '../../api/http/app-type.ts';
import { errorHandler } from '../../api/http/plugins/error-handler.ts';
import { access } from '../../api/http/plugins/access.ts';
import { SignupsElsewhere } from '../../api/accounts/signups-elsewhere.ts';
import cookie from '@fastify/cookie';
import { hashToken, newToken } from '../../infra/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { createApiHarness, member, staff, staffSession, supporter, type ApiHarness, type Member } from './harness.ts';

let harness: ApiHarness;
let own: Member;
let other: Member;
let support: Member['headers'];
let apiKey: { readonly authorization: string };

async function mintKey(customerId: string): Promise<string> {
  const token = newToken();
  await harness.database
    .insertInto('oneTimeLinks')
    .values({
      tokenHash: hashToken(token),
      customerId,
      purpose: 'reveal_api_key',
      expiresAt: new Date(Date.now() + 60_000),
    })
    .execute();
  const page = await harness.app.inject({ url: `/reveal/${token}` });
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const headers = {
    cookie: String(page.headers['set-cookie']).split(';')[0] ?? '',
    'content-type': 'application/x-www-form-urlencoded',
  };
  const reply = await harness.app.inject({
    method: 'POST',
    url: `/reveal/${token}`,
    headers,
    payload: new URLSearchParams({ _csrf: csrf }).toString(),
  });
  return /tenure_\w{36}/.exec(reply.body)?.[0] ?? '';
}

beforeAll(async () => {
  harness = await createApiHarness();
  own = await member(harness);
  other = await member(harness);
  support = await staffSession(harness, 'support');
  apiKey = { authorization: `Bearer ${await mintKey(own.customerId)}` };
  harness.temporal.results = { stackLock: () => 'nobody', reconciliation: () => ({ outcomes: [] }) };
  harness.temporal.answers = [
    () => ({
      endsAt: null,
      willRun: [],
      nothingToDo: false,
      checkoutUrl: 'https://x.test',
      trialEndsAt: '2026-12-01T00:00:00.000Z',
      now: '2099-01-01T00:00:00.000Z',
      reached: true,
    }),
  ];
});
afterAll(() => harness.stop());

type Method = 'GET' | 'POST' | 'DELETE';
interface Row {
  readonly route: readonly [Method, string, object?];
  /** The statuses for nobody, another customer, the customer, the customer's API key, support, and an operator. */
  readonly expected: readonly [number, number, number, number, number, number];
}

const reason = { reason: 'because' };
const password = { password: 'Abcdefg1' };
const admin = (command: string, body: object): Row['route'] => ['POST', `/api/admin/customers/:id/${command}`, body];
const UUID = '0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10';
const OPERATOR_ONLY = [401, 403, 403, 403, 403, 200] as const;
const STAFF = [401, 403, 403, 403, 200, 200] as const;
const OWN_READ = [401, 404, 200, 200, 200, 200] as const;
const SELF_READ = [401, 200, 200, 200, 403, 403] as const;
const SELF_CHANGE = [401, 200, 200, 403, 403, 403] as const;

const MATRIX: readonly Row[] = [
  { route: ['GET', '/api/customers/:id'], expected: OWN_READ },
  { route: ['GET', '/api/customers/:id/deployment/status'], expected: OWN_READ },
  { route: ['GET', '/me'], expected: SELF_READ },
  { route: ['GET', '/me/entitlements'], expected: SELF_READ },
  { route: ['POST', '/me/upgrade', { charge: 'now' }], expected: SELF_CHANGE },
  { route: ['POST', '/me/cancel', { when: 'now' }], expected: SELF_CHANGE },
  { route: ['POST', '/me/undo-cancellation'], expected: SELF_CHANGE },
  { route: ['POST', '/me/retry-onboarding'], expected: SELF_CHANGE },
  { route: ['GET', '/api/admin/customers'], expected: STAFF },
  { route: ['GET', '/api/admin/customers/:id'], expected: STAFF },
  { route: ['GET', '/api/admin/differences'], expected: STAFF },
  { route: ['GET', '/api/admin/outages'], expected: STAFF },
  { route: ['GET', '/api/admin/events'], expected: STAFF },
  { route: ['GET', '/api/admin/events/evt_1'], expected: [401, 403, 403, 403, 404, 404] },
  { route: ['POST', '/api/admin/events/evt_1/redrive', reason], expected: [401, 403, 403, 403, 403, 404] },
  { route: admin('replay', reason), expected: STAFF },
  { route: admin('extend-trial', { days: 3, ...reason }), expected: STAFF },
  { route: admin('undo-cancellation', reason), expected: STAFF },
  { route: admin('abandon', reason), expected: OPERATOR_ONLY },
  { route: admin('unlock', reason), expected: OPERATOR_ONLY },
  // There is nothing to refund, and only an operator learns that.
  { route: admin('refund', reason), expected: [401, 403, 403, 403, 403, 409] },
  // Nor is there a stack to adopt.
  { route: admin('adopt-stack', reason), expected: [401, 403, 403, 403, 403, 409] },
  { route: admin('mend', reason), expected: OPERATOR_ONLY },
  // The alert and the mail do not exist.
  { route: admin('dismiss-alert', { alert_id: UUID, ...reason }), expected: [401, 403, 403, 403, 404, 404] },
  { route: admin('resend-mail', { email_id: UUID, ...reason }), expected: [401, 403, 403, 403, 403, 404] },
  { route: admin('cancel', { when: 'now', ...reason }), expected: OPERATOR_ONLY },
  { route: admin('advance', { to: '2099-01-01T00:00:00.000Z' }), expected: OPERATOR_ONLY },
];

test.each(MATRIX.map((row) => [`${row.route[0]} ${row.route[1]}`, row] as const))(
  '%s',
  async (_name, { route, expected }) => {
    const [method, path, body] = route;
    const callers = [{}, other.headers, own.headers, apiKey, support, staff];
    const statuses = [];
    for (const headers of callers) {
      const reply = await harness.app.inject({
        method,
        url: path.replace(':id', own.customerId),
        headers,
        ...(body && { payload: body }),
      });
      statuses.push(reply.statusCode);
    }
    expect(statuses).toEqual(expected);
  },
);

test('POST /api/admin/customers/:id/erase', async () => {
  const { customerId, headers } = await member(harness);
  const statuses = [];
  for (const caller of [{}, other.headers, headers, apiKey, support, staff]) {
    const [method, path, payload] = admin('erase', { ...reason, confirm: customerId });
    const url = path.replace(':id', customerId);
    statuses.push((await harness.app.inject({ method, url, headers: caller, payload: payload ?? {} })).statusCode);
  }
  expect(statuses).toEqual(OPERATOR_ONLY);
});

/** Every route of the app with its method, from the router itself. */
function routes(): { readonly method: Method; readonly path: string }[] {
  const levels: string[] = [];
  return harness.app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
      if (part === '') return [];
      levels.length = indent.length / 4;
      levels.push(part);
      return methods.split(', ').map((method) => ({ method: method as Method, path: levels.join('') }));
    });
}

const ALL_TABLES = [
  'customers',
  'accounts',
  'sessions',
  'oneTimeLinks',
  'auditEvents',
  'corrections',
  'emails',
  'licences',
  'replayBatches',
  'stripeEvents',
  'trustedDevices',
] as const;

test('an API key reads only: whatever route it is sent to, nothing changes and no way in is handed out', async () => {
  const { customerId } = await member(harness);
  const key = { authorization: `Bearer ${await mintKey(customerId)}` };
  const url = 'http://acme.localhost:3180';
  await harness.database
    .updateTable('customers')
    .set({ instanceUrl: url })
    .where('customerId', '=', customerId)
    .execute();
  const rows = () => Promise.all(ALL_TABLES.map((table) => harness.database.selectFrom(table).selectAll().execute()));
  const before = await rows();
  const sent = harness.temporal.updates.length + harness.temporal.started.size;
  const walked = routes().filter(({ method }) => ['GET', 'POST', 'DELETE'].includes(method));
  expect(walked.length).toBeGreaterThan(80);
  for (const { method, path } of walked) {
    const target = path.replace(':id', customerId).replace(':token', 'x'.repeat(43)).replace(':order', 'pause');
    const reply = await harness.app.inject({ method, url: target, headers: key });
    expect(`${path} ${String(reply.headers['set-cookie'])}`).not.toMatch(/tenure-customer=\w/);
    expect(`${path} ${String(reply.headers.location)}`).not.toContain('token=');
  }
  expect(await rows()).toEqual(before);
  expect(harness.temporal.updates.length + harness.temporal.started.size).toBe(sent);
  expect((await harness.app.inject({ url: '/account/instance', headers: key })).statusCode).toBe(403);
  expect((await harness.app.inject({ url: '/me', headers: key })).statusCode).toBe(200);
}, 30_000);

test('S2-6 DELETE /me/account: 401 without a token, not with an API key; with the password it erases and signs out', async () => {
  const leaver = await member(harness);
  const url = '/me/account';
  expect((await harness.app.inject({ method: 'DELETE', url })).statusCode).toBe(401);
  expect((await harness.app.inject({ method: 'DELETE', url, headers: apiKey })).statusCode).toBe(403);
  harness.temporal.updates.length = 0;
  for (const payload of [{}, { password: 'Wrong-pass1' }])
    expect((await harness.app.inject({ method: 'DELETE', url, headers: leaver.headers, payload })).statusCode).toBe(
      403,
    );
  expect(harness.temporal.updates).toEqual([]);
  const reply = await harness.app.inject({ method: 'DELETE', url, headers: leaver.headers, payload: password });
  expect(reply.statusCode).toBe(202);
  expect(reply.json()).toMatchObject({ success: true });
  expect(harness.temporal.updates).toMatchObject([
    { workflowId: `customer/${leaver.customerId}`, name: 'eraseAccount' },
  ]);
  expect((await harness.app.inject({ url: '/me', headers: leaver.headers })).statusCode).toBe(401);
});

test('an erasure ends every way in when it is taken, however long its answer takes; not taken, it ends none', async () => {
  const leaver = await member(harness);
  const payload = { email: leaver.email, ...password };
  const elsewhere = await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload });
  const { token } = elsewhere.json<{ token: string }>();
  const seen = async () =>
    (await harness.app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode;
  const erase = () =>
    harness.app.inject({ method: 'DELETE', url: '/me/account', headers: leaver.headers, payload: password });
  const { answers } = harness.temporal;
  harness.temporal.refuse('Not now.');
  expect((await erase()).statusCode).toBe(409);
  expect(await seen()).toBe(200);
  harness.temporal.answers = [
    async () => {
      await eventually('the other session has ended', async () => (await seen()) === 401);
      return { accepted: true };
    },
  ];
  expect((await erase()).statusCode).toBe(202);
  harness.temporal.answers = answers;
});

test.each([
  ['GET', '/me/api-keys', 'An API key cannot do this; sign in instead.'],
  ['POST', '/me/undo-cancellation', 'An API key can read only; sign in to change something.'],
] as const)('an API key is told why it may not %s %s', async (method, url, message) => {
  const reply = await harness.app.inject({ method, url, headers: apiKey, payload: method === 'GET' ? '' : {} });
  expect([reply.statusCode, reply.json<{ message: string }>().message]).toEqual([403, message]);
});

describe('the token of support', () => {
  const cancel = (headers: object) =>
    harness.app.inject({
      method: 'POST',
      url: `/api/admin/customers/${own.customerId}/cancel`,
      payload: { when: 'now', ...reason },
      headers: { ...headers },
    });
  const refusals = () =>
    harness.database.selectFrom('auditEvents').selectAll().where('action', '=', 'access.refused').execute();

  test('reads and replays; what only an operator may is refused and audited, and nothing is sent', async () => {
    expect((await harness.app.inject({ url: '/api/admin/customers', headers: supporter })).statusCode).toBe(200);
    const before = (await refusals()).length;
    harness.temporal.updates.length = 0;
    expect((await cancel(supporter)).statusCode).toBe(403);
    expect(harness.temporal.updates).toEqual([]);
    expect((await refusals()).slice(before)).toMatchObject([
      {
        customerId: own.customerId,
        actor: 'staff:support-token',
        details: { role: 'support', method: 'POST', route: '/api/admin/customers/:id/cancel' },
      },
    ]);
  });

  test('a customer who tries it is not recorded in the audit trail', async () => {
    const before = (await refusals()).length;
    expect((await cancel(own.headers)).statusCode).toBe(403);
    expect((await refusals()).length).toBe(before);
  });

  test('opens nothing where none is set', async () => {
    const api = { ...harness.deps.config.api, supportToken: undefined };
    const app = await harness.another({ config: { ...harness.deps.config, api } });
    for (const headers of [supporter, { authorization: 'Bearer undefined' }])
      expect((await app.inject({ url: '/api/admin/customers', headers })).statusCode).toBe(401);
  });
});

test('every route of the app has an access; one without is closed to everybody', async () => {
  const app: App = fastify();
  errorHandler(app);
  await app.register(cookie);
  access(app, harness.deps, new SignupsElsewhere(harness.deps));
  app.get('/forgotten', () => 'secret');
  for (const headers of [{}, own.headers, staff]) {
    const reply = await app.inject({ url: '/forgotten', headers });
    expect(reply.statusCode).toBe(403);
    expect(reply.body).not.toContain('secret');
  }
  await app.close();
});

describe('requests from other sites', () => {
  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a tenant beside us', { 'sec-fetch-site': 'same-site' }, 403],
    ['another origin, of an older browser', { origin: 'https://evil.example' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['our own pages', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:80' }, 200],
    ['no browser', {}, 200],
  ])('%s', async (_name, headers, status) => {
    const cookies = { 'tenure-customer': own.token };
    const payload = { when: 'now' };
    const reply = await harness.app.inject({ method: 'POST', url: '/me/cancel', payload, cookies, headers });
    expect(reply.statusCode).toBe(status);
  });
});
