import { hashToken, newToken } from '../../infra/tokens.ts';
import { eventually } from '../support/eventually.ts';
import { createApiHarness, member, type ApiHarness, type Member } from './harness.ts';
import { Browser } from './browser.ts';

// The link for the first password works once and not for long, and only its hash is stored.
let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  own = await member(harness);
  harness.temporal.started.clear();
  await harness.database.deleteFrom('rateLimits').execute();
});

const MINUTE = 60_000;
const NEW_PASSWORD = 'Brand-new-pass1';

async function link(expiresAt = new Date(Date.now() + MINUTE), purpose = 'set_password'): Promise<string> {
  const token = newToken();
  const row = { tokenHash: hashToken(token), customerId: own.customerId, purpose, expiresAt };
  await harness.database.insertInto('oneTimeLinks').values(row).execute();
  return token;
}
async function opened(token: string): Promise<Browser> {
  const browser = new Browser(harness.app);
  await browser.get(`/set-password/${token}`);
  return browser;
}
async function login(password: string): Promise<number> {
  const payload = { email: own.email, password };
  return (await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload })).statusCode;
}
const mails = (): unknown[] =>
  [...harness.temporal.started.values()].map((started) => (started as { args: unknown[] }).args[0]);
describe('the link', () => {
  test('is not used up by looking; the form sets the password, signs in, and works once', async () => {
    const token = await link();
    for (let n = 0; n < 3; n += 1) {
      const reply = await harness.app.inject({ url: `/set-password/${token}` });
      expect(reply.statusCode).toBe(200);
      expect(reply.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    }
    const browser = await opened(token);
    const reply = await browser.post(`/set-password/${token}`, { password: NEW_PASSWORD });
    expect(reply).toMatchObject({ statusCode: 303, headers: { location: '/account?done=password' } });
    expect((await browser.get('/account?done=password')).body).toContain('Your password is set.');
    const noted = harness.database.selectFrom('auditEvents').select('details').where('action', '=', 'sign_in.ok');
    const signIns = await noted.where('customerId', '=', own.customerId).execute();
    expect(signIns).toContainEqual({ details: { by: 'link', origin: '127.0.0.0/24' } });
    expect(await login(NEW_PASSWORD)).toBe(200);
    expect(await login('Abcdefg1')).toBe(401);
    expect((await browser.get(`/set-password/${token}`)).statusCode).toBe(410);
    const again = await browser.post(`/set-password/${token}`, { password: 'Another-pass1' });
    expect(again.statusCode).toBe(410);
    expect(again.body).toContain('href="/forgot-password"');
    expect(await login(NEW_PASSWORD)).toBe(200);
  });

  test('is stored as a hash, the password as argon2id, and neither is in a log or in Temporal', async () => {
    const token = await link();
    await (await opened(token)).post(`/set-password/${token}`, { password: NEW_PASSWORD });
    const { customerId } = own;
    const { passwordHash } = await harness.database
      .selectFrom('accounts')
      .select('passwordHash')
      .where('customerId', '=', customerId)
      .executeTakeFirstOrThrow();
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    const told = `${harness.log()}${JSON.stringify([...harness.temporal.started])}`;
    expect(harness.log()).toContain('/set-password/:token');
    for (const secret of [token, hashToken(token), NEW_PASSWORD]) expect(told).not.toContain(secret);
  });

  test('ends every session there was, and every other such link; the owner is told by mail', async () => {
    const other = await link();
    const token = await link();
    const me = () => harness.app.inject({ url: '/me', headers: own.headers });
    expect((await me()).statusCode).toBe(200);
    await (await opened(token)).post(`/set-password/${token}`, { password: NEW_PASSWORD });
    expect((await me()).statusCode).toBe(401);
    expect((await harness.app.inject({ url: `/set-password/${other}` })).statusCode).toBe(410);
    expect(mails()).toEqual([
      { customerId: own.customerId, mail: 'passwordChanged', key: expect.any(String) as string },
    ]);
  });

  test('two at once: one wins, and the other changes nothing', async () => {
    const token = await link();
    const [one, two] = [await opened(token), await opened(token)];
    const replies = await Promise.all([
      one.post(`/set-password/${token}`, { password: 'First-pass1' }),
      two.post(`/set-password/${token}`, { password: 'Second-pass2' }),
    ]);
    const codes = replies.map(({ statusCode }) => statusCode);
    expect([...codes].sort()).toEqual([303, 410]);
    const [winner, loser] = codes[0] === 303 ? ['First-pass1', 'Second-pass2'] : ['Second-pass2', 'First-pass1'];
    expect([await login(winner), await login(loser)]).toEqual([200, 401]);
  });

  test('a password that breaks the rules of a signup leaves the link good for another try', async () => {
    const token = await link();
    const browser = await opened(token);
    const reply = await browser.post(`/set-password/${token}`, { password: 'short' });
    expect(reply.statusCode).toBe(400);
    expect(reply.body).toContain('Password must be at least 8 characters');
    expect(reply.body).not.toContain('short');
    expect((await browser.post(`/set-password/${token}`, { password: NEW_PASSWORD })).statusCode).toBe(303);
  });

  test.each([
    ['expired', () => link(new Date(Date.now() - 1_000))],
    ['guessed', () => Promise.resolve(newToken())],
    ['made for something else', () => link(undefined, 'reveal_api_key')],
  ])('one that is %s sets nothing and says what to do', async (_name, make) => {
    const token = await make();
    const browser = new Browser(harness.app);
    await browser.get('/login');
    const replies = [
      await browser.get(`/set-password/${token}`),
      await browser.post(`/set-password/${token}`, { password: NEW_PASSWORD }),
    ];
    for (const reply of replies) {
      expect(reply.statusCode).toBe(410);
      expect(reply.body).toContain('href="/forgot-password"');
    }
    expect(await login('Abcdefg1')).toBe(200);
    expect((await harness.app.inject({ url: '/me', headers: own.headers })).statusCode).toBe(200);
  });

  test('lets in an owner whom others had locked out by guessing', async () => {
    for (let n = 0; n < 11; n += 1) await login('Wrong-pass1');
    expect(await login('Abcdefg1')).toBe(429);
    const token = await link();
    await (await opened(token)).post(`/set-password/${token}`, { password: NEW_PASSWORD });
    expect(await login(NEW_PASSWORD)).toBe(200);
  });
});

describe('a forgotten password', () => {
  const ask = async (email: string) => {
    const browser = new Browser(harness.app);
    await browser.get('/forgot-password');
    return browser.post('/forgot-password', { email });
  };

  test('the sign-in leads there', async () => {
    expect((await harness.app.inject({ url: '/login' })).body).toContain('href="/forgot-password"');
    expect(await harness.app.inject({ url: '/set-password' })).toMatchObject({
      headers: { location: '/forgot-password' },
    });
  });

  test('answers the same for a customer, a stranger and nonsense; only the customer is mailed', async () => {
    const replies = [await ask('stranger@example.com'), await ask('no address'), await ask(own.email.toUpperCase())];
    for (const { statusCode, body } of replies) {
      expect(statusCode).toBe(200);
      expect(body).toBe(replies[0]?.body);
    }
    await eventually('a mail', () => mails().length > 0);
    expect(mails()).toEqual([{ customerId: own.customerId, mail: 'passwordLink', key: expect.any(String) as string }]);
    expect(JSON.stringify([...harness.temporal.started])).not.toContain(own.email);
  });

  test('one mail in some minutes, however often it is asked for; the answer does not show it', async () => {
    const replies = [await ask(own.email), await ask(own.email), await ask(own.email)];
    expect(new Set(replies.map(({ statusCode, body }) => `${String(statusCode)} ${body}`)).size).toBe(1);
    expect(replies[0]?.body).toMatch(/We send at most one email every 5\s+minutes; only\s+the\s+newest\s+link\s+works/);
    await eventually('a mail', () => mails().length > 0);
    const asked = harness.database.selectFrom('auditEvents').select('actor').where('customerId', '=', own.customerId);
    expect(await asked.where('action', '=', 'password.link_asked').execute()).toHaveLength(1);
    expect(mails()).toHaveLength(1);
  });

  test('a fourth request from one place is refused in words, whether the address is known or not', async () => {
    for (const email of [own.email, 'stranger@example.com']) {
      const codes = [];
      for (let n = 0; n < 4; n += 1) codes.push((await ask(email)).statusCode);
      expect(codes).toEqual([200, 200, 200, 429]);
      expect((await ask(email)).body).toContain('for this account from here');
    }
  });

  test('one origin is limited', async () => {
    const codes = [];
    for (let n = 0; n < 21; n += 1) codes.push((await ask(`nobody${String(n)}@example.com`)).statusCode);
    expect(codes.at(-1)).toBe(429);
  });

  test('with Temporal away the answer is the same, and the log says what is sent later', async () => {
    harness.temporal.down = true;
    const reply = await ask(own.email);
    expect(reply.statusCode).toBe(200);
    await eventually('the log', () => harness.log().includes('a mail about a sign-in is sent later'));
    harness.temporal.down = false;
    expect(harness.log()).not.toContain(own.email);
  });
});
