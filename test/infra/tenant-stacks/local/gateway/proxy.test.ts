import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { buildProxy } from '../../../../../infra/tenant-stacks/local/gateway/proxy.ts';
import { eventually } from '../../../../support/eventually.ts';

let upstream: Server;
/** Of another tenant. */
const other = createServer((_incoming, response) => response.end());
let proxy: Server;
let seen: IncomingHttpHeaders;
let port: number;
/** Told of each request for an answer that comes late. */
let asked: (response: ServerResponse) => void = () => undefined;

const listen = async (server: Server): Promise<number> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};

beforeAll(async () => {
  upstream = createServer((incoming, response) => {
    seen = incoming.headers;
    response.setHeader('x-from', 'instance');
    if (incoming.url === '/cut') {
      response.write('half');
      setImmediate(() => response.destroy());
    } else if (incoming.url?.startsWith('/status/'))
      incoming.socket.end(`HTTP/1.1 ${incoming.url.slice(8)} X\r\ncontent-length: 0\r\n\r\n`);
    else if (incoming.url === '/late') asked(response);
    else incoming.pipe(response);
  });
  const upstreamPort = await listen(upstream);
  const routes: Record<string, number | null> = {
    'acme.localhost': upstreamPort,
    'other.localhost': await listen(other),
    'down.localhost': null,
    'dead.localhost': 1,
  };
  proxy = buildProxy((host) => routes[host.replace(/:\d+$/, '')]);
  port = await listen(proxy);
});
afterAll(() => {
  for (const server of [proxy, upstream, other]) {
    server.close();
    server.closeAllConnections();
  }
});

const send = (host: string, options: object = {}) =>
  request({ host: '127.0.0.1', port, agent: false, headers: { host }, ...options });
const answer = async (outgoing: ReturnType<typeof send>) =>
  ((await once(outgoing, 'response')) as [IncomingMessage])[0];

test('streams both ways: an answer begins before the request has ended', async () => {
  const outgoing = send(`acme.localhost:${String(port)}`, { method: 'POST' });
  outgoing.write('first ');
  const response = await answer(outgoing);
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  expect(String((await chunks.next()).value)).toBe('first ');
  outgoing.end('second');
  expect(String((await chunks.next()).value)).toBe('second');
  expect(response.headers['x-from']).toBe('instance');
});

test('whoever goes before the instance answers takes nobody else along', async () => {
  const { promise: late, resolve } = Promise.withResolvers<ServerResponse>();
  asked = resolve;
  const outgoing = send('acme.localhost', { path: '/late' }).on('error', () => undefined);
  outgoing.end();
  const response = await late;
  outgoing.destroy();
  const connections = promisify<number>((done) => {
    proxy.getConnections(done);
  });
  await eventually('the proxy to notice', async () => (await connections()) === 0);
  response.end('too late');
  expect((await answer(send('acme.localhost').end())).statusCode).toBe(200);
});

test('what a client says about forwarding is not passed on', async () => {
  const headers = {
    host: 'acme.localhost',
    'x-forwarded-for': '6.6.6.6',
    forwarded: 'for=6.6.6.6',
    'x-real-ip': '6.6.6.6',
    'x-forwarded-proto': 'https',
  };
  const outgoing = send('', { headers });
  outgoing.end();
  (await answer(outgoing)).resume();
  expect(seen).toMatchObject({ host: 'acme.localhost', 'x-forwarded-for': '127.0.0.1' });
  expect(seen).not.toHaveProperty('x-forwarded-proto');
  expect(JSON.stringify(seen)).not.toContain('6.6.6.6');
});

test.each([
  ['two hosts', 'GET / HTTP/1.1\r\nHost: acme.localhost\r\nHost: down.localhost\r\n'],
  ['the authority of another host', 'GET http://down.localhost/ HTTP/1.1\r\nHost: acme.localhost\r\n'],
  ['no host', 'GET / HTTP/1.0\r\n'],
])('a request with %s is refused: a proxy before us could take it for another', async (_what, head) => {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${head}Connection: close\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
});

test.each([
  ['unknown.localhost', 404, 'There is no instance here'],
  ['down.localhost', 502, 'It is being restarted'],
  ['dead.localhost', 502, 'It is being restarted'],
])('%s answers %i in plain words', async (host, status, words) => {
  const outgoing = send(host);
  outgoing.end();
  const response = await answer(outgoing);
  expect(response.statusCode).toBe(status);
  expect(response.headers).toMatchObject({
    ...{ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'x-frame-options': 'DENY' },
    'content-security-policy': expect.stringContaining("default-src 'none'") as string,
  });
  expect(await text(response)).toContain(words);
});

test('an instance that hangs shuts out nobody but its own visitors, and those for no longer than it hangs', async () => {
  const held: ServerResponse[] = [];
  asked = (response) => held.push(response);
  const waiting = Array.from({ length: 64 }, () => send('acme.localhost', { path: '/late' }));
  const answers = waiting.map((outgoing) => answer(outgoing.end()));
  await eventually('all to be asked', () => Promise.resolve(held.length === 64));
  const refused = await answer(send('acme.localhost').end());
  expect([refused.statusCode, refused.headers['retry-after'], refused.headers.connection]).toEqual([503, '5', 'close']);
  expect(await text(refused)).toContain('This instance is busy');
  const other = await answer(send('other.localhost').end());
  expect(other.statusCode).toBe(200);
  for (const response of held) response.end();
  for (const answered of await Promise.all(answers)) answered.resume();
  await eventually(
    'the instance to be free again',
    async () => (await answer(send('acme.localhost').end())).statusCode === 200,
  );
});

test('bodies of one visitor that never come keep nobody else out of the instance', async () => {
  const statuses: string[] = [];
  const sockets = Array.from({ length: 70 }, () => connect({ port, host: '127.0.0.1', localAddress: '127.0.0.3' }));
  for (const socket of sockets) {
    socket.on('error', () => undefined).on('data', (data) => statuses.push(String(data).slice(9, 12)));
    socket.write('POST /late HTTP/1.1\r\nHost: acme.localhost\r\nContent-Length: 60\r\n\r\n{');
  }
  // All but those that one may have on their way.
  await eventually('the refusals', () => Promise.resolve(statuses.length === 54 || undefined));
  expect(new Set(statuses)).toEqual(new Set(['503']));
  expect((await answer(send('acme.localhost', { localAddress: '127.0.0.2' }).end())).statusCode).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test('an instance that dies in the middle of an answer ends it; the gateway goes on', async () => {
  const outgoing = send('acme.localhost', { path: '/cut' });
  outgoing.end();
  await expect(text(await answer(outgoing))).rejects.toThrow('aborted');
  const next = send('acme.localhost');
  next.end();
  expect((await answer(next)).statusCode).toBe(200);
});

test.each(['000', '099', '199'])('an answer of the status %s, which is none, ends nobody else’s', async (status) => {
  const outgoing = send('acme.localhost', { path: `/status/${status}` });
  outgoing.on('information', () => undefined).end();
  expect((await answer(outgoing)).statusCode).toBe(502);
  expect((await answer(send('other.localhost').end())).statusCode).toBe(200);
});

test('an instance that switches protocols unasked holds up nobody', async () => {
  asked = ({ socket }) => socket?.write('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  expect((await answer(send('acme.localhost', { path: '/late' }).end())).statusCode).toBe(502);
});

test('headers that a message names in Connection stay with the connection, both ways', async () => {
  const outgoing = send('acme.localhost', { path: '/late' });
  asked = (response) => {
    response.writeHead(200, { connection: 'X-Inner', 'x-inner': '1', 'x-outer': '2' }).end();
  };
  outgoing.setHeader('connection', 'close, X-Hop').setHeader('x-hop', '1').setHeader('x-kept', '2').end();
  const { headers } = await answer(outgoing);
  expect(headers).toMatchObject({ 'x-outer': '2' });
  expect(headers).not.toHaveProperty('x-inner');
  expect(seen).toMatchObject({ host: 'acme.localhost', 'x-kept': '2' });
  expect(seen).not.toHaveProperty('x-hop');
});

test.each([
  'content-length',
  'Content-Length',
  'transfer-encoding',
  'host',
  'authorization',
  'cookie',
  'Sec-Fetch-Site',
])(
  'a request that says %s is for the connection is refused: its body would be another request to the instance',
  async (name) => {
    const inner = 'GET /late HTTP/1.1\r\nHost: acme.localhost\r\n\r\n';
    let smuggled = false;
    asked = (response) => {
      smuggled = true;
      response.end();
    };
    const socket = connect(port, '127.0.0.1');
    const head = `GET / HTTP/1.1\r\nHost: acme.localhost\r\nConnection: close, ${name}\r\n`;
    socket.write(`${head}Content-Length: ${String(inner.length)}\r\n\r\n${inner}`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    // The next on the same connection to the instance is answered with what it asked for.
    const next = await answer(send('acme.localhost', { path: '/next' }).end());
    expect([next.statusCode, smuggled]).toEqual([200, false]);
  },
);

test.each(['GET', 'DELETE', 'HEAD', 'OPTIONS'])('the body of a %s is framed as it came', async (method) => {
  const bodies: string[] = [];
  asked = (response) => {
    void text(response.req).then((body) => {
      bodies.push(body);
      response.end();
    });
  };
  for (const framing of [{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }]) {
    const headers = { host: 'acme.localhost', ...framing };
    await answer(send('', { method, path: '/late', headers }).end('inner'));
  }
  expect(bodies).toEqual(['inner', 'inner']);
});

test('a cookie stays with the instance that sets it', async () => {
  asked = (response) => {
    const cookies = ['a=1; Domain=localhost; Path=/', 'b=2;domain=.localhost', 'c=3; HttpOnly'];
    response
      .setHeader('set-cookie', [...cookies, 'd=4; Domain =localhost; Secure', 'e=5; domain\t=x', 'f=6;Domain'])
      .end();
  };
  const { headers } = await answer(send('acme.localhost', { path: '/late' }).end());
  expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2', 'c=3; HttpOnly', 'd=4; Secure', 'e=5', 'f=6']);
});

test('a body that does not come is waited for so long, and the connections are bounded', async () => {
  expect([proxy.requestTimeout, proxy.maxConnections]).toEqual([30_000, 800]);
  proxy.requestTimeout = 300;
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: acme.localhost\r\nContent-Length: 60\r\n\r\n{');
  // What the instance has answered so far, or that it took too long: it ends either way.
  await text(socket).catch(() => '');
  proxy.requestTimeout = 30_000;
  expect(socket.closed || socket.readableEnded).toBe(true);
});
