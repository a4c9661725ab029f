import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { startChild } from '../../../infra/processes/child.ts';
import { findEngines } from '../../../infra/local-platform/engines/find.ts';
import { answerOnlyLocalRequests } from '../../../infra/local-platform/answer-only-local-requests.ts';
import { startTemporal } from '../../../infra/local-platform/temporal/start.ts';
import { startStripeEmulator } from '../../../infra/stripe-emulator/server.ts';
import { waitUntil } from '../../../infra/local-platform/wait-until.ts';
import { freePort } from '../../support/embedded.ts';
import { eventually } from '../../support/eventually.ts';
import { UI_HOST } from '../../../infra/local-platform/temporal/ui-host.ts';

const ends: (() => Promise<unknown>)[] = [];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-fence-'));
});
afterAll(async () => {
  for (const end of ends) await end();
  await rm(folder, { recursive: true });
});

async function mailInbox(): Promise<number> {
  const port = await freePort();
  const script = fileURLToPath(new URL('../../../infra/local-platform/mail/main.ts', import.meta.url));
  const args = [script, '--port', String(port), '--data', join(folder, 'mails.jsonl')];
  const child = await startChild({ command: process.execPath, args, env: {}, logFile: join(folder, 'mail.log') });
  ends.push(() => child.stop());
  const isUp = async () => (await fetch(`http://127.0.0.1:${String(port)}/health-check`)).ok;
  await waitUntil(isUp, { what: 'the inbox', of: child });
  return port;
}

async function stripeEmulator(): Promise<number> {
  const options = { port: 0, dataFile: join(folder, 'stripe.db'), secretKey: 'sk_test_1', webhooks: [] };
  const { url, close } = await startStripeEmulator({ ...options, guard: answerOnlyLocalRequests });
  ends.push(close);
  return Number(new URL(url).port);
}

async function temporalUi(): Promise<number> {
  const [port, upstream] = [await freePort(), createServer((_request, response) => response.end('the UI'))];
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${String((upstream.address() as AddressInfo).port)}`;
  const script = fileURLToPath(new URL('../../../infra/local-platform/temporal-ui/main.ts', import.meta.url));
  const args = [script, '--port', String(port), '--upstream', url];
  const child = await startChild({ command: process.execPath, args, env: {}, logFile: join(folder, 'ui.log') });
  ends.push(
    () => child.stop(),
    () => new Promise((resolve) => upstream.close(resolve)),
  );
  await waitUntil(async () => (await fetch(`http://127.0.0.1:${String(port)}/`)).ok, { what: 'the UI', of: child });
  return port;
}

async function plainServer(): Promise<number> {
  const server = createServer((_request, response) => response.end('reached'));
  answerOnlyLocalRequests(server, ['tenure.example']);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function status(port: number, method: string, path: string, headers: Record<string, string>): Promise<number> {
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  outgoing.end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

describe.each([
  ['the mail inbox', mailInbox, '/store', '/clear-store'],
  ['the Stripe emulator and its control API', stripeEmulator, '/_control/requests', '/_control/faults'],
  ["Temporal's Web UI", temporalUi, '/', '/api/v1/namespaces/tenure/workflows/x/signal/y'],
  ['any server behind the fence', plainServer, '/', '/'],
])('%s', (_name, start, readPath, writePath) => {
  let port: number;
  beforeAll(async () => {
    port = await start();
  });

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'user@localhost'])(
    'does not answer to the name "%s", which a page on the web could give it',
    async (host) => {
      expect(await status(port, 'GET', readPath, { host })).toBe(403);
    },
  );

  test.each(['localhost', 'LOCALHOST:80', '127.0.0.1:80', '[::1]:80'])('answers to its own name %s', async (host) => {
    expect(await status(port, 'GET', readPath, { host })).toBe(200);
  });

  test.each([
    ['of a foreign origin', { origin: 'https://evil.example' }],
    ['of no origin that could be told', { origin: 'null' }],
    ['across sites', { 'sec-fetch-site': 'cross-site' }],
    ['of another port of this machine', { 'sec-fetch-site': 'same-site' }],
  ])('takes no write %s, not even a simple one', async (_what, foreign) => {
    const headers = { host: 'localhost', 'content-type': 'text/plain', ...(foreign as Record<string, string>) };
    expect(await status(port, 'POST', writePath, headers)).toBe(403);
  });
});

test('a configured name is answered to', async () => {
  const port = await plainServer();
  expect(await status(port, 'GET', '/', { host: 'tenure.example' })).toBe(200);
});

test("the embedded Temporal's HTTP API answers to no name; SDK and Web UI work", async () => {
  const [port, uiPort, httpPort] = [await freePort(), await freePort(), await freePort()];
  const { address, stop } = await startTemporal({
    ...{ binary: (await findEngines()).temporal, port, uiPort, httpPort, namespace: 'tenure' },
    ...{ dbFile: join(folder, 'temporal.db'), logFile: join(folder, 'temporal.log') },
  });
  ends.push(stop);
  await eventually('the HTTP API', () => status(httpPort, 'GET', '/', {}));
  const terminate = '/api/v1/namespaces/tenure/workflows/customer/terminate';
  for (const host of ['localhost', '127.0.0.1', `localhost:${String(httpPort)}`, 'evil.example', '']) {
    const read = await status(httpPort, 'GET', '/api/v1/namespaces', { host });
    const write = await status(httpPort, 'POST', terminate, { host, 'content-type': 'text/plain' });
    expect({ host, read, write }).toEqual({ host, read: 403, write: 403 });
  }
  const connection = await Connection.connect({ address });
  const { namespaces } = await connection.workflowService.listNamespaces({});
  await connection.close();
  expect(namespaces.map(({ namespaceInfo }) => namespaceInfo?.name)).toContain('tenure');
  const at = (host: string): string => `http://${host}:${String(uiPort)}/api/v1/namespaces/tenure/workflows`;
  await eventually('the Web UI', async () => (await fetch(at(UI_HOST)).catch(() => undefined))?.status === 200);
  // Where every page on this machine can try all ports, it is not.
  if (UI_HOST !== '127.0.0.1') await expect(fetch(at('127.0.0.1'))).rejects.toThrow('fetch failed');
});
