import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { InstanceProcess } from '../../../../../infra/tenant-stacks/local/gateway/instance-process.ts';
import { loadLicenceSigner } from '../../../../../infra/licences.ts';
import { folderOf, writeFolder } from '../../../../../infra/tenant-stacks/local/folder.ts';
import { tenantNames } from '../../../../../infra/tenant-stacks/spec.ts';
import { createDatabase } from '../../../../support/embedded.ts';
import { eventually } from '../../../../support/eventually.ts';
import { startTcpProxy, type TcpProxy } from '../../../../support/tcp-proxy.ts';

const customerId = 'cust_d4e547c5-3a1b-4c55-9a0e-6f7f1c2b3d4e';
const { namespace } = tenantNames(customerId);
const file = { namespace, host: 'acme.localhost:3180', memoryMb: 128 };

let home: string;
let database: Awaited<ReturnType<typeof createDatabase>>;
let proxy: TcpProxy;
let instance: InstanceProcess;

async function licence() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const paths = { privateKeyPath: join(home, 'private.pem'), publicKeyPath: join(home, 'public.pem') };
  await writeFile(paths.privateKeyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(paths.publicKeyPath, publicKey.export({ type: 'spki', format: 'pem' }));
  const signer = await loadLicenceSigner(paths);
  const order = { customerId, plan: 'starter', maxDevices: 1, expiresAt: new Date(Date.now() + 86_400_000) };
  return { licence: (await signer.issue(order)).token, licencePublicKey: signer.publicKeyPem };
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tenure-instance-'));
  database = await createDatabase();
  const url = new URL(database.url);
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  await writeFolder(folderOf(home, namespace), file, {
    ...{ databaseUrl: url.href, jwtSecret: 'jwt', deviceApiKey: 'device', ...(await licence()) },
    ...{ company: 'Acme', plan: 'starter', region: 'eu-central', mode: 'active', trialEndsAt: null, clockOffsetMs: 0 },
    ...{ accountUrl: 'http://localhost:3100', url: 'http://acme.localhost:3180' },
  });
  instance = new InstanceProcess(home, file, pLimit(1));
});
afterAll(async () => {
  await instance.stop();
  await proxy.close();
  await database.drop();
  await rm(home, { recursive: true });
});

test('an instance whose database is away says so, and is started again until it is back', async () => {
  await proxy.refuse(true);
  await expect(instance.start()).rejects.toMatchObject({ name: 'InstanceNotReadyError', reason: 'database_away' });
  await eventually('some more starts', () => instance.status.restarts >= 3);
  expect(instance.trouble).toBe('database_away');
  await proxy.refuse(false);
  await eventually('the instance to run', () => instance.status.state === 'running');
  expect(instance.trouble).toBeNull();
});

test('one that is killed is started again; one that does not stay is in trouble though it runs', async () => {
  for (const troubles of [null, null, 'ends']) {
    const { pid } = instance.status;
    process.kill(pid ?? process.pid, 'SIGKILL');
    await eventually('another process', () => instance.status.state === 'running' && instance.status.pid !== pid);
    expect(instance.trouble).toBe(troubles);
  }
});
