import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { boundConnections } from '../../infra/http-connections.ts';
import { eventually } from '../support/eventually.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Requests that are not answered. */
let late = 0;

/** Answers all but `/late`. */
async function serve(proxies: readonly string[] = []): Promise<number> {
  late = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, ({ url }, response) => {
    if (url === '/late') late += 1;
    else response.end('ok');
  });
  boundConnections(server, proxies);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

const open = (port: number): Socket => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  return socket;
};
const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** One more visitor from the same address gets an answer. */
async function isServed(port: number): Promise<boolean> {
  const socket = open(port);
  socket.write(request('/'));
  const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])]);
  return String(answer).startsWith('HTTP/1.1 200');
}

/** As many connections as one address may hold, each with its request. */
async function hold(port: number, path: string, answered: boolean): Promise<readonly Socket[]> {
  const held = Array.from({ length: 200 }, () => open(port));
  for (const socket of held) {
    await (socket.connecting ? once(socket, 'connect') : undefined);
    socket.write(request(path));
    if (answered) await once(socket, 'data');
  }
  if (!answered) await eventually('all requests', () => Promise.resolve(late === held.length || undefined));
  return held;
}

test('a visitor who holds as many connections as allowed loses the oldest one without a request', async () => {
  const port = await serve();
  const held = await hold(port, '/', true);
  const oldest = once(held[0] as Socket, 'close');
  expect(await isServed(port)).toBe(true);
  await oldest;
  expect(held.filter(({ destroyed }) => destroyed)).toHaveLength(1);
});

test('of one whose connections all carry requests a further one is closed', async () => {
  const port = await serve();
  await hold(port, '/late', false);
  await expect(isServed(port)).resolves.toBe(false);
});

test('our proxies have the connections of everybody', async () => {
  const port = await serve(['loopback']);
  const held = await hold(port, '/late', false);
  expect(await isServed(port)).toBe(true);
  expect(held.every(({ destroyed }) => !destroyed)).toBe(true);
});
