import { createApiHarness, member, STAFF_TOKEN, sweptLater, type ApiHarness, type Member } from './harness.ts';
import { whenceOf } from '../../api/accounts/devices.ts';
import { guessPassword } from '../../api/accounts/guessing.ts';
import { guessesOf } from '../../api/accounts/login-limits.ts';
import { findAccountByEmail } from '../../infra/db/repositories/accounts.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import { subjectOf, trustDevice } from '../../infra/db/repositories/trusted-devices.ts';
import { hashToken } from '../../infra/tokens.ts';
import { Browser } from './browser.ts';
import { eventually } from '../support/eventually.ts';

let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  await harness.database.deleteFrom('rateLimits').execute();
  own = await member(harness);
  harness.temporal.started.clear();
});

/** Requests from different addresses arrive through the trusted proxy. */
const from = (place: string) => ({
  remoteAddress: '10.1.0.1',
  headers: { 'x-forwarded-for': place },
});
const login = async (place: string, password: string, email = own.email) => {
  const payload = { email, password };
  return harness.app.inject({ method: 'POST', url: '/api/customers/login', payload, ...from(place) });
};
const codes = async (count: number, attempt: (n: number) => Promise<{ statusCode: number }>): Promise<number[]> => {
  const seen = [];
  for (let n = 0; n < count; n += 1) seen.push((await attempt(n)).statusCode);
  return seen;
};
const forgot = (place: string, browser: { csrf: string; cookie: string }) =>
  harness.app.inject({
    ...{ method: 'POST', url: '/forgot-password', remoteAddress: '10.1.0.1' },
    headers: {
      ...{ 'x-forwarded-for': place, cookie: browser.cookie },
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: new URLSearchParams({ email: own.email, _csrf: browser.csrf }).toString(),
  });
async function forms(): Promise<{ csrf: string; cookie: string }> {
  const page = await harness.app.inject({ url: '/forgot-password' });
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  return { csrf, cookie: String(page.headers['set-cookie']).split(';')[0] ?? '' };
}

test('ten wrong sign-ins and three requests for a link lock out whoever made them, and not the owner elsewhere', async () => {
  await harness.database.deleteFrom('rateLimits').execute();
  expect(await codes(11, () => login('203.0.113.9', 'Wrong-pass1'))).toEqual([
    ...Array.from({ length: 10 }, () => 401),
    429,
  ]);
  const page = await forms();
  expect(await codes(4, () => forgot('203.0.113.9', page))).toEqual([200, 200, 200, 429]);
  expect((await login('203.0.113.9', 'Abcdefg1')).json()).toMatchObject({
    message: expect.stringContaining('for this account from here') as string,
  });
  expect((await login('198.51.100.7', 'Abcdefg1')).statusCode).toBe(200);
});

test('an owner who asks for a link after others did has one in the mailbox: theirs, or another', async () => {
  const page = await forms();
  await codes(3, () => forgot('203.0.113.9', page));
  await eventually('the mail that others asked for', () => harness.temporal.started.size > 0);
  expect((await forgot('198.51.100.7', page)).statusCode).toBe(200);
  await harness.database.deleteFrom('rateLimits').where('key', 'like', 'forgot-mail:%').execute();
  harness.temporal.started.clear();
  expect((await forgot('198.51.100.7', page)).statusCode).toBe(200);
  await eventually('a mail of their own', () => harness.temporal.started.size === 1);
});

test('a link that is asked for while Temporal is away is mailed later', async () => {
  const page = await forms();
  harness.temporal.down = true;
  await forgot('198.51.100.7', page);
  await eventually('the log', () => harness.log().includes('a mail about a sign-in is sent later'));
  harness.temporal.down = false;
  expect(await sweptLater(harness, own)).toMatchObject([{ name: 'owedMail' }]);
});

test('right sign-ins never count, however many', async () => {
  expect(await codes(30, () => login('198.51.100.7', 'Abcdefg1'))).toEqual(Array.from({ length: 30 }, () => 200));
});

describe('guesses from everywhere', () => {
  const place = (n: number) => `203.0.${String(n)}.1`;
  const guessEverywhere = () => codes(22, (n) => login(place(n), 'Wrong-pass1'));

  test('are slowed down for the account, in other words than those of one place', async () => {
    await harness.database.deleteFrom('rateLimits').execute();
    expect((await guessEverywhere()).slice(-2)).toEqual([429, 429]);
    const { message } = (await login('198.51.100.7', 'Abcdefg1')).json<{ message: string }>();
    expect(message).toContain('for this account.');
  });

  test('do not keep out a place from where the owner has signed in before', async () => {
    expect((await login('198.51.100.7', 'Abcdefg1')).statusCode).toBe(200);
    await guessEverywhere();
    expect((await login('198.51.100.7', 'Abcdefg1')).statusCode).toBe(200);
  });

  test('keep out a place that has signed in with the password of before', async () => {
    expect((await login('198.51.100.7', 'Abcdefg1')).statusCode).toBe(200);
    const payload = { old_password: 'Abcdefg1', new_password: 'Abcdefg2' };
    const change = { method: 'POST', url: '/me/password', payload, headers: own.headers } as const;
    expect((await harness.app.inject(change)).statusCode).toBe(200);
    await guessEverywhere();
    expect((await login('198.51.100.7', 'Abcdefg2')).statusCode).toBe(429);
  });

  test('keep out a place and a browser whose sign-in was under way when the password changed', async () => {
    const before = await findAccountByEmail(harness.database, own.email);
    if (!before) throw new Error('There is no such account.');
    const tried = { name: own.email, sessionVersion: before.sessionVersion };
    const guess = await guessPassword(harness.database, tried, { ip: '198.51.100.7', device: undefined });
    const payload = { old_password: 'Abcdefg1', new_password: 'Abcdefg2' };
    expect(
      (await harness.app.inject({ method: 'POST', url: '/me/password', payload, headers: own.headers })).statusCode,
    ).toBe(200);
    await guess.wasRight();
    const deviceToken = 'a browser';
    await trustDevice(harness.database, { subject: subjectOf(before), tokenHash: hashToken(deviceToken) });
    await guessEverywhere();
    expect((await login('198.51.100.7', 'Abcdefg2')).statusCode).toBe(429);
    const now = await findAccountByEmail(harness.database, own.email);
    const whence = await whenceOf(harness.deps, { ip: '198.51.100.8', deviceToken }, now && subjectOf(now));
    expect(whence.device).toBeUndefined();
  });

  test('do not keep out a browser that has signed in before, wherever it is', async () => {
    const browser = new Browser(harness.app);
    await browser.get('/login');
    await browser.post('/login', { email: own.email, password: 'Abcdefg1' });
    await harness.database.deleteFrom('rateLimits').execute();
    await guessEverywhere();
    await harness.database.deleteFrom('rateLimits').where('key', 'like', 'login-known:%').execute();
    await browser.get('/login');
    const reply = await browser.post('/login', { email: own.email, password: 'Abcdefg1' });
    expect(reply.statusCode).toBe(303);
    const stranger = new Browser(harness.app);
    await harness.database.deleteFrom('rateLimits').where('key', 'like', 'login-known:%').execute();
    await stranger.get('/login');
    expect((await stranger.post('/login', { email: own.email, password: 'Abcdefg1' })).statusCode).toBe(429);
  });
});

test('whoever guesses at many accounts behind the same address does not keep out a browser that its account knows', async () => {
  const browser = new Browser(harness.app);
  await browser.get('/login');
  const signIn = () => browser.post('/login', { email: own.email, password: 'Abcdefg1' });
  expect((await signIn()).statusCode).toBe(303);
  const full = guessesOf({ ip: '127.0.0.1', device: undefined });
  for (let n = 0; n <= full.limit; n += 1) await takeFromBucket(harness.database, full);
  await browser.get('/login');
  expect((await signIn()).statusCode).toBe(303);
  const stranger = new Browser(harness.app);
  await stranger.get('/login');
  expect((await stranger.post('/login', { email: own.email, password: 'Abcdefg1' })).statusCode).toBe(429);
});

test('a proxy that adds the port of the visitor does not make another visitor of each connection', async () => {
  expect((await codes(11, (n) => login(`203.0.113.9:${String(40_000 + n)}`, 'Wrong-pass1'))).at(-1)).toBe(429);
  const origins = await harness.database
    .selectFrom('auditEvents')
    .select('details')
    .where('customerId', '=', own.customerId)
    .where('action', '=', 'sign_in.failed')
    .execute();
  expect(origins.at(-1)?.details).toMatchObject({ origin: '203.0.113.0/24' });
});

test('many guesses at once are as many as one after the other', async () => {
  const replies = await Promise.all(Array.from({ length: 25 }, () => login('203.0.113.9', 'Wrong-pass1')));
  expect(replies.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10);
});

test('the console counts wrong tokens only, and knows its browsers', async () => {
  const known = new Browser(harness.app);
  const signIn = async (browser: Browser, token: string) => {
    await browser.get('/console/login');
    return browser.post('/console/login', { name: 'Ann', token });
  };
  expect(await codes(25, () => signIn(known, STAFF_TOKEN))).toEqual(Array.from({ length: 25 }, () => 303));
  const guesser = new Browser(harness.app);
  expect((await codes(21, () => signIn(guesser, 'wrong'))).at(-1)).toBe(429);
  expect((await signIn(guesser, STAFF_TOKEN)).statusCode).toBe(429);
  expect((await signIn(known, STAFF_TOKEN)).statusCode).toBe(303);
}, 30_000);

describe('a token of the staff sent to the API', () => {
  type Sent = Readonly<Record<string, string>>;
  const place = from('203.0.113.9');
  const send = (url: string, headers: Sent) =>
    harness.app.inject({ url, ...place, headers: { ...place.headers, ...headers } });
  const bearer = (token: string): Sent => ({ authorization: `Bearer ${token}` });
  const failures = () =>
    harness.database
      .selectFrom('auditEvents')
      .selectAll()
      .where('action', '=', 'staff.sign_in_failed')
      .orderBy('auditId')
      .execute();

  test.each<[string, string, (n: number) => Sent]>([
    ['a route of the staff', '/api/admin/customers', (n) => bearer(`wrong-${String(n)}`)],
    ['one of customers', '/me', (n) => bearer(`wrong-${String(n)}`)],
    ['one of both', '/api/customers/:own', (n) => bearer(`wrong-${String(n)}`)],
    ['any, in a cookie', '/me', (n) => ({ cookie: `tenure-staff=wrong-${String(n)}` })],
    ['a route of the staff, as long as a session', '/api/admin/customers', (n) => bearer(String(n).padStart(43, 'x'))],
  ])('is audited at %s as at the console, and shuts nobody out who has the right one', async (_name, url, headers) => {
    const [at, before] = [url.replace(':own', own.customerId), (await failures()).length];
    expect(await codes(22, (n) => send(at, headers(n)))).toEqual(Array.from({ length: 22 }, () => 401));
    expect((await failures()).length - before).toBe(22);
    expect((await failures()).at(-1)?.details).toMatchObject({ method: 'GET', origin: '203.0.113.0/24' });
    expect((await send('/api/admin/customers', bearer(STAFF_TOKEN))).statusCode).toBe(200);
    expect((await send('/me', own.headers)).statusCode).toBe(200);
  });

  test('does not count when it is right, nor do sessions that have ended', async () => {
    const right = Array.from({ length: 25 }, () => send('/api/admin/customers', bearer(STAFF_TOKEN)));
    for (const { statusCode } of await Promise.all(right)) expect(statusCode).toBe(200);
    expect(await codes(25, () => send('/me', bearer('x'.repeat(43))))).toEqual(Array.from({ length: 25 }, () => 401));
    expect((await send('/api/admin/customers', bearer(STAFF_TOKEN))).statusCode).toBe(200);
  });
});

test('a window begins with its first use: of uses at once no more than the limit go through, and none more until it is over', async () => {
  const bucket = { key: 'a-window', limit: 3, windowSeconds: 900 };
  const take = () => takeFromBucket(harness.database, bucket);
  const began = async (secondsAgo: number) => {
    const windowStart = new Date(Date.now() - secondsAgo * 1_000);
    await harness.database.updateTable('rateLimits').set({ windowStart }).where('key', '=', bucket.key).execute();
  };
  const allowed = (await Promise.all(Array.from({ length: 20 }, take))).filter((one) => one.allowed);
  expect(allowed).toHaveLength(3);
  await began(890);
  const last = await take();
  expect(last).toMatchObject({ allowed: false });
  expect(last.retryAfterSeconds).toBeLessThanOrEqual(10);
  await began(901);
  expect(await take()).toEqual({ allowed: true, retryAfterSeconds: 900 });
});
