import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { buildInstance } from '../../../../../infra/tenant-stacks/local/instance/app.ts';
import type { Instance } from '../../../../../infra/tenant-stacks/local/instance/instance.ts';
import { homePage } from '../../../../../infra/tenant-stacks/local/instance/pages.ts';
import { InstanceSessions, type SessionStore } from '../../../../../infra/tenant-stacks/local/instance/sessions.ts';

const credentials = { company: 'Öster & "Söner" <Maskin>', accountUrl: 'http://account.example/', mode: 'active' };
const app = buildInstance({ credentials, licence: { expiresAt: new Date(8e15) }, requests: 0 } as unknown as Instance);
afterAll(() => app.close());

test.each(['/login', '/nowhere'])(
  '%s: a browser gets a page with language, title, icon, landmark, one heading',
  async (url) => {
    const { headers, body } = await app.inject({ url, headers: { accept: 'text/html,*/*' } });
    expect(headers['content-type']).toContain('text/html');
    expect(body).toMatch(/<html lang="en">[^]*<title>[^<]+<[^]*rel="icon"[^]*<main>[^]*<\/main>/);
    expect(body.match(/<h1>/g)).toHaveLength(1);
    expect(body).not.toContain('Maskin');
  },
);

test('the days of a trial are only told to who is in it', () => {
  const page = (trialEndsAt: string | null) =>
    homePage(
      {
        credentials: { ...credentials, trialEndsAt, clockOffsetMs: 0 },
        licence: { expiresAt: new Date(8e15) },
      } as never,
      [],
    );
  expect(page(new Date(Date.now() + 13.5 * 86_400_000).toISOString())).toContain('14 days left');
  expect(page(null)).not.toMatch(/trial/i);
});

test('a program gets JSON for what is not there', async () => {
  const reply = await app.inject('/api/nothing');
  expect(reply.statusCode).toBe(404);
  expect(reply.json()).toEqual({ error: 'not_found', message: 'There is no such page.' });
});

test('a form that was sent wrong is answered with a page, the API with JSON', async () => {
  const wrong = { method: 'POST', payload: 'key=1&admin=true' } as const;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const page = await app.inject({ ...wrong, url: '/login', headers: { ...form, accept: 'text/html' } });
  expect([page.statusCode, page.headers['content-type']]).toEqual([400, expect.stringContaining('text/html')]);
  expect(page.body).toContain('This request has unknown fields.');
  const json = await app.inject({ ...wrong, url: '/login', headers: form });
  expect(json.json()).toMatchObject({ error: 'bad_request' });
});

test.each([
  ['application/json', Buffer.from('{"name":"caf\xe9"}', 'latin1'), 'The body is not valid UTF-8.'],
  ['application/x-www-form-urlencoded', 'name=caf%E9', 'The form is not percent-encoded UTF-8.'],
])('%s that is not UTF-8 names no device', async (type, payload, message) => {
  const headers = { 'content-type': type };
  const reply = await app.inject({ method: 'POST', url: '/api/devices', payload, headers });
  expect([reply.statusCode, reply.json<{ message: string }>().message]).toEqual([400, message]);
});

const CARD = '4242 4242 4242 4242';
test.each(['', ' ', 'a\0b', 'pay\u202eexe', '\u0300', '\u3164', '\ufe0f', '\ud800', CARD, 'x'.repeat(101), 7])(
  '%p names no device, and is told so in words',
  async (name) => {
    const reply = await app.inject({ method: 'POST', url: '/api/devices', payload: { name } });
    expect([reply.statusCode, reply.json<{ message: string }>().message]).toEqual([
      400,
      'A device needs a name of 1 to 100 characters: one line of visible text, and no card number.',
    ]);
  },
);

test.each([
  ['http://acme.localhost', undefined, false],
  ['https://acme.example', 'max-age=31536000; includeSubDomains', true],
])('reached at %s, its cookie and its headers fit', async (url, hsts, secure) => {
  const at = { ...credentials, url, deviceApiKey: 'k', jwtSecret: 'secret' };
  const sessions = new InstanceSessions({
    sessionVersion: () => Promise.resolve(0),
    isAnyUsedUp: () => Promise.resolve(false),
  } as unknown as SessionStore);
  const reached = buildInstance({ credentials: at, sessions, licence: {}, requests: 0 } as unknown as Instance);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const reply = await reached.inject({ method: 'POST', url: '/login', payload: 'key=k', headers });
  const cookie = String(reply.headers['set-cookie']).split(';')[0] ?? '';
  expect(await sessions.isOpen(`a=b; ${cookie}`, at)).toBe(true);
  expect(await sessions.isOpen(cookie.replace('__Host-', ''), at)).toBe(!secure);
  await reached.close();
  expect(reply.statusCode).toBe(303);
  expect(reply.headers['strict-transport-security']).toBe(hsts);
  expect(String(reply.headers['set-cookie']).includes('; Secure')).toBe(secure);
});

test('an address that cannot be read is not quoted, and is answered with the headers of all answers', async () => {
  const reply = await app.inject('/%ff');
  expect(reply.statusCode).toBe(400);
  expect(reply.body).not.toContain('%ff');
  expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
});

test('a body that does not come is waited for so long, and the connections are bounded', async () => {
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  expect([app.server.requestTimeout, app.server.maxConnections]).toEqual([30_000, 800]);
  app.server.requestTimeout = 300;
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 [^]*"code":"bad_request"/);
});
