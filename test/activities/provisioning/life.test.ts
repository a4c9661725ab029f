import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { createLogger } from '../../../infra/logger.ts';
import { SIGN_IN_AUDIENCE } from '../../../infra/licences.ts';
import { targetSettings } from '../../../activities/provisioning/deps.ts';
import { sweepInstances, type LookingDeps } from '../../../infra/sweepers/instances.ts';
import { lookAtAllInstances } from '../../../infra/tenant-stacks/targets.ts';
import { GatewayClient } from '../../../infra/tenant-stacks/local/gateway-client.ts';
import { folderOf, readCredentials, type InstanceCredentials } from '../../../infra/tenant-stacks/local/folder.ts';
import { startTimeOf } from '../../../infra/processes/identity.ts';
import { tenantNames } from '../../../infra/tenant-stacks/spec.ts';
import { eventually } from '../../support/eventually.ts';
import {
  activitiesOf,
  addCustomer,
  addLicence,
  arrange,
  end,
  get,
  licenceFor,
  operationOf,
  startGateway,
  type Arrangement,
  type TestCustomer,
} from './support/arrangement.ts';

let at: Arrangement;
let customer: TestCustomer;
let other: TestCustomer;
beforeAll(async () => {
  at = await arrange();
  customer = await addCustomer(at.database, { companyName: 'Canary <&> Söhne 7319' });
  other = await addCustomer(at.database, { companyName: 'Other' });
});
afterAll(() => at.stop());

const host = (of = customer): string => `${of.slug}.localhost:${String(at.gateway.port)}`;
const page = (path: string, options: object = {}, body?: string) =>
  get(
    at.gateway.port,
    host(),
    path,
    { headers: { host: host(), 'content-type': 'application/json' }, ...options },
    body,
  );
const signedIn = async (path: string) => {
  const { deviceApiKey } = await credentials();
  return page(path, { headers: { host: host(), authorization: `Bearer ${deviceApiKey}` } });
};
const health = async (): Promise<unknown> => JSON.parse((await signedIn('/api/health')).body);
const control = (): GatewayClient =>
  new GatewayClient({ url: at.gateway.controlUrl, token: at.deps.tenants.gatewayControlToken });
const instance = async (of = customer) => {
  const found = await control().find(tenantNames(of.customerId).namespace);
  if (found === undefined) throw new Error('The gateway does not know the instance.');
  return found;
};
/** Never 0, which would mean this test's own process group. */
const runningPid = (): Promise<number> =>
  eventually('the instance to run', async () => {
    const { pid, state } = await instance();
    return state === 'running' ? pid : undefined;
  });
const credentials = (of = customer): Promise<InstanceCredentials> =>
  readCredentials(folderOf(at.deps.tenants.home, tenantNames(of.customerId).namespace));
const apply = (of = customer, operation: 'create' | 'update' = 'update') => {
  const { activities, run } = activitiesOf(at.deps);
  return run(activities.applyStack, operationOf(of.customerId, operation));
};
const sweepFrom = (seenFrom: string, lookAtInstances: LookingDeps['lookAtInstances']) =>
  sweepInstances({
    ...{ database: at.database, logger: createLogger('test', 'silent'), lookAtInstances, seenFrom },
    lookingForSeconds: () => 0,
  });
/** What a check notes about instances that do not serve. */
async function down() {
  const lookAtInstances = () => lookAtAllInstances(targetSettings(at.deps));
  await sweepFrom('here', lookAtInstances);
  return at.database.selectFrom('differences').select(['customerId', 'details']).execute();
}
const rows = () =>
  at.database
    .selectFrom('customers')
    .innerJoin('stacks', 'stacks.customerId', 'customers.customerId')
    .selectAll()
    .where('customers.customerId', '=', customer.customerId)
    .executeTakeFirstOrThrow();
const change = (values: object) =>
  at.database.updateTable('customers').set(values).where('customerId', '=', customer.customerId).execute();
const addDevice = async (name: string) => {
  const { deviceApiKey } = await credentials();
  const headers = { host: host(), authorization: `Bearer ${deviceApiKey}`, 'content-type': 'application/json' };
  return page('/api/devices', { method: 'POST', headers }, JSON.stringify({ name }));
};

describe('the life of one tenant on the real engine', () => {
  test('S1-10 S3-6 create: the instance answers, the rows say so', async () => {
    const result = await apply(customer, 'create');
    // References only: the address contains what the customer typed, and this result is stored in the history.
    expect(result).toEqual({ namespace: tenantNames(customer.customerId).namespace, version: 1 });
    const front = await signedIn('/');
    expect(front.status).toBe(200);
    expect(front.body).toContain('Canary &#60;&#38;&#62; Söhne 7319');
    expect(front.body).toContain('14 days left');
    expect(await rows()).toMatchObject({
      deploymentStatus: 'ready',
      instanceUrl: `http://${host()}`,
      instanceNamespace: `customer-${customer.customerId.replace('_', '-')}`,
      deploymentError: null,
      status: 'ready',
      lastResult: 'succeeded',
      version: 1,
    });
    expect((await rows()).deployedAt).toBeInstanceOf(Date);
    expect(new Set((await rows()).progress as unknown[])).toEqual(
      new Set(
        ['TenantRole', 'TenantDatabase', 'TenantSecrets', 'TenantInstance'].map((resource) => ({
          resource,
          state: 'created',
        })),
      ),
    );
    const metrics = await at.database.selectFrom('deploymentMetrics').selectAll().execute();
    expect(metrics).toMatchObject([{ customerId: customer.customerId, operation: 'create', status: 'success' }]);
  });

  test('S1-8 secrets have their lengths, and only the instance can read them', async () => {
    const { jwtSecret, deviceApiKey, databaseUrl } = await credentials();
    expect([jwtSecret.length, deviceApiKey.length, new URL(databaseUrl).password.length]).toEqual([32, 32, 24]);
    const folder = folderOf(at.deps.tenants.home, tenantNames(customer.customerId).namespace);
    expect((await stat(join(folder, 'credentials.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, 'instance.json'), 'utf8')).not.toContain('Canary');
  });

  test('a second apply changes nothing: same version, same process', async () => {
    const before = await instance();
    expect(await apply()).toMatchObject({ version: 1 });
    expect((await instance()).pid).toBe(before.pid);
    await activitiesOf(at.deps).run(activitiesOf(at.deps).activities.checkInstance, customer);
  });

  test('S1-6 devices: the key is asked for, and the licence limits their number', async () => {
    expect((await page('/api/devices')).status).toBe(401);
    expect((await page('/api/devices', { method: 'POST' }, '{"name":"x"}')).status).toBe(401);
    expect((await addDevice('first')).status).toBe(201);
    expect((await addDevice('second')).status).toBe(201);
    const third = await addDevice('third');
    expect(third.status).toBe(403);
    expect(third.body).toContain('Your plan allows 2 devices');
    expect((await page('/api/devices', { method: 'POST' }, '{"name":"x","admin":true}')).status).toBe(400);
  });

  test('the sign-in page signs in with the device key, and only with it', async () => {
    const headers = { host: host(), 'content-type': 'application/x-www-form-urlencoded' };
    const signIn = (key: string) => page('/login', { method: 'POST', headers }, `key=${key}`);
    expect((await page('/login')).body).toContain('href="http://localhost:3100/account/instance"');
    expect((await signIn('wrong')).status).toBe(401);
    expect((await signIn((await credentials()).deviceApiKey)).status).toBe(303);
    expect((await page('/')).body).not.toContain('first');
  });

  test('a stranger learns that an instance exists, and nothing of it', async () => {
    for (const path of ['/', '/login', '/api/health', '/api/devices', '/nowhere', '/enter?token=x']) {
      const { body, headers } = await page(path, { headers: { host: host(), accept: 'text/html' } });
      for (const told of ['Canary', 'starter', 'eu-central', 'active', 'licence', 'Trial', 'first'])
        expect([path, told, body.includes(told)]).toEqual([path, told, false]);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    }
    expect(JSON.parse((await page('/api/health')).body)).toEqual({ status: 'ok' });
  });

  test.each([
    ['a form of another tenant', { origin: 'http://other.localhost', 'sec-fetch-site': 'same-site' }],
    ['a form of an old browser', { origin: 'http://other.localhost' }],
  ])('%s cannot write, even with a session', async (_what, foreign) => {
    const { deviceApiKey } = await credentials();
    const own = { host: host(), authorization: `Bearer ${deviceApiKey}`, 'content-type': 'application/json' };
    const headers = { ...own, ...foreign };
    expect((await page('/devices', { method: 'POST', headers }, '{"name":"x"}')).body).toContain('another site');
  });

  test('a customer who comes from the account page is signed in by what the platform signed, once', async () => {
    const claims = { aud: SIGN_IN_AUDIENCE, jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 600 };
    const enter = async () => page(`/enter?token=${await licenceFor(customer.customerId, claims)}`);
    const entered = await enter();
    expect([entered.status, entered.body.includes('url=/')]).toEqual([200, true]);
    const cookie = String(entered.headers['set-cookie']).split(';')[0];
    expect((await page('/', { headers: { host: host(), cookie } })).body).toContain('first');
    expect((await enter()).status).toBe(401);
    expect((await page(`/enter?token=${await licenceFor(other.customerId, claims)}`)).status).toBe(401);
    expect((await page('/enter')).status).toBe(400);
  });

  test('a session ends with those of the account and by signing out; a way in stays used over a restart', async () => {
    const entry = randomUUID();
    const way = async (ver: number, jti: string = randomUUID(), of: string = randomUUID()) => {
      const claims = { aud: SIGN_IN_AUDIENCE, jti, ver, entry: of, exp: Math.floor(Date.now() / 1000) + 600 };
      return page(`/enter?token=${await licenceFor(customer.customerId, claims)}`);
    };
    const cookieOf = ({ headers }: Awaited<ReturnType<typeof page>>) =>
      String(headers['set-cookie']).split(';')[0] ?? '';
    const seen = async (cookie: string) =>
      (await page('/', { headers: { host: host(), cookie } })).body.includes('first');
    const used = randomUUID();
    const session = cookieOf(await way(1, used));
    expect(await seen(session)).toBe(true);
    const pid = await runningPid();
    process.kill(pid, 'SIGKILL');
    await eventually('another process', async () => {
      const { state, pid: now } = await instance();
      return state === 'running' && now !== pid;
    });
    expect((await way(1, used)).status).toBe(401);
    expect(await seen(session)).toBe(true);
    const one = cookieOf(await way(1, randomUUID(), entry));
    const { namespace } = tenantNames(customer.customerId);
    await control().signOut(namespace, { version: 1, entries: [entry] });
    expect([await seen(one), await seen(session)]).toEqual([false, true]);
    expect((await way(1, randomUUID(), entry)).status).toBe(401);
    await control().signOut(namespace, { version: 2, entries: [] });
    expect(await seen(session)).toBe(false);
    expect((await way(1)).status).toBe(401);
    const other = cookieOf(await way(2));
    expect(await seen(other)).toBe(true);
    const out = await page('/logout', { method: 'POST', headers: { host: host(), cookie: other } });
    expect([out.status, await seen(other)]).toEqual([303, false]);
  });

  test('S3-5 S3-12 usage is had over the control channel, never from outside', async () => {
    expect((await page('/metrics')).status).toBe(404);
    const usage = await control().usage(tenantNames(customer.customerId).namespace);
    expect(usage).toMatchObject({ devices: 2 });
    expect(usage?.['requests']).toBeGreaterThan(5);
    expect(usage?.['databaseBytes']).toBeGreaterThan(1_000_000);
    const stranger = new GatewayClient({ url: at.gateway.controlUrl, token: 'guessed' });
    expect(await stranger.find(tenantNames(customer.customerId).namespace)).toBeUndefined();
  });

  test('the region is carried: the stack has it, the instance tells it, and a corrected one is taken up', async () => {
    expect(await health()).toMatchObject({ region: 'eu-central' });
    await change({ region: 'us-east' });
    const { activities, run } = activitiesOf(at.deps);
    await expect(run(activities.checkInstance, customer)).rejects.toMatchObject({
      message: 'The instance is not as it should be: region.',
    });
    await apply();
    expect(await health()).toMatchObject({ region: 'us-east' });
    expect((await signedIn('/')).body).toContain('<dd>us-east</dd>');
    expect((await rows()).outputs).toMatchObject({ region: 'us-east' });
    await run(activities.checkInstance, customer);
  });

  test('S1-13 read-only refuses writes in words, at once and without a restart', async () => {
    const before = await instance();
    await change({ standing: 'read_only' });
    expect(await apply()).toMatchObject({ version: 3 });
    expect(await health()).toMatchObject({ mode: 'read_only', status: 'ok', licence: { valid: true }, database: 'ok' });
    const refused = await addDevice('late');
    expect(refused.status).toBe(423);
    expect(refused.body).toContain('read-only');
    expect((await instance()).pid).toBe(before.pid);
    await activitiesOf(at.deps).run(activitiesOf(at.deps).activities.checkInstance, customer);
  });

  test('suspended shows what to do', async () => {
    await change({ standing: 'suspended' });
    await apply();
    const front = await signedIn('/');
    expect(front.status).toBe(402);
    expect(front.body).toContain('choose a plan on your account page');
  });

  test('S1-6 an expired licence makes it read-only; one signed by another is refused and changes nothing', async () => {
    await change({ standing: 'active' });
    await addLicence(
      at.database,
      customer.customerId,
      await licenceFor(customer.customerId, { expiresAt: '2020-01-01T00:00:00.000Z' }),
    );
    await apply();
    expect(await health()).toMatchObject({ mode: 'active', state: 'licence_expired', licence: { valid: false } });
    expect((await addDevice('late')).body).toContain('licence has expired');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const forged of [await licenceFor(customer.customerId, {}, privateKey), await licenceFor(other.customerId)]) {
      await addLicence(at.database, customer.customerId, forged);
      await expect(apply()).rejects.toMatchObject({ type: 'InvalidSpec', nonRetryable: true });
    }
    expect(await rows()).toMatchObject({ deploymentStatus: 'ready', status: 'failed' });
    expect(await health()).toMatchObject({ state: 'licence_expired' });
    await addLicence(at.database, customer.customerId, await licenceFor(customer.customerId));
    await apply();
    expect(await health()).toMatchObject({ state: 'active' });
  });

  test('a killed instance answers 502 and is back by itself', async () => {
    const pid = await runningPid();
    process.kill(pid, 'SIGKILL');
    const statuses = new Set<number>();
    await eventually('the instance is back after a 502', async () => {
      const { status } = await page('/');
      statuses.add(status);
      return statuses.has(502) && status === 200;
    });
    expect((await instance()).pid).not.toBe(pid);
    expect([...statuses].sort()).toEqual([200, 502]);
  });

  test('an instance that hangs is noticed and started again', async () => {
    const pid = await runningPid();
    process.kill(pid, 'SIGSTOP');
    await eventually('another process answers', async () => {
      const { pid: now, state } = await instance();
      return state === 'running' && now !== pid && (await page('/')).status === 200;
    });
    expect(await startTimeOf(pid)).toBeUndefined();
  });

  test('a damaged instance file hurts one tenant; mended, it is served without a restart', async () => {
    await apply(other, 'create');
    const file = join(folderOf(at.deps.tenants.home, tenantNames(customer.customerId).namespace), 'instance.json');
    const whole = await readFile(file, 'utf8');
    const ports = [at.gateway.port, Number(new URL(at.gateway.controlUrl).port)];
    await end(at.gateway.process, 'SIGKILL');
    await writeFile(file, '');
    at.gateway = await startGateway(at.deps.tenants.home, at.tokenFile, ports);
    const status = async (of: TestCustomer) => (await get(at.gateway.port, host(of), '/')).status;
    await eventually('the other is served', async () => (await status(other)) === 200);
    expect(await status(customer)).toBe(404);
    const phase = (is: string) => at.database.updateTable('customers').set({ phase: is }).execute();
    await phase('onboarding');
    expect(await down()).toEqual([]);
    await phase('trial');
    const named = [{ customerId: customer.customerId, details: 'a file it starts from is damaged.' }];
    expect(await down()).toEqual(named);
    await writeFile(file, whole);
    await eventually('the mended one is served', async () => (await status(customer)) === 200);
    expect(await down()).toEqual([]);
  });

  test('instances end with the gateway, killed or stopped, and are back with the next one', async () => {
    const { pid } = await instance();
    const ports = [at.gateway.port, Number(new URL(at.gateway.controlUrl).port)];
    await end(at.gateway.process, 'SIGKILL');
    at.gateway = await startGateway(at.deps.tenants.home, at.tokenFile, ports);
    await eventually('the instance is back', async () => (await page('/')).status === 200);
    expect((await instance()).pid).not.toBe(pid);
    expect(await startTimeOf(pid ?? 0)).toBeUndefined();

    const again = await instance();
    await end(at.gateway.process);
    expect(await startTimeOf(again.pid ?? 0)).toBeUndefined();
    const nobody = [
      {
        customerId: '',
        details: 'every instance, seen from here: the service that runs the instances does not answer.',
      },
    ];
    expect(await down()).toEqual(nobody);
    at.gateway = await startGateway(at.deps.tenants.home, at.tokenFile, ports);
    await eventually('the instance is back', async () => (await page('/')).status === 200);
    await eventually('nothing is down', async () => (await down()).length === 0);
  });

  test("a tenant's role reaches its own database and no other", async () => {
    await apply(other, 'create');
    const { databaseUrl } = await credentials();
    const platform = new URL(at.deps.tenants.adminDatabaseUrl).pathname.slice(1);
    const connect = async (database: string): Promise<void> => {
      const client = new pg.Client({ connectionString: databaseUrl.replace(/\/[^/]+$/, `/${database}`) });
      try {
        await client.connect();
      } finally {
        await client.end();
      }
    };
    await connect(tenantNames(customer.customerId).database);
    for (const database of [tenantNames(other.customerId).database, platform, 'postgres', 'template1'])
      await expect(connect(database)).rejects.toThrow('pg_hba.conf rejects connection');
    await expect(connect(tenantNames(customer.customerId).database)).resolves.toBeUndefined();
  });

  test('canaries: no secret and nothing personal in state, log, export or process list', async () => {
    const { jwtSecret, deviceApiKey, databaseUrl, licence } = await credentials();
    const password = new URL(databaseUrl).password;
    const canaries = [
      jwtSecret,
      deviceApiKey,
      password,
      licence,
      'Canary',
      '@example.com',
      new URL(at.deps.tenants.adminDatabaseUrl).password,
    ];
    const folders = [join(at.folder, 'pulumi'), join(at.folder, 'stacks')];
    const files = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })));
    let read = 0;
    for (const file of files.flat().filter((entry) => entry.isFile())) {
      const content = await readFile(join(file.parentPath, file.name), 'latin1');
      read += 1;
      expect(canaries.filter((canary) => content.includes(canary)).map((found) => `${file.name}: ${found}`)).toEqual(
        [],
      );
    }
    expect(read).toBeGreaterThan(3);
  });

  test('what was removed behind its back is made again', async () => {
    await control().stop(tenantNames(customer.customerId).namespace);
    await apply();
    expect((await page('/')).status).toBe(200);
  });

  test('S0-21: the audit trail has what became of the stack, and nothing personal', async () => {
    const tenants = { ...at.deps.tenants, adminDatabaseUrl: 'postgres://tenants@127.0.0.1:9/postgres' };
    const broken = activitiesOf({ ...at.deps, tenants });
    const failing = operationOf(customer.customerId, 'update');
    await expect(broken.run(broken.activities.applyStack, failing)).rejects.toThrow();
    const { activities, run } = activitiesOf(at.deps);
    await run(activities.destroyStack, operationOf(customer.customerId, 'destroy'));
    const audited = await at.database
      .selectFrom('auditEvents')
      .select(['action', 'actor', 'details'])
      .where('customerId', '=', customer.customerId)
      .where('action', 'like', 'stack.%')
      .orderBy('auditId')
      .execute();
    const [first] = audited;
    expect(first).toMatchObject({ action: 'stack.created', actor: 'system', details: { operation: 'create' } });
    expect(audited.slice(-2)).toMatchObject([
      { action: 'stack.failed', details: { operation: 'update', generation: failing.generation } },
      { action: 'stack.destroyed', details: { operation: 'destroy' } },
    ]);
    expect(JSON.stringify(audited)).not.toContain('Canary');
  });
});
