import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createApiHarness, goodSignup, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
let port: number;
beforeAll(async () => {
  harness = await createApiHarness();
  port = Number(new URL(await harness.app.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(() => harness.stop());

const HEAD = 'POST /api/customers/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** Sends bytes as they are and reads until the other side ends the connection. */
async function raw(bytes: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const reply = await text(socket);
  return { status: Number(reply.slice(9, 12)), body: JSON.parse(reply.slice(reply.indexOf('\r\n\r\n')) || 'null') };
}

const shape = {
  error: expect.any(String) as string,
  message: expect.any(String) as string,
  code: 'bad_request',
  problems: [],
};

test('a body that does not come is waited for so long, and then told in the one shape of errors', async () => {
  const { server } = harness.app;
  expect(server.requestTimeout).toBe(30_000);
  expect(server.headersTimeout).toBeLessThan(30_000);
  expect(server.maxConnections).toBe(800);
  server.requestTimeout = 300;
  expect(await raw(`${HEAD}Content-Length: 60000\r\n\r\n{`)).toMatchObject({ status: 408, body: shape });
  server.requestTimeout = 30_000;
});

test('headers that are too large, and what is no request, are told in the one shape', async () => {
  expect(await raw(`${HEAD}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatchObject({ status: 431, body: shape });
  expect(await raw('NONSENSE\r\n\r\n')).toMatchObject({ status: 400, body: shape });
});

test.each(['/api/customers/%ff', '/%', '/api/customers/%E0%A4%A'])(
  '%s is told in the one shape, and not quoted',
  async (url) => {
    const reply = await raw(`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatchObject({ status: 400, body: shape });
    expect(JSON.stringify(reply.body)).not.toContain(url);
  },
);

test.each([
  [`/api/customers/${'x'.repeat(300)}`, 404, 'a part of its path is too long'],
  ['/api/customers/%zz', 400, 'two hexadecimal digits'],
])('why %s is not valid is said', async (url, status, words) => {
  const reply = await harness.app.inject({ url });
  expect([reply.statusCode, reply.json<{ message: string }>().message]).toEqual([
    status,
    expect.stringContaining(words) as string,
  ]);
});

test('a body that is too large is told the limit of its own route', async () => {
  const post = (url: string, payload: object) => harness.app.inject({ method: 'POST', url, payload });
  const signup = await post('/api/customers/signup', goodSignup({ full_name: 'x'.repeat(70_000) }));
  expect([signup.statusCode, signup.json<{ message: string }>().message]).toEqual([413, 'Send at most 64 KB.']);
  const event = await post('/webhooks/stripe', { id: 'x'.repeat(1_100_000) });
  expect([event.statusCode, event.json<{ message: string }>().message]).toEqual([413, 'Send at most 1024 KB.']);
});
