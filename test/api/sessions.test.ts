import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { sql } from 'kysely';
import type { ProvisioningDeps } from '../../activities/provisioning/deps.ts';
import { signOutInstance } from '../../activities/provisioning/sign-out.ts';
import { findAccountByEmail, findSessionsToEnd } from '../../infra/db/repositories/accounts.ts';
import { endSession, entriesToEnd, insertSession, nameEntry } from '../../infra/db/repositories/sessions.ts';
import { hashToken } from '../../infra/tokens.ts';
import { revokeAccess } from '../../infra/db/repositories/access.ts';
import { eraseCustomer } from '../../activities/accounts/ending.ts';
import { endInstanceSessions } from '../../infra/temporal/instance-sign-out.ts';
import { createApiHarness, member, staff, staffSession, type ApiHarness, type Member } from './harness.ts';
import { eventually } from '../support/eventually.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
let origin: string;
beforeAll(async () => {
  harness = await createApiHarness();
  origin = await harness.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.temporal.answers = [() => ({ accepted: true })];
});

const status = async (app: ApiHarness['app'], url: string, headers: object = {}) =>
  (await app.inject({ url, headers: { ...headers } })).statusCode;
const rotated = (tokens: object) =>
  harness.another({ config: { ...harness.deps.config, api: { ...harness.deps.config.api, ...tokens } } });

describe('a session of the staff', () => {
  test.each([
    ['operator', { staffToken: 'another-staff-token' }],
    ['support', { supportToken: 'another-support-token' }],
    ['support', { supportToken: undefined }],
  ] as const)('of %s ends when its token is another one or none', async (role, change) => {
    const headers = await staffSession(harness, role);
    const after = await rotated(change);
    expect(await status(harness.app, '/console', headers)).toBe(200);
    expect(await status(after, '/api/admin/customers', headers)).toBe(401);
    expect(await status(after, '/console', headers)).toBe(303);
  });

  test('outlives a change of the token it was not made with', async () => {
    const headers = await staffSession(harness, 'support');
    expect(await status(await rotated({ staffToken: 'another-staff-token' }), '/console', headers)).toBe(200);
  });

  test('ends with all the others by one audited command; the tokens stay good', async () => {
    const sessions = await Promise.all([staffSession(harness, 'support'), staffSession(harness, 'operator')]);
    const { headers } = await member(harness);
    const order = { method: 'POST', url: '/api/admin/staff/sign-out', payload: { reason: 'laptop lost' } } as const;
    expect((await harness.app.inject({ ...order, headers: sessions[0] })).statusCode).toBe(403);
    const reply = await harness.app.inject({ ...order, headers: staff });
    expect(reply.json<{ sessions_ended: number }>().sessions_ended).toBeGreaterThanOrEqual(2);
    for (const session of sessions) expect(await status(harness.app, '/console', session)).toBe(303);
    expect(await status(harness.app, '/me', headers)).toBe(200);
    const audited = harness.database.selectFrom('auditEvents').select(['actor', 'reason']);
    expect(await audited.where('action', '=', 'staff.signed_out_all').execute()).toEqual([
      { actor: 'staff:token', reason: 'laptop lost' },
    ]);
  });
});

test('of a customer opens no page of the staff, nor the other way round: both are led to where they can sign in', async () => {
  const { headers: customer } = await member(harness);
  const opened = async (url: string, headers: object) =>
    (await harness.app.inject({ url, headers: { ...headers } })).headers.location;
  expect(await opened('/console', customer)).toMatch(/^\/console\/login/);
  expect(await opened('/account', await staffSession(harness, 'support'))).toMatch(/^\/login/);
});

describe("a customer's sessions", () => {
  const login = ({ email }: { readonly email: string }) =>
    harness.app.inject({ method: 'POST', url: '/api/customers/login', payload: { email, password: 'Abcdefg1' } });

  test('end with the order to erase, all of them, and nobody signs in any more', async () => {
    const own = await member(harness);
    const other = (await login(own)).json<{ token: string }>().token;
    const headers = { authorization: `Bearer ${other}` };
    await harness.app.inject({
      ...{ method: 'POST', url: `/api/admin/customers/${own.customerId}/erase`, headers: staff },
      payload: { reason: 'asked for', confirm: own.customerId },
    });
    for (const session of [own.headers, headers]) expect(await status(harness.app, '/me', session)).toBe(401);
    expect((await login(own)).statusCode).toBe(401);
  });

  test('stay when the erasure is refused', async () => {
    const own = await member(harness);
    harness.temporal.refuse('Not now.');
    const url = `/api/admin/customers/${own.customerId}/erase`;
    await harness.app.inject({
      method: 'POST',
      url,
      headers: staff,
      payload: { reason: 'asked for', confirm: own.customerId },
    });
    expect(await status(harness.app, '/me', own.headers)).toBe(200);
  });

  test.each([
    ['the customer has left', (id: string) => revokeAccess(harness.database, id)],
    ['the customer is erased', (id: string) => eraseCustomer(harness.database, { customerId: id })],
  ])('end when %s', async (_what, end) => {
    const own = await member(harness);
    await end(own.customerId);
    expect(await status(harness.app, '/me', own.headers)).toBe(401);
  });

  test('do not come to be by a sign-in that was under way when all were ended', async () => {
    const own = await member(harness);
    const { sessionVersion } = (await findAccountByEmail(harness.database, own.email)) ?? { sessionVersion: 0 };
    await revokeAccess(harness.database, own.customerId);
    const token = randomUUID();
    const owner = { customerId: own.customerId, sessionVersion };
    await insertSession(harness.database, { tokenHash: hashToken(token), owner, absoluteSeconds: 60 });
    expect(await status(harness.app, '/me', { authorization: `Bearer ${token}` })).toBe(401);
  });
});

describe('what a session has opened in the instance', () => {
  const enter = async (own: Member, headers = own.headers): Promise<string> => {
    const { location } = (await harness.app.inject({ url: '/account/instance', headers })).headers;
    return String(decodeJwt(new URL(String(location)).searchParams.get('token') ?? '')['entry']);
  };
  const signOut = (headers: object) =>
    harness.app.inject({ method: 'POST', url: '/api/customers/logout', headers: { ...headers } });
  /** The requests that the gateway gets when the work that informs it runs. */
  async function told(customerId: string): Promise<object[]> {
    const asked: object[] = [];
    const gateway = createServer((request, response) => {
      void json(request).then((body) => {
        asked.push({ ...(body as object), path: request.url });
        response.writeHead(204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    const { port } = gateway.address() as AddressInfo;
    const tenants = { gatewayControlUrl: `http://127.0.0.1:${String(port)}`, gatewayControlToken: 'x' };
    await signOutInstance({ ...harness.deps, tenants } as unknown as ProvisioningDeps, customerId);
    gateway.close();
    return asked;
  }
  const untold = (customerId: string) => findSessionsToEnd(harness.database, { limit: 1, customerId });

  let own: Member;
  beforeEach(async () => {
    own = await member(harness);
    const served = { phase: 'trial', instanceUrl: 'http://acme.localhost:3180' } as const;
    await harness.database.updateTable('customers').set(served).where('customerId', '=', own.customerId).execute();
    harness.temporal.started.clear();
  });

  test('ends with it, also when Temporal is away then; what others have opened stays', async () => {
    const payload = { email: own.email, password: 'Abcdefg1' };
    const other = await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload });
    const otherEntry = await enter(own, { authorization: `Bearer ${other.json<{ token: string }>().token}` });
    const entry = await enter(own);
    expect(await enter(own)).toBe(entry);
    expect(entry).not.toBe(otherEntry);
    expect(await untold(own.customerId)).toEqual([]);
    harness.temporal.down = true;
    await signOut(own.headers);
    harness.temporal.down = false;
    expect(await status(harness.app, '/me', own.headers)).toBe(401);
    await endInstanceSessions(harness.deps);
    expect([...harness.temporal.started.keys()]).toEqual([`instance-sign-out/${own.customerId}`]);
    const path = `/instances/${own.customerId.replace('cust_', 'customer-cust-')}/sign-out`;
    expect(await told(own.customerId)).toEqual([{ path, version: 1, entries: [entry] }]);
    expect(await untold(own.customerId)).toEqual([]);
  });

  test('ends with it also when it is opened in the moment of the sign-out', async () => {
    const tokenHash = hashToken('leaving');
    const owner = { customerId: own.customerId, sessionVersion: 1 };
    await insertSession(harness.database, { tokenHash, owner, absoluteSeconds: 60 });
    const waits = harness.database
      .selectFrom(sql<{ waitEventType: string }>`pg_stat_activity`.as('activity'))
      .where('waitEventType', '=', 'Lock')
      .select('waitEventType');
    const { entry, ended } = await harness.database.transaction().execute(async (db) => {
      const named = await nameEntry(db, own.customerId, [tokenHash]);
      const ending = endSession(harness.database, tokenHash);
      await eventually('the sign-out to wait', async () => (await waits.execute()).length > 0);
      return { entry: named, ended: ending };
    });
    expect(await ended).toEqual({ customerId: own.customerId });
    expect(await entriesToEnd(harness.database, own.customerId, 9)).toEqual([entry]);
  });

  test('ends at once while Temporal is there; for nothing opened nobody is told', async () => {
    const { headers } = own;
    await enter(own);
    await signOut(headers);
    expect([...harness.temporal.started.keys()]).toEqual([`instance-sign-out/${own.customerId}`]);
    const nothing = await member(harness);
    harness.temporal.started.clear();
    await signOut(nothing.headers);
    expect(harness.temporal.started.size).toBe(0);
  });
});

describe('a live page', () => {
  const listen = (headers: Record<string, string>, path = '/onboarding/events') =>
    fetch(`${origin}${path}`, { headers: { ...headers, accept: 'text/event-stream' } });

  test('ends soon after its session, without being asked', async () => {
    const own = await member(harness);
    const reply = await listen(own.headers);
    expect(reply.status).toBe(200);
    await revokeAccess(harness.database, own.customerId);
    // This ends only when the stream does: a stream that stayed open would make the test time out.
    await reply.text();
  }, 20_000);

  test('is one of few that a customer may have open, however often they sign in', async () => {
    const own = await member(harness);
    const payload = { email: own.email, password: 'Abcdefg1' };
    const again = await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload });
    const headers = [own.headers, { authorization: `Bearer ${again.json<{ token: string }>().token}` }];
    const replies = [];
    for (let n = 0; n < 13; n += 1) replies.push(await listen(headers[n % 2] ?? own.headers));
    expect(replies.map((reply) => reply.status)).toEqual([...Array.from({ length: 12 }, () => 200), 429]);
    const others = await listen((await member(harness)).headers);
    expect(others.status).toBe(200);
    await Promise.all([...replies.slice(0, 12), others].map(async (reply) => reply.body?.cancel()));
  });
});

test('replies with personal data or a token are not stored by anybody on the way; files for browsers may be', async () => {
  const own = await member(harness);
  const payload = { email: own.email, password: 'Abcdefg1' };
  const replies = [
    await harness.app.inject({ url: '/me', headers: own.headers }),
    await harness.app.inject({ url: '/me' }),
    await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload }),
    await harness.app.inject({ url: `/api/admin/customers/${own.customerId}`, headers: staff }),
    await new Browser(harness.app).get('/login'),
  ];
  for (const reply of replies) expect(reply.headers['cache-control']).toBe('no-store');
  expect((await harness.app.inject({ url: '/assets/tenure.css' })).headers['cache-control']).toBe('public, max-age=0');
});
