import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { createInterface } from 'node:readline';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { SignJWT } from 'jose';
import { createProvisioningActivities, type ProvisioningDeps } from '../../../../activities/provisioning/index.ts';
import { openDatabase, type Database } from '../../../../infra/db/database.ts';
import { compileCache } from '../../../../infra/program-file.ts';
import { findEngines } from '../../../../infra/local-platform/engines/find.ts';
import { asAdmin } from '../../../../infra/tenant-stacks/local/admin.ts';
import type { StackOperation } from '../../../../workflows/contract/stack.ts';
import { tenure } from '../../../support/default-product.ts';
import { createDatabase } from '../../../support/embedded.ts';

const GATEWAY = 'infra/tenant-stacks/local/gateway/main.ts';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = keys.publicKey.export({ type: 'spki', format: 'pem' });

export interface Gateway {
  readonly port: number;
  readonly controlUrl: string;
  readonly process: ChildProcess;
}

export async function startGateway(home: string, tokenFile: string, ports = [0, 0]): Promise<Gateway> {
  const [port, controlPort] = ports.map(String);
  const args = ['--port', port ?? '0', '--control-port', controlPort ?? '0', '--home', home, '--token-file', tokenFile];
  const child = spawn(process.execPath, [GATEWAY, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: compileCache(),
  });
  for await (const line of createInterface({ input: child.stdout }))
    return { ...(JSON.parse(line) as Omit<Gateway, 'process'>), process: child };
  throw new Error('The gateway ended before it was ready.');
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Arrangement {
  readonly folder: string;
  readonly database: Database;
  readonly deps: ProvisioningDeps;
  readonly tokenFile: string;
  gateway: Gateway;
  stop: () => Promise<void>;
}

/** A database, gateway and state folder for this test file alone; all files share Postgres and the Pulumi engine. */
export async function arrange(): Promise<Arrangement> {
  // With characters that have another meaning in a URL.
  const folder = await mkdtemp(join(tmpdir(), 'tenure-provisioning #1 %41?-'));
  const home = join(folder, 'tenants');
  const tokenFile = join(folder, 'token');
  const token = randomBytes(16).toString('hex');
  await mkdir(home);
  await writeFile(tokenFile, token, { mode: 0o600 });
  const [{ pulumi }, platform, gateway] = await Promise.all([
    findEngines(),
    createDatabase(),
    startGateway(home, tokenFile),
  ]);
  const database = openDatabase(platform.url);
  // The tenants' administrator connects to this file's own platform database, so that test files need not wait in turn.
  const admin = new URL(platform.adminUrl);
  admin.pathname = new URL(platform.url).pathname;
  const adminDatabaseUrl = admin.href;
  await asAdmin(adminDatabaseUrl, (client) =>
    client.query(`revoke all on database ${admin.pathname.slice(1)} from public`),
  );
  const deps: ProvisioningDeps = {
    database,
    home: folder,
    pulumi: {
      root: dirname(dirname(pulumi)),
      backendUrl: pathToFileURL(join(folder, 'pulumi')).href,
      passphrase: 'a passphrase for tests',
    },
    tenants: {
      home,
      adminDatabaseUrl,
      scheme: 'http',
      domain: `localhost:${String(gateway.port)}`,
      gatewayPort: gateway.port,
      gatewayControlUrl: gateway.controlUrl,
      gatewayControlToken: token,
      healthMs: 0,
      backupMaxMb: 20,
    },
    licencePublicKey: String(publicPem),
    publicUrl: 'http://localhost:3100',
  };
  const arrangement: Arrangement = {
    ...{ folder, database, deps, tokenFile, gateway },
    async stop() {
      await database.destroy();
      await end(arrangement.gateway.process);
      await platform.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return arrangement;
}

export const licenceFor = (customerId: string, claims: object = {}, key = keys.privateKey): Promise<string> =>
  new SignJWT({ plan: 'starter', features: { maxDevices: 2 }, expiresAt: '2999-01-01T00:00:00.000Z', ...claims })
    .setProtectedHeader({ alg: 'RS256' })
    .setSubject(customerId)
    .sign(key);

export interface TestCustomer {
  readonly customerId: string;
  readonly slug: string;
  readonly companyName: string;
}

export async function addLicence(database: Database, customerId: string, token: string): Promise<void> {
  await database
    .insertInto('licences')
    .values({
      ...{ customerId, action: 'generated', plan: 'starter', maxDevices: 2, licenceHash: randomUUID() },
      ...{ token, generatedBy: 'signup', expiresAt: new Date('2999-01-01'), issuedAt: new Date() },
    })
    .execute();
}

export async function addCustomer(
  database: Database,
  fields: Partial<TestCustomer> = {},
  target = 'local',
): Promise<TestCustomer> {
  const uuid = randomUUID();
  const customer = {
    customerId: `cust_${uuid}`,
    slug: `acme-${uuid.slice(0, 8)}`,
    companyName: 'Acme <&> Söhne',
    ...fields,
  };
  const { customerId, slug, companyName } = customer;
  await database
    .insertInto('customers')
    .values({
      ...{ customerId, slug, companyName, email: `owner-${uuid}@example.com`, emailNorm: `owner-${uuid}@example.com` },
      ...{ profile: tenure.name, plan: 'starter', terms: JSON.stringify({ target }), standing: 'active' },
      trialEndsAt: new Date(Date.now() + 14 * 86_400_000 - 60_000),
    })
    .execute();
  await addLicence(database, customerId, await licenceFor(customerId));
  return customer;
}

/** Many tests make an activity fail on purpose: its warning would only hide the others. */
export const activityEnvironment = (): MockActivityEnvironment =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

/** Each call runs in its own activity context, as after a hand-over. */
export function activitiesOf(deps: ProvisioningDeps) {
  const activities = createProvisioningActivities(deps);
  const run = <A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> =>
    activityEnvironment().run<A, R, (...given: A) => Promise<R>>(activity, ...args);
  return { activities, run };
}

let generation = 0;
export const operationOf = (customerId: string, operation: StackOperation['operation'] = 'create'): StackOperation => ({
  ...{ customerId, operation, epoch: 1 },
  generation: (generation += 1),
});

export async function get(
  port: number,
  host: string,
  path: string,
  options: object = {},
  body?: string,
): Promise<Answer> {
  const outgoing = request({ host: '127.0.0.1', port, path, headers: { host }, ...options });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}
