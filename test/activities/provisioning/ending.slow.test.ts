import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type pg from 'pg';
import { asAdmin } from '../../../infra/tenant-stacks/local/admin.ts';
import { restoreBackup } from '../../../infra/tenant-stacks/local/backup.ts';
import { folderOf, readCredentials } from '../../../infra/tenant-stacks/local/folder.ts';
import { GatewayClient } from '../../../infra/tenant-stacks/local/gateway-client.ts';
import { tenantNames, type TenantNames } from '../../../infra/tenant-stacks/spec.ts';
import { activitiesOf, addCustomer, arrange, end, get, operationOf, type Arrangement } from './support/arrangement.ts';

let at: Arrangement;
beforeAll(async () => {
  at = await arrange();
});
afterAll(() => at.stop());

const admin = <T>(work: (client: pg.Client) => Promise<T>, database?: string) =>
  asAdmin(at.deps.tenants.adminDatabaseUrl, work, database);
const call = () => {
  const { activities, run } = activitiesOf(at.deps);
  return {
    create: (customerId: string) => run(activities.applyStack, operationOf(customerId)),
    destroy: (customerId: string) => run(activities.destroyStack, operationOf(customerId, 'destroy')),
    verify: (customerId: string) => run(activities.verifyStackGone, { customerId }),
    check: (customerId: string) => run(activities.checkInstance, { customerId }),
    backup: (customerId: string) =>
      run(activities.backupTenant, { customerId, retainUntil: '2030-01-01T00:00:00.000Z' }),
    deleteBackups: (customerId: string) => run(activities.deleteBackups, { customerId }),
  };
};
const tenantOf = (customerId: string) => ({ ...tenantNames(customerId), adminUrl: at.deps.tenants.adminDatabaseUrl });
const backups = (customerId: string) =>
  at.database.selectFrom('backups').selectAll().where('customerId', '=', customerId).execute();

const DEVICES = ['plain', 'tab\tand\nline', 'null \\N', 'emoji 🛰', ''];
const fill = (database: string) =>
  admin(async (client) => {
    await client.query('insert into public.devices (name) select unnest($1::text[])', [DEVICES]);
    await client.query("insert into public.notes (device_id, body) select id, 'about ' || name from public.devices");
  }, database);
const contents = (database: string) =>
  admin(async (client) => {
    const devices = await client.query('select * from public.devices order by id');
    const notes = await client.query('select * from public.notes order by id');
    return { devices: devices.rows as unknown[], notes: notes.rows as unknown[] };
  }, database);

test('backup and restore: every row comes back as it was, and the ids go on behind it', async () => {
  const { customerId } = await addCustomer(at.database);
  const { database } = tenantNames(customerId);
  const { create, backup, deleteBackups } = call();
  await create(customerId);
  await fill(database);
  const before = await contents(database);
  const taken = await backup(customerId);
  expect(taken).toMatchObject({ tables: 2, rows: 10 });
  const [row] = await backups(customerId);
  expect(row).toMatchObject({ id: taken.backupId, deleteAfter: new Date('2030-01-01'), deletedAt: null });
  expect(row?.manifest).toMatchObject({
    tables: [
      { name: 'devices', rows: 5, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      { name: 'notes', rows: 5 },
    ],
  });
  await admin((client) => client.query("delete from public.notes; update public.devices set name = 'lost'"), database);
  // Sessions that ended after the backup stay ended.
  await admin((client) => client.query('update public.platform_session_version set version = 7'), database);
  await restoreBackup(tenantOf(customerId), row?.location ?? '');
  expect(await contents(database)).toEqual(before);
  const sessions = await admin(
    (client) => client.query('select version from public.platform_session_version'),
    database,
  );
  expect(sessions.rows).toEqual([{ version: 7 }]);
  const added = await admin(
    (client) => client.query<{ id: number }>("insert into public.notes (body) values ('x') returning id"),
    database,
  );
  expect(Number(added.rows[0]?.id)).toBe(6);

  expect((await backup(customerId)).backupId).toBe(taken.backupId);
  expect(await backups(customerId)).toHaveLength(1);
  await deleteBackups(customerId);
  expect((await backups(customerId))[0]?.deletedAt).toBeInstanceOf(Date);
  await expect(readdir(row?.location ?? '')).rejects.toThrow('ENOENT');
  await deleteBackups(customerId);
});

test('a backup that Postgres names outside our folder is left, for it may be that of another installation', async () => {
  const { customerId } = await addCustomer(at.database);
  const { create, backup, deleteBackups } = call();
  await create(customerId);
  const { backupId } = await backup(customerId);
  const original = join(at.folder, 'another-home', 'generation-1');
  await mkdir(original, { recursive: true });
  await at.database
    .updateTable('backups')
    .set({ location: original })
    .where('id', '=', backupId ?? '')
    .execute();
  await expect(deleteBackups(customerId)).rejects.toMatchObject({ type: 'BackupElsewhere' });
  expect(await readdir(join(at.folder, 'another-home'))).toEqual(['generation-1']);
  // As if the whole folder had been moved.
  await rm(original, { recursive: true });
  await deleteBackups(customerId);
  expect((await backups(customerId))[0]?.deletedAt).toBeInstanceOf(Date);
});

test('a damaged backup is refused and changes nothing', async () => {
  const { customerId } = await addCustomer(at.database);
  const { database } = tenantNames(customerId);
  const { create, backup } = call();
  await create(customerId);
  await fill(database);
  await backup(customerId);
  const location = (await backups(customerId))[0]?.location ?? '';
  const file = join(location, '0.copy.gz');
  await writeFile(file, gzipSync(String(gunzipSync(await readFile(file))).replace('plain', 'PLAIN')));
  const before = await contents(database);
  await expect(restoreBackup(tenantOf(customerId), location)).rejects.toThrow();
  expect(await contents(database)).toEqual(before);
});

test('S3-6 destroy leaves nothing, keeps the backup, and is done when done again', async () => {
  const { customerId, slug } = await addCustomer(at.database);
  const { create, destroy, verify, backup } = call();
  await expect(verify(customerId)).resolves.toBeUndefined();
  await create(customerId);
  await expect(verify(customerId)).rejects.toMatchObject({
    type: 'StackNotEmpty',
    message: 'Still there: database, role, sign-in, process, route, files, state, stack folder.',
  });
  const taken = await backup(customerId);
  await destroy(customerId);
  await verify(customerId);
  await destroy(customerId);
  await verify(customerId);
  expect((await get(at.gateway.port, `${slug}.localhost`, '/')).status).toBe(404);
  expect(await backup(customerId)).toMatchObject({ backupId: taken.backupId });
  const row = await at.database.selectFrom('customers').selectAll().where('customerId', '=', customerId).execute();
  expect(row).toMatchObject([{ deploymentStatus: 'deleted', instanceUrl: null, instanceNamespace: null }]);
  const traces = await readdir(join(at.folder, 'pulumi'), { recursive: true });
  expect(traces.filter((path) => path.includes(tenantNames(customerId).stack) && path.endsWith('.json'))).toEqual([]);
});

test('a customer whose target does not exist can be taken away, and is never built', async () => {
  const { customerId } = await addCustomer(at.database, {}, 'nowhere');
  const { create, destroy, verify, backup } = call();
  await expect(create(customerId)).rejects.toMatchObject({ type: 'InvalidSpec', nonRetryable: true });
  expect(await backup(customerId)).toEqual({ backupId: null, tables: 0, rows: 0 });
  await destroy(customerId);
  await verify(customerId);
});

test('a name with line separators gets whole to the engine, and what it says comes back', async () => {
  const { customerId } = await addCustomer(at.database, { companyName: 'a\u2028b\u2029c\nd' });
  const { create, destroy, verify, check } = call();
  await create(customerId);
  // The health check compares the company name that the instance has with the customer's.
  await check(customerId);
  await destroy(customerId);
  await verify(customerId);
});

test('a customer whose words cannot be built any more is backed up and taken away all the same', async () => {
  const { customerId } = await addCustomer(at.database);
  const { create, destroy, verify, backup } = call();
  await create(customerId);
  await at.database
    .updateTable('customers')
    .set({
      slug: `../../evil"; drop database x; -- ${customerId}`,
      companyName: '\u2028\u001b[31m',
      region: 'moon',
      plan: '?',
    })
    .where('customerId', '=', customerId)
    .execute();
  await expect(create(customerId)).rejects.toMatchObject({ type: 'InvalidSpec' });
  expect((await backup(customerId)).backupId).not.toBeNull();
  await destroy(customerId);
  await verify(customerId);
});

test('a customer who never had a stack can be backed up and destroyed', async () => {
  const { customerId } = await addCustomer(at.database);
  const { destroy, verify, backup } = call();
  expect(await backup(customerId)).toEqual({ backupId: null, tables: 0, rows: 0 });
  await destroy(customerId);
  await verify(customerId);
});

test('after a destroy the same customer can have a stack again', async () => {
  const { customerId } = await addCustomer(at.database);
  const { create, destroy } = call();
  await create(customerId);
  await destroy(customerId);
  await create(customerId);
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.checkInstance, { customerId });
});

describe('inventory: each kind of leftover is named, whatever the state says', () => {
  const PLANTS: Record<string, (of: TenantNames) => Promise<() => Promise<unknown>>> = {
    async database({ database }) {
      await admin((client) => client.query(`create database ${database}`));
      return () => admin((client) => client.query(`drop database ${database}`));
    },
    async role({ role }) {
      await admin((client) => client.query(`create role ${role}`));
      return () => admin((client) => client.query(`drop role ${role}`));
    },
    process({ namespace }) {
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', namespace], { stdio: 'ignore' });
      return Promise.resolve(() => end(child, 'SIGKILL'));
    },
    async files({ namespace }) {
      const folder = folderOf(at.deps.tenants.home, namespace);
      await mkdir(folder);
      return () => rm(folder, { recursive: true });
    },
    async lock({ stack }) {
      const folder = join(at.folder, 'pulumi/.pulumi/locks/organization/tenure', stack);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'x.json'), '{}');
      return () => rm(folder, { recursive: true });
    },
    async state({ stack }) {
      const folder = join(at.folder, 'pulumi/.pulumi/stacks/tenure');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${stack}.json`), '{}');
      return () => rm(join(folder, `${stack}.json`));
    },
  };

  test.each(Object.keys(PLANTS))('%s', async (kind) => {
    const { customerId } = await addCustomer(at.database);
    const { verify } = call();
    await verify(customerId);
    const remove = await PLANTS[kind]?.(tenantNames(customerId));
    await expect(verify(customerId)).rejects.toMatchObject({ type: 'StackNotEmpty', message: `Still there: ${kind}.` });
    await remove?.();
    await verify(customerId);
  });

  test('route', async () => {
    const { customerId } = await addCustomer(at.database);
    const { create, destroy, verify } = call();
    await create(customerId);
    const { namespace } = tenantNames(customerId);
    const folder = folderOf(at.deps.tenants.home, namespace);
    const credentials = await readCredentials(folder);
    const instance = await readFile(join(folder, 'instance.json'));
    await destroy(customerId);
    // An instance that cannot start has a route and no process.
    await mkdir(folder);
    await writeFile(join(folder, 'credentials.json'), JSON.stringify({ ...credentials, licence: 'not a licence' }));
    await writeFile(join(folder, 'instance.json'), instance);
    const control = new GatewayClient({ url: at.gateway.controlUrl, token: at.deps.tenants.gatewayControlToken });
    await expect(control.ensure(namespace)).rejects.toMatchObject({ type: 'InvalidSpec' });
    await rm(folder, { recursive: true });
    await expect(verify(customerId)).rejects.toMatchObject({ message: 'Still there: route.' });
    await control.stop(namespace);
    await verify(customerId);
  });
});
