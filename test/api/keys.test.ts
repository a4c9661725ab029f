import { makeApiKey, replaceApiKey, revealApiKey } from '../../api/accounts/api-keys.ts';
import { closeAccount, endWaysInByMail } from '../../infra/db/repositories/access.ts';
import { insertLinks } from '../../infra/db/repositories/one-time-links.ts';
import { newCustomerId } from '../../infra/input/ids.ts';
import { newToken, hashToken } from '../../infra/tokens.ts';
import { createApiHarness, member, staff, supporter, sweptLater, type ApiHarness, type Member } from './harness.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  own = await member(harness);
  harness.temporal.started.clear();
});

interface Made {
  readonly key_id: string;
  readonly api_key: string;
}
const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, headers: object = own.headers) =>
  harness.app.inject({ method, url, headers: { ...headers }, ...(payload && { payload }) });
const made = async (name = 'Nightly report'): Promise<Made> =>
  (await ask('POST', '/me/api-keys', { name })).json<Made>();
const works = async (key: string): Promise<boolean> =>
  (await harness.app.inject({ url: '/me', headers: { authorization: `Bearer ${key}` } })).statusCode === 200;
const listed = async () =>
  (await ask('GET', '/me/api-keys')).json<{
    api_keys: { key_id: string; name: string; last_used_at: string | null; revoked_at: string | null }[];
  }>().api_keys;
const audited = (action: string) =>
  harness.database
    .selectFrom('auditEvents')
    .select(['actor', 'reason', 'details'])
    .where('customerId', '=', own.customerId)
    .where('action', '=', action)
    .execute();
async function signedIn(): Promise<Browser> {
  const browser = new Browser(harness.app);
  await browser.get('/login');
  await browser.post('/login', { email: own.email, password: 'Abcdefg1' });
  await browser.get('/account');
  return browser;
}
const keyOn = (body: string): string => /tenure_\w{36}/.exec(body)?.[0] ?? '';

describe('by the customer, over the API', () => {
  test.each([
    [
      'the password was changed',
      () => ask('POST', '/me/password', { old_password: 'Abcdefg1', new_password: 'Changed-pass1' }),
    ],
    ['an erasure was ordered', () => harness.database.transaction().execute((db) => closeAccount(db, own.customerId))],
    [
      'the address was corrected',
      () => harness.database.transaction().execute((db) => endWaysInByMail(db, own.customerId)),
    ],
  ])('no key is made after %s by whoever was let in before', async (_what, end) => {
    const { key_id } = await made();
    const session = { customerId: own.customerId, sessionVersion: 1 };
    await end();
    await expect(makeApiKey(harness.database, session, { name: 'late' })).rejects.toMatchObject({ statusCode: 401 });
    await expect(replaceApiKey(harness.database, session, key_id)).rejects.toMatchObject({ statusCode: 401 });
  });

  test('a key of a closed account lets nobody in, however it came to be', async () => {
    const key = await made();
    await harness.database.transaction().execute((db) => closeAccount(db, own.customerId));
    await harness.database.updateTable('apiKeys').set({ revokedAt: null }).where('keyId', '=', key.key_id).execute();
    expect(await works(key.api_key)).toBe(false);
  });

  test('a key is made and shown once, listed with its last use, and revoked', async () => {
    const { key_id, api_key } = await made();
    expect(api_key).toMatch(/^tenure_\w{36}$/);
    expect(await listed()).toMatchObject([{ key_id, name: 'Nightly report', last_used_at: null, revoked_at: null }]);
    expect(JSON.stringify(await listed())).not.toContain(api_key);
    expect(await works(api_key)).toBe(true);
    expect((await listed())[0]?.last_used_at).not.toBeNull();
    expect((await ask('DELETE', `/me/api-keys/${key_id}`)).json()).toEqual({ revoked: true });
    expect(await works(api_key)).toBe(false);
    expect((await listed())[0]?.revoked_at).not.toBeNull();
    expect((await ask('DELETE', `/me/api-keys/${key_id}`)).statusCode).toBe(404);
    expect(await audited('api_key.created')).toHaveLength(1);
    expect(await audited('api_key.revoked')).toMatchObject([
      { actor: 'customer', details: { prefix: api_key.slice(0, 11) } },
    ]);
  });

  test('a key is replaced by another of the same name', async () => {
    const old = await made();
    const anew = (await ask('POST', `/me/api-keys/${old.key_id}/replace`)).json<Made>();
    expect([await works(old.api_key), await works(anew.api_key)]).toEqual([false, true]);
    expect((await listed()).filter(({ revoked_at }) => revoked_at === null)).toMatchObject([
      { name: 'Nightly report' },
    ]);
  });

  test("another customer's key is not there, and a key makes no keys", async () => {
    const { key_id, api_key } = await made();
    const other = await member(harness);
    expect((await ask('DELETE', `/me/api-keys/${key_id}`, undefined, other.headers)).statusCode).toBe(404);
    const key = { authorization: `Bearer ${api_key}` };
    expect((await ask('POST', '/me/api-keys', { name: 'more' }, key)).statusCode).toBe(403);
    expect(await works(api_key)).toBe(true);
  });

  test('made again under one Idempotency-Key it is one key, which was shown', async () => {
    const headers = { ...own.headers, 'idempotency-key': 'one-key' };
    const make = () => ask('POST', '/me/api-keys', { name: 'Once' }, headers);
    const replies = await Promise.all([make(), make()]);
    replies.push(await make());
    expect(replies.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409, 409]);
    const again = replies.at(-1)?.json<{ code: string; message: string }>();
    expect(again).toMatchObject({ code: 'key_used', message: expect.stringContaining('replace it') as string });
    expect(await listed()).toHaveLength(1);
    expect(await audited('api_key.created')).toHaveLength(1);
    const other = await member(harness);
    const theirs = { ...other.headers, 'idempotency-key': 'one-key' };
    expect((await ask('POST', '/me/api-keys', { name: 'Once' }, theirs)).statusCode).toBe(201);
  });

  test('there is an end to keys', async () => {
    for (let n = 0; n < 20; n += 1) await made(`key ${String(n)}`);
    expect((await ask('POST', '/me/api-keys', { name: 'one more' })).statusCode).toBe(409);
  });
});

test('on the account page a key is made, replaced and revoked', async () => {
  const browser = await signedIn();
  const key = keyOn((await browser.post('/account/keys', { name: 'By hand' })).body);
  expect(await works(key)).toBe(true);
  const page = await browser.get('/account');
  expect(page.body).toContain('By hand');
  expect(page.body).not.toContain(key);
  const [, key_id = ''] = /name="key_id" value="([^"]+)"/.exec(page.body) ?? [];
  const anew = keyOn((await browser.post('/account/keys/replace', { key_id })).body);
  expect([await works(key), await works(anew)]).toEqual([false, true]);
  const [, next = ''] = /name="key_id" value="([^"]+)"/.exec((await browser.get('/account')).body) ?? [];
  expect((await browser.post('/account/keys/revoke', { key_id: next })).headers['location']).toBe(
    '/account?done=revoked',
  );
  expect(await works(anew)).toBe(false);
  expect((await browser.post('/account/keys', { name: 'a\u202eb' })).statusCode).toBe(422);
  keyOn((await browser.post('/account/keys', { name: ' ' })).body);
  expect((await browser.get('/account')).body).toContain('API key');
});

describe('by support', () => {
  const admin = (command: string) => `/api/admin/customers/${own.customerId}/${command}`;

  test('keys are listed and revoked, with a reason', async () => {
    const { key_id, api_key } = await made();
    const list = await ask('GET', admin('api-keys'), undefined, supporter);
    expect(list.json()).toMatchObject({ api_keys: [{ key_id, name: 'Nightly report' }] });
    expect(list.body).not.toContain(api_key);
    expect((await ask('POST', admin('revoke-key'), { key_id }, supporter)).statusCode).toBe(400);
    expect((await ask('POST', admin('revoke-key'), { key_id, reason: 'leaked' }, supporter)).statusCode).toBe(200);
    expect(await works(api_key)).toBe(false);
    expect(await audited('api_key.revoked')).toMatchObject([{ actor: 'staff:support-token', reason: 'leaked' }]);
  });

  test('a link to a new key is mailed once per order; the one before is used up', async () => {
    const token = newToken();
    const expiresAt = new Date(Date.now() + 60_000);
    await harness.database
      .insertInto('oneTimeLinks')
      .values({ tokenHash: hashToken(token), customerId: own.customerId, purpose: 'reveal_api_key', expiresAt })
      .execute();
    const headers = { ...staff, 'idempotency-key': 'one-order' };
    for (let n = 0; n < 2; n += 1)
      expect((await ask('POST', admin('send-key-link'), { reason: 'asked' }, headers)).statusCode).toBe(200);
    expect([...harness.temporal.started.values()]).toMatchObject([
      { name: 'accountMail', args: [{ customerId: own.customerId, mail: 'apiKeyLink' }] },
    ]);
    expect((await harness.app.inject({ url: `/reveal/${token}` })).statusCode).toBe(410);
  });

  test('an order that comes again because its answer was lost leaves the link that it has mailed', async () => {
    const headers = { ...staff, 'idempotency-key': 'lost-answer' };
    const order = () => ask('POST', admin('send-key-link'), { reason: 'asked' }, headers);
    harness.temporal.down = true;
    expect((await order()).statusCode).toBe(200);
    harness.temporal.down = false;
    expect(await sweptLater(harness, own)).toMatchObject([{ name: 'owedMail' }]);
    const token = newToken();
    const row = { tokenHash: hashToken(token), purpose: 'reveal_api_key', lifeSeconds: 60 } as const;
    await insertLinks(harness.database, own, [row]);
    expect((await order()).statusCode).toBe(200);
    expect(await revealApiKey(harness.database, token)).toMatch(/^tenure_/);
  });

  test('the console offers both', async () => {
    await made();
    const page = await harness.app.inject({ url: `/console/customers/${own.customerId}`, headers: supporter });
    expect(page.body).toContain('/revoke-key"');
    expect(page.body).toContain('/send-key-link"');
    expect(page.body).toContain('Nightly report');
  });
});

describe('the password', () => {
  const NEW = 'Changed-pass1';
  const change = (old_password: string, new_password: string, more: object = {}) =>
    ask('POST', '/me/password', { old_password, new_password, ...more });
  const login = async (password: string) =>
    (await ask('POST', '/api/customers/login', { email: own.email, password }, {})).statusCode;

  test('is changed by a person who knows the old one; every other session ends; keys stay unless asked', async () => {
    const { api_key } = await made();
    expect((await change('Wrong-pass1', NEW)).statusCode).toBe(403);
    expect((await change('Abcdefg1', 'short')).statusCode).toBe(400);
    const { token } = (await change('Abcdefg1', NEW)).json<{ token: string }>();
    expect((await ask('GET', '/me')).statusCode).toBe(401);
    expect((await ask('GET', '/me', undefined, { authorization: `Bearer ${token}` })).statusCode).toBe(200);
    expect([await login('Abcdefg1'), await login(NEW)]).toEqual([401, 200]);
    expect(await works(api_key)).toBe(true);
    expect(await audited('password.changed')).toHaveLength(1);
    expect([...harness.temporal.started.values()]).toMatchObject([{ args: [{ mail: 'passwordChanged' }] }]);
  });

  test('changed while Temporal is away, is told to its owner later', async () => {
    harness.temporal.down = true;
    expect((await change('Abcdefg1', NEW)).statusCode).toBe(200);
    harness.temporal.down = false;
    expect(await sweptLater(harness, own)).toMatchObject([
      { name: 'owedMail', args: [{ customerId: own.customerId, emailId: expect.any(String) as string }] },
    ]);
  });

  test('of two changes at once by the same old password one is made, and the other is told that it is wrong', async () => {
    const replies = await Promise.all(['First-pass1', 'Second-pass2'].map((wanted) => change('Abcdefg1', wanted)));
    expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([200, 403]);
    expect(await audited('password.changed')).toHaveLength(1);
  });

  test('and with it the keys, if asked; on the page too', async () => {
    const { api_key } = await made();
    const browser = await signedIn();
    const reply = await browser.post('/account/password', {
      ...{ old_password: 'Abcdefg1', new_password: NEW, revoke_keys: 'yes' },
    });
    expect(reply.headers['location']).toBe('/account?done=password');
    expect((await browser.get('/account')).statusCode).toBe(200);
    expect(await works(api_key)).toBe(false);
  });

  test('a box that says neither yes nor nothing changes nothing', async () => {
    const { api_key } = await made();
    const browser = await signedIn();
    const form = { old_password: 'Abcdefg1', new_password: NEW, revoke_keys: 'on' };
    expect((await browser.post('/account/password', form)).statusCode).toBe(400);
    expect(await works(api_key)).toBe(true);
    await signedIn();
  });

  test('changed, it takes the mailed links to keys along with the keys, if asked', async () => {
    const mailed = async () => {
      const token = newToken();
      const row = { tokenHash: hashToken(token), purpose: 'reveal_api_key', lifeSeconds: 60 } as const;
      expect(await insertLinks(harness.database, own, [row])).toBe(true);
      return token;
    };
    const [kept, spent] = [await mailed(), await mailed()];
    const { token } = (await change('Abcdefg1', NEW)).json<{ token: string }>();
    expect(await revealApiKey(harness.database, kept)).toMatch(/^tenure_/);
    const payload = { old_password: NEW, new_password: 'Changed-pass2', revoke_api_keys: true };
    await ask('POST', '/me/password', payload, { authorization: `Bearer ${token}` });
    expect(await revealApiKey(harness.database, spent)).toBeUndefined();
  });

  test('set by a link it takes the keys along if asked', async () => {
    const { api_key } = await made();
    const token = newToken();
    const expiresAt = new Date(Date.now() + 60_000);
    await harness.database
      .insertInto('oneTimeLinks')
      .values({ tokenHash: hashToken(token), customerId: own.customerId, purpose: 'set_password', expiresAt })
      .execute();
    const browser = new Browser(harness.app);
    await browser.get(`/set-password/${token}`);
    await browser.post(`/set-password/${token}`, { password: NEW, revoke_keys: 'yes' });
    expect(await works(api_key)).toBe(false);
  });

  test('guesses from an open session count as at the sign-in', async () => {
    await harness.database.deleteFrom('rateLimits').execute();
    const codes = [];
    for (let n = 0; n < 11; n += 1) codes.push((await change('Wrong-pass1', NEW)).statusCode);
    expect(codes.at(-1)).toBe(429);
    const noted = harness.database.selectFrom('auditEvents').selectAll().where('action', '=', 'password.not_confirmed');
    expect((await noted.where('customerId', '=', own.customerId).execute()).at(-1)).toMatchObject({
      ...{ actor: 'customer', details: { field: 'old_password', origin: '127.0.0.0/24' } },
    });
  });
});

test('a customer who has no password yet confirms the deletion by the name of the company', async () => {
  harness.temporal.answers = [() => ({ accepted: true })];
  const { customerId, headers } = own;
  await harness.database
    .updateTable('accounts')
    .set({ passwordHash: null })
    .where('customerId', '=', customerId)
    .execute();
  const remove = (payload: object) => ask('DELETE', '/me/account', payload, headers);
  expect((await remove({ password: '' })).statusCode).toBe(403);
  expect((await remove({ company_name: 'Another' })).statusCode).toBe(403);
  expect((await remove({ company_name: ' Acme Rockets ' })).statusCode).toBe(202);
});

test('a signup form that is sent twice leads where it led the first time, and makes one account', async () => {
  const browser = new Browser(harness.app);
  await browser.get('/');
  const email = `twice-${newToken().slice(0, 8)}@example.com`.toLowerCase();
  const form = { email, password: 'Abcdefg1', company_name: 'Twice', full_name: '', plan: 'starter' };
  const replies = await Promise.all([browser.post('/signup', form), browser.post('/signup', form)]);
  for (const reply of replies) expect(reply).toMatchObject({ statusCode: 303, headers: { location: '/onboarding' } });
  for (const reply of replies) {
    const cookie = [reply.headers['set-cookie'] ?? []]
      .flat()
      .map((line) => line.split(';')[0])
      .join('; ');
    expect((await harness.app.inject({ url: '/onboarding', headers: { cookie } })).statusCode).toBe(200);
  }
  const accounts = harness.database.selectFrom('customers').select('customerId').where('email', '=', email);
  expect(await accounts.execute()).toHaveLength(1);
  const another = new Browser(harness.app);
  await another.get('/');
  expect((await another.post('/signup', form)).statusCode).toBe(409);
  await browser.get('/login');
  expect((await browser.post('/signup', { ...form, password: 'Another-pass1' })).statusCode).toBe(409);
});

test('support asks for the keys of a customer who is not there: 404, and not that there are none', async () => {
  const url = `/api/admin/customers/${newCustomerId()}/api-keys`;
  expect((await harness.app.inject({ url, headers: staff })).statusCode).toBe(404);
});
