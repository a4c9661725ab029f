import { readFileSync } from 'node:fs';
import { createServer as createHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect, createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { connectTemporal, lazyTemporal } from '../../infra/temporal/client.ts';
import { connectWorker } from '../../infra/temporal/worker-connection.ts';
import { createTemporal } from '../support/embedded.ts';

const pem = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url)));
const settings = { namespace: 'default', tls: false, apiKey: undefined } as const;

interface Listening {
  listen(port: number, host: string, ready: () => void): unknown;
  address(): unknown;
}
const listening = (server: Listening): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    });
  });

describe('a server behind TLS that asks for certificates of an authority of one’s own', () => {
  let temporal: TestWorkflowEnvironment;
  const tls = createTlsServer(
    {
      ...{ ca: pem('ca'), cert: pem('server'), key: pem('server.key') },
      ...{ requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
    },
    (socket) => {
      const [host, port] = temporal.address.split(':');
      const upstream = connect(Number(port), host);
      for (const each of [socket, upstream]) each.on('error', () => undefined);
      socket.pipe(upstream).pipe(socket);
    },
  );
  let address: string;
  beforeAll(async () => {
    temporal = await createTemporal();
    address = await listening(tls);
  });
  afterAll(async () => {
    tls.close();
    await temporal.teardown();
  });
  const ours = {
    serverRootCACertificate: pem('ca'),
    clientCertPair: { crt: pem('client'), key: pem('client.key') },
    serverNameOverride: 'server.tenure.test',
  };

  test('takes client and worker alike', async () => {
    const client = await connectTemporal({ ...settings, address, tls: ours });
    await expect(client.workflow.count()).resolves.toMatchObject({ count: 0 });
    await client.connection.close();
    const worker = await connectWorker({ ...settings, address, tls: ours });
    await worker.close();
  });

  test.each([
    ['certificate', { ...ours, clientCertPair: undefined }],
    ['authority', { ...ours, serverRootCACertificate: undefined }],
    ['server name', { ...ours, serverNameOverride: undefined }],
  ])('takes nobody without the %s', async (_what, tlsOptions) => {
    const given = Object.fromEntries(Object.entries(tlsOptions).filter(([, value]) => value !== undefined));
    const client = lazyTemporal({ ...settings, address, tls: given });
    const counted = client.withDeadline(Date.now() + 1_000, () => client.workflow.count());
    await expect(counted).rejects.toThrow();
    await client.connection.close();
  });

  test('a namespace that does not exist is named to whoever wants to work in it', async () => {
    const plain = { ...settings, address: temporal.address, namespace: 'mistyped' };
    await expect(connectWorker(plain)).rejects.toThrow(/^TEMPORAL_NAMESPACE mistyped does not exist at [^\n]+\.$/);
  });
});

test('every call names the namespace, also those that Temporal Cloud routes by it alone', async () => {
  const seen: IncomingHttpHeaders[] = [];
  const server = createHttp2();
  server.on('stream', (stream, headers) => {
    seen.push(headers);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true });
  });
  const client = lazyTemporal({ ...settings, address: await listening(server), namespace: 'ours' });
  const { workflowService, operatorService } = client.connection;
  await expect(client.withDeadline(Date.now() + 5_000, () => workflowService.getSystemInfo({}))).rejects.toThrow();
  await expect(operatorService.listSearchAttributes({ namespace: 'ours' })).rejects.toThrow();
  await expect(workflowService.describeNamespace({ namespace: 'ours' })).rejects.toThrow();
  await client.connection.close();
  server.close();
  const named = seen.map((headers) => [String(headers[':path']).split('/').at(-1), headers['temporal-namespace']]);
  for (const call of ['GetSystemInfo', 'ListSearchAttributes', 'DescribeNamespace'])
    expect(named).toContainEqual([call, 'ours']);
});

test('a client whose server is away tries again at bounded distances, and so is back within seconds', async () => {
  const tries: number[] = [];
  const server = createServer((socket) => {
    tries.push(performance.now());
    socket.on('error', () => undefined);
    socket.destroy();
  });
  const client = lazyTemporal({ ...settings, address: await listening(server) });
  while (tries.length < 9)
    await client.withDeadline(Date.now() + 500, () => client.workflowService.getSystemInfo({})).catch(() => undefined);
  await client.connection.close();
  server.close();
  // Unbounded, the distance would have grown beyond ten seconds by now.
  const last = (tries.at(-1) ?? 0) - (tries.at(-2) ?? 0);
  expect(last).toBeLessThan(5_000);
});
