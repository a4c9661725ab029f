import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createProvisioningActivities } from '../../../activities/provisioning/index.ts';
import { killSession, sessionMembers } from '../../../infra/processes/session.ts';
import { tenantNames } from '../../../infra/tenant-stacks/spec.ts';
import type { StackOperation } from '../../../workflows/contract/stack.ts';
import { eventually } from '../../support/eventually.ts';
import {
  activitiesOf,
  activityEnvironment,
  addCustomer,
  arrange,
  end,
  operationOf,
  type Arrangement,
  type TestCustomer,
} from './support/arrangement.ts';
import type { WorkerOrder } from './support/worker-process.ts';

/** The provider takes this lock to count databases: holding it stops an `up` after the role and before the database. */
const QUOTA_LOCK = 7_310_001;

let at: Arrangement;
let customer: TestCustomer;
let gate: pg.Client;
beforeAll(async () => {
  at = await arrange();
});
afterAll(() => at.stop());
beforeEach(async () => {
  customer = await addCustomer(at.database);
  gate = new pg.Client({ connectionString: at.deps.tenants.adminDatabaseUrl });
  await gate.connect();
});
afterEach(() => gate.end());

const closeGate = () => gate.query('select pg_advisory_lock($1)', [QUOTA_LOCK]);
const openGate = () => gate.query('select pg_advisory_unlock($1)', [QUOTA_LOCK]);
const count = async (sql: string, name: string): Promise<number> => (await gate.query(sql, [name])).rowCount ?? 0;
const roles = () => count('select from pg_roles where rolname = $1', tenantNames(customer.customerId).role);
const databases = () => count('select from pg_database where datname = $1', tenantNames(customer.customerId).database);
const stackFolder = () => join(at.folder, 'stacks', tenantNames(customer.customerId).stack);
const lockFolder = () =>
  join(at.folder, 'pulumi/.pulumi/locks/organization/tenure', tenantNames(customer.customerId).stack);
const locks = async () =>
  (await readdir(lockFolder()).catch((): string[] => [])).filter((name) => name.endsWith('.json'));
const runnerPid = async () =>
  (JSON.parse(await readFile(join(stackFolder(), 'lease.json'), 'utf8')) as { pid: number }).pid;
const row = () =>
  at.database.selectFrom('stacks').selectAll().where('customerId', '=', customer.customerId).executeTakeFirstOrThrow();

/** Waits until the role exists, the database does not, and Pulumi holds its lock: the middle of an `up`. */
async function inMidUp(): Promise<number> {
  await eventually('the role and the lock', async () => (await roles()) === 1 && (await locks()).length === 1);
  const waiting =
    "select from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like '%' || $1 || '%'";
  await eventually('the provider waits at the gate', async () => (await count(waiting, 'pg_advisory_lock')) === 1);
  expect(await databases()).toBe(0);
  return runnerPid();
}

const startWorker = (operation: StackOperation) => {
  const { home, pulumi, tenants, licencePublicKey, publicUrl } = at.deps;
  const deps = { home, pulumi, tenants, licencePublicKey, publicUrl };
  const order: WorkerOrder = { deps, databaseUrl: at.deps.tenants.adminDatabaseUrl, operation };
  const entry = new URL('support/worker-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [entry], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(JSON.stringify(order));
  return child;
};

async function expectWholeAndSingle(): Promise<void> {
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.checkInstance, customer);
  expect([await roles(), await databases()]).toEqual([1, 1]);
  expect(await locks()).toEqual([]);
  const state = join(at.folder, 'pulumi/.pulumi/stacks/tenure', `${tenantNames(customer.customerId).stack}.json`);
  const { checkpoint } = JSON.parse(await readFile(state, 'utf8')) as {
    checkpoint: { latest: { resources: { type: string }[]; pending_operations?: unknown[] } };
  };
  const types = checkpoint.latest.resources.map(({ type }) => type).filter((type) => type.startsWith('tenure:'));
  expect(types.sort()).toEqual([
    'tenure:local:TenantDatabase',
    'tenure:local:TenantInstance',
    'tenure:local:TenantRole',
    'tenure:local:TenantSecrets',
  ]);
  expect(checkpoint.latest.pending_operations ?? []).toEqual([]);
}

test('the worker is killed in mid-up; nothing goes on, the next apply finishes, nothing is made twice', async () => {
  await closeGate();
  const operation = operationOf(customer.customerId);
  const worker = startWorker(operation);
  const session = await inMidUp();
  await end(worker, 'SIGKILL');
  await eventually('runner, Pulumi and provider are gone', async () => (await sessionMembers(session)).length === 0);
  expect(await locks()).toHaveLength(1);
  await openGate();
  const { activities, run } = activitiesOf(at.deps);
  await expect(run(activities.applyStack, operation)).resolves.toMatchObject({ version: 1 });
  await expectWholeAndSingle();
  expect(await readdir(join(stackFolder(), 'exports'))).toHaveLength(1);
});

test('what a cut-off create left is removed by a destroy that never heard of it', async () => {
  await closeGate();
  const worker = startWorker(operationOf(customer.customerId));
  const session = await inMidUp();
  await end(worker, 'SIGKILL');
  await eventually('runner, Pulumi and provider are gone', async () => (await sessionMembers(session)).length === 0);
  const { database, role } = tenantNames(customer.customerId);
  await gate.query(`create database ${database}`);
  // This keeps the role, which the state knows, from being dropped.
  await gate.query(`grant connect on database ${database} to ${role}`);
  await openGate();
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.destroyStack, operationOf(customer.customerId, 'destroy'));
  await run(activities.verifyStackGone, customer);
  expect([await roles(), await databases()]).toEqual([0, 0]);
});

test('an attempt that was stopped and overtaken touches nothing of the one that has the stack now', async () => {
  await closeGate();
  const operation = operationOf(customer.customerId);
  const worker = startWorker(operation);
  const first = await inMidUp();
  const plugins = () => readdir(join(stackFolder(), 'plugins'), { recursive: true });
  const [stale] = await plugins();
  worker.kill('SIGSTOP');
  await killSession(first);
  const { activities, run } = activitiesOf(at.deps);
  const applied = run(activities.applyStack, operation);
  await eventually('the next attempt has its provider', async () => {
    const found = await plugins();
    return found.length === 3 && found[0] !== stale;
  });
  const kept = async () => [await runnerPid(), await plugins()];
  const living = await kept();
  worker.kill('SIGCONT');
  await once(worker, 'exit');
  expect(await kept()).toEqual(living);
  await openGate();
  await expect(applied).resolves.toMatchObject({ version: 1 });
  await expectWholeAndSingle();
  expect(await readdir(join(stackFolder(), 'plugins'))).toEqual([]);
});

test.each([
  ['nothing', ''],
  ['half of itself', '{"host":"'],
  ['no lease', '{}'],
])('a lease and a lock that hold %s are those of an operation that was cut off', async (_label, text) => {
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.applyStack, operationOf(customer.customerId));
  await writeFile(join(stackFolder(), 'lease.json'), text);
  await writeFile(join(lockFolder(), '5f4dcc3b-5aa7-4d65-9d83-27deb882cf99.json'), text);
  expect(await run(activities.inspectLock, customer)).toBe('dead');
  await run(activities.applyStack, operationOf(customer.customerId, 'update'));
  await expectWholeAndSingle();
});

test("tenants made at the same time do not get in each other's way", async () => {
  const others = await Promise.all([1, 2, 3].map(() => addCustomer(at.database)));
  const { activities, run } = activitiesOf(at.deps);
  await Promise.all(others.map(({ customerId }) => run(activities.applyStack, operationOf(customerId))));
  for (const { customerId } of others) await run(activities.checkInstance, { customerId });
});

test('the runner alone is killed; what it started is ended, the failure is typed, a retry finishes', async () => {
  await closeGate();
  const { activities, run } = activitiesOf(at.deps);
  const operation = operationOf(customer.customerId);
  const failed = expect(run(activities.applyStack, operation)).rejects.toMatchObject({
    type: 'ProvisioningInterrupted',
  });
  const session = await inMidUp();
  process.kill(session, 'SIGKILL');
  await failed;
  expect(await sessionMembers(session)).toEqual([]);
  expect(await row()).toMatchObject({ status: 'failed', lastResult: 'failed' });
  await openGate();
  await run(activities.applyStack, operation);
  await expectWholeAndSingle();
});

test('the lock of somebody living is not broken; of a dead one it is', async () => {
  await closeGate();
  const first = activitiesOf(at.deps);
  const operation = operationOf(customer.customerId);
  const applied = first.run(first.activities.applyStack, operation);
  await inMidUp();
  const second = activitiesOf({ ...at.deps, limits: { lockWaitMs: 300 } });
  await expect(second.run(second.activities.applyStack, operation)).rejects.toMatchObject({
    type: 'StackLocked',
    nonRetryable: false,
  });
  expect(await row()).toMatchObject({ status: 'creating' });
  await openGate();
  await expect(applied).resolves.toMatchObject({ version: 1 });

  const lock = { pid: process.pid, username: 'x', hostname: hostname(), timestamp: new Date().toISOString() };
  const file = join(lockFolder(), '5f4dcc3b-5aa7-4d65-9d83-27deb882cf99.json');
  await writeFile(file, JSON.stringify(lock));
  const next = operationOf(customer.customerId, 'update');
  await expect(second.run(second.activities.applyStack, next)).rejects.toMatchObject({ type: 'StackLocked' });
  await writeFile(file, JSON.stringify({ ...lock, hostname: 'another-host' }));
  await expect(second.run(second.activities.applyStack, next)).rejects.toMatchObject({ type: 'StackLocked' });
  // The pid exists, but its process began long after this lock was taken.
  await writeFile(file, JSON.stringify({ ...lock, timestamp: '2020-01-01T00:00:00Z' }));
  await second.run(second.activities.applyStack, next);
  await expectWholeAndSingle();
});

test('whatever a kill leaves half written, the next operation goes on', async () => {
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.applyStack, operationOf(customer.customerId));
  // The state itself is replaced by a rename; attributes beside it would be written in place.
  const states = await readdir(join(at.folder, 'pulumi/.pulumi/stacks/tenure'));
  expect(states.filter((name) => name.endsWith('.attrs'))).toEqual([]);
  const files = await readdir(stackFolder(), { recursive: true, withFileTypes: true });
  for (const { parentPath, name } of files.filter((file) => file.isFile())) await truncate(join(parentPath, name));
  await run(activities.applyStack, operationOf(customer.customerId, 'update'));
  await expectWholeAndSingle();
});

test('a stale generation is refused and writes nothing', async () => {
  const { activities, run } = activitiesOf(at.deps);
  const stale = operationOf(customer.customerId, 'destroy');
  await run(activities.applyStack, operationOf(customer.customerId));
  const before = await row();
  await expect(run(activities.destroyStack, stale)).rejects.toMatchObject({
    type: 'StaleGeneration',
    nonRetryable: true,
  });
  expect(await row()).toEqual(before);
  await expectWholeAndSingle();
});

test('an operation that takes too long is stopped; a retry finishes it', async () => {
  await closeGate();
  const hurried = activitiesOf({ ...at.deps, limits: { deadlineMs: 15_000 } });
  const operation = operationOf(customer.customerId);
  const failed = expect(hurried.run(hurried.activities.applyStack, operation)).rejects.toMatchObject({
    type: 'ProvisioningTimedOut',
  });
  const session = await inMidUp();
  await failed;
  expect(await sessionMembers(session)).toEqual([]);
  await openGate();
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.applyStack, operation);
  await expectWholeAndSingle();
});

test('a cancelled activity leaves no process behind', async () => {
  await closeGate();
  const env = activityEnvironment();
  const { applyStack } = createProvisioningActivities(at.deps);
  const cancelled = expect(env.run(applyStack, operationOf(customer.customerId))).rejects.toThrow('CANCELLED');
  const session = await inMidUp();
  env.cancel('CANCELLED');
  await cancelled;
  expect(await sessionMembers(session)).toEqual([]);
  expect(await row()).toMatchObject({ status: 'failed', lastError: 'Cancelled.' });
});
