import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { asAdmin, ensureDatabase } from '../../../infra/tenant-stacks/local/admin.ts';
import { boundRelations } from '../../../infra/tenant-stacks/local/relation-bound.ts';
import { restoreBackup } from '../../../infra/tenant-stacks/local/backup.ts';
import { folderOf, readCredentials } from '../../../infra/tenant-stacks/local/folder.ts';
import { TenantStore } from '../../../infra/tenant-stacks/local/instance/store.ts';
import { tenantNames } from '../../../infra/tenant-stacks/spec.ts';
import { activitiesOf, addCustomer, arrange, operationOf, type Arrangement } from './support/arrangement.ts';

let at: Arrangement;
beforeAll(async () => {
  at = await arrange();
});
afterAll(() => at.stop());

/** A customer with an instance, and an attacker who has taken it over: SQL as the tenant's role. */
async function takenOver() {
  const { customerId } = await addCustomer(at.database);
  const names = tenantNames(customerId);
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.applyStack, operationOf(customerId));
  const { databaseUrl } = await readCredentials(folderOf(at.deps.tenants.home, names.namespace));
  return {
    ...names,
    customerId,
    databaseUrl,
    attack: (statement: string) => asRole(databaseUrl, statement),
    backup: () => run(activities.backupTenant, { customerId, retainUntil: null }),
    apply: () => run(activities.applyStack, operationOf(customerId, 'update')),
    destroy: () => run(activities.destroyStack, operationOf(customerId, 'destroy')),
    tenant: { ...names, adminUrl: at.deps.tenants.adminDatabaseUrl },
  };
}

async function asRole<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

const admin = <Row extends pg.QueryResultRow>(statement: string, database?: string): Promise<Row[]> =>
  asAdmin(at.deps.tenants.adminDatabaseUrl, async (client) => (await client.query<Row>(statement)).rows, database);

async function backupOf(customerId: string): Promise<{ location: string; manifest: unknown; text: string }> {
  const { location, manifest } = await at.database
    .selectFrom('backups')
    .selectAll()
    .where('customerId', '=', customerId)
    .executeTakeFirstOrThrow();
  const files = await readdir(location);
  const read = async (file: string) => {
    const bytes = await readFile(join(location, file));
    return String(file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  };
  const text = (await Promise.all(files.map(read))).join('\n');
  return { location, manifest, text };
}

const CARETAKERS = String.raw`select rolname from pg_roles where rolname like '%\_care'`;

test("a tenant's table named like a catalogue is backed up as what it is, and never the catalogue", async () => {
  const { attack, backup, customerId } = await takenOver();
  await attack(`create table public.pg_authid (rolname text, rolpassword text);
    insert into public.pg_authid values ('mine', 'my own row');
    create table public.pg_database (anything int)`);
  expect(await backup()).toMatchObject({ tables: 4, rows: 1 });
  const { text } = await backupOf(customerId);
  expect(text).toContain('my own row');
  expect(text).not.toContain('SCRAM-SHA-256');
});

test('tables that put out far more than they take up make no large backup, and none beyond its bound', async () => {
  const { attack, backup, customerId, namespace } = await takenOver();
  await attack('create table public.amp (a int); insert into public.amp select generate_series(1, 10)');
  await attack("alter table public.amp add column t text default repeat('a', 500000)");
  expect(await backup()).toMatchObject({ rows: 10 });
  const { location, manifest } = await backupOf(customerId);
  const { tables } = manifest as { tables: { name: string; bytes: number }[] };
  expect(tables.find(({ name }) => name === 'amp')?.bytes).toBeLessThan(100_000);
  await attack('insert into public.amp select generate_series(1, 1000)');
  await expect(backup()).rejects.toMatchObject({ type: 'BackupTooLarge' });
  const kept = await readdir(join(at.deps.home, 'backups', namespace));
  expect(kept).toEqual([basename(location)]);
  expect(await admin(CARETAKERS)).toEqual([]);
  // The earlier backup is intact, and the tenant keeps working.
  expect(await attack('select count(*)::int as rows from public.amp')).toEqual([{ rows: 1010 }]);
});

describe("a tenant's trigger that runs in a restore gets no more power than the tenant", () => {
  let victim: Awaited<ReturnType<typeof takenOver>>;
  beforeAll(async () => {
    victim = await takenOver();
    await victim.attack('create table public.loot (id int); insert into public.loot values (1)');
    await victim.backup();
  });

  test.each(['', 'reset role', 'reset session authorization', 'set role none'])('after "%s"', async (first) => {
    const { attack, customerId, role, tenant } = victim;
    await attack(`create or replace function public.rise() returns trigger language plpgsql as
      $f$ begin execute '${first || 'select 1'}'; execute 'alter role ${role} superuser'; return new; end $f$;
      create or replace trigger rise before insert on public.loot for each row execute function public.rise()`);
    const { location } = await backupOf(customerId);
    await expect(restoreBackup(tenant, location)).rejects.toMatchObject({ type: 'ProviderAuth' });
    expect(await admin(`select rolsuper from pg_roles where rolname = '${role}'`)).toEqual([{ rolsuper: false }]);
    expect(await admin(CARETAKERS)).toEqual([]);
  });
});

test("what a tenant's trigger makes while a restore runs stays the tenant's, and leaves no role behind", async () => {
  const { attack, backup, customerId, role, tenant, database } = await takenOver();
  await attack(`create table public.seed (id int); insert into public.seed values (1)`);
  await backup();
  await attack(`create function public.plant() returns trigger language plpgsql as
    $f$ begin execute 'create table public.planted (id int)'; return new; end $f$;
    create trigger plant before insert on public.seed for each row execute function public.plant()`);
  await restoreBackup(tenant, (await backupOf(customerId)).location);
  const owner = `select pg_get_userbyid(relowner) as owner from pg_class where relname = 'planted'`;
  expect(await admin(owner, database)).toEqual([{ owner: role }]);
  expect(await admin(CARETAKERS)).toEqual([]);
});

test('tables that refer to each other and to themselves come back, with their constraints as they were', async () => {
  const { attack, backup, customerId, tenant } = await takenOver();
  await attack(`create table public."Teams" (id int primary key, lead int, above int references public."Teams");
    create table public.users (id int primary key, team int not null references public."Teams");
    alter table public."Teams" add foreign key (lead) references public.users deferrable;
    insert into public."Teams" values (1, null, 2), (2, null, null); insert into public.users values (7, 1);
    update public."Teams" set lead = 7`);
  const constraints = () =>
    attack(`select conname, condeferrable, condeferred, convalidated from pg_constraint
      where contype = 'f' and connamespace = 'public'::regnamespace order by conname`);
  const before = await constraints();
  await backup();
  await attack('update public."Teams" set lead = null, above = null; delete from public.users');
  await restoreBackup(tenant, (await backupOf(customerId)).location);
  expect(await attack('select id, lead, above from public."Teams" order by id')).toEqual([
    { id: 1, lead: 7, above: 2 },
    { id: 2, lead: 7, above: null },
  ]);
  expect(await constraints()).toEqual(before);
  await expect(attack('insert into public.users values (8, 99)')).rejects.toThrow('foreign key');
});

test('neither a lock nor rules of its own let a tenant stand in the way of its last backup', async () => {
  const { attack, backup, customerId, databaseUrl } = await takenOver();
  await attack(`create table public.hidden (id int); insert into public.hidden values (1);
    alter table public.hidden enable row level security; alter table public.hidden force row level security;
    create table public.parted (id int) partition by range (id);
    create table public.parted_low partition of public.parted for values from (0) to (10);
    insert into public.parted values (7)`);
  const holder = new pg.Client({ connectionString: databaseUrl });
  const lost = new Promise<Error>((resolve) => holder.on('error', resolve));
  await holder.connect();
  await holder.query('begin; lock table public.devices in access exclusive mode');
  expect(await backup()).toMatchObject({ tables: 3, rows: 1 });
  expect((await backupOf(customerId)).manifest).toMatchObject({ skipped: [{ name: 'hidden', sqlState: '42501' }] });
  expect((await lost).message).toMatch(/terminat/);
  expect(await attack('select 1 as back')).toEqual([{ back: 1 }]);
});

test('a role that has changed its own password has the one we know again after the next operation', async () => {
  const { attack, apply, role, databaseUrl, namespace, database } = await takenOver();
  await attack(`alter role ${role} password 'mine alone'; alter role ${role} set statement_timeout = 0`);
  await expect(asRole(databaseUrl, 'select 1')).rejects.toThrow('password authentication failed');
  await apply();
  const healed = await readCredentials(folderOf(at.deps.tenants.home, namespace));
  expect(await asRole(healed.databaseUrl, 'show statement_timeout')).toEqual([{ statement_timeout: '1min' }]);
  const stolen = new URL(healed.databaseUrl);
  stolen.password = 'mine alone';
  await expect(asRole(stolen.href, 'select 1')).rejects.toThrow('password authentication failed');
  expect(new URL(healed.databaseUrl).pathname).toBe(`/${database}`);
});

describe('what a role has set for itself', () => {
  const HOSTILE = Object.entries({
    default_transaction_read_only: 'on',
    default_transaction_isolation: 'serializable',
    search_path: 'nowhere',
    lock_timeout: '1ms',
    idle_session_timeout: '1ms',
  });

  test('does not make its instance report an outage of the server', async () => {
    const { attack, role, database, databaseUrl } = await takenOver();
    // All in one session: the next session would have the settings already.
    await attack(
      HOSTILE.map(([name, value]) => `alter role ${role} in database ${database} set ${name} = '${value}'`).join(';'),
    );
    const store = new TenantStore(databaseUrl);
    try {
      await store.prepare();
      expect(await store.addDevice('pump', 10)).toMatchObject({ name: 'pump' });
    } finally {
      await store.close();
    }
  });

  test('in any database is taken back by the next operation that makes the role', async () => {
    const { attack, apply, role, database } = await takenOver();
    const set = [database, 'postgres'].map(
      (each) => `alter role ${role} in database ${each} set default_transaction_read_only = 'on'`,
    );
    await attack([...set, `alter role ${role} password 'mine alone'`].join(';'));
    await apply();
    const kept = `select setdatabase::int as "in", setconfig as settings from pg_db_role_setting
      where setrole = '${role}'::regrole`;
    expect(await admin(kept)).toEqual([{ in: 0, settings: expect.any(Array) as string[] }]);
  });
});

test("a role's statements, idle transactions, temporary files and connections are bounded", async () => {
  const { attack, role } = await takenOver();
  const bound = (name: string): Promise<unknown> => attack(`select current_setting('${name}') as is`);
  expect(await bound('statement_timeout')).toEqual([{ is: '1min' }]);
  expect(await bound('idle_in_transaction_session_timeout')).toEqual([{ is: '1min' }]);
  expect(await bound('temp_file_limit')).toEqual([{ is: '1GB' }]);
  await expect(attack('set temp_file_limit = -1')).rejects.toThrow('permission denied');
  expect(await admin(`select rolconnlimit from pg_roles where rolname = '${role}'`)).toEqual([{ rolconnlimit: 5 }]);
});

describe('what one tenant grants to another', () => {
  test('does not keep the other from being taken away', async () => {
    const [victim, attacker] = [await takenOver(), await takenOver()];
    await attacker.attack(`create table g (i int); grant select on g to ${victim.role}`);
    await victim.destroy();
    expect(await admin(`select from pg_roles where rolname like '${victim.role}%'`)).toEqual([]);
    expect(await attacker.attack('select count(*)::int as there from g')).toEqual([{ there: 0 }]);
  });

  test('again and again to the role that carries out its backup keeps neither the backup nor that role', async () => {
    const [victim, attacker] = [await takenOver(), await takenOver()];
    await attacker.attack('create table g (i int)');
    const client = new pg.Client({ connectionString: attacker.databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    const granting = client.query(`do $$ begin loop
      if to_regrole('${victim.role}_care') is not null then
        begin execute 'grant select on g to ${victim.role}_care'; exception when others then null; end;
      end if;
      commit;
      perform pg_sleep(0.001);
    end loop; end $$`);
    granting.catch(() => undefined);
    try {
      for (let time = 0; time < 3; time += 1) await victim.backup();
      expect(await admin(CARETAKERS)).toEqual([]);
    } finally {
      await admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${attacker.role}'`);
      await client.end().catch(() => undefined);
    }
  });
});

test('a tenant cannot list the other tenants, nor what they do', async () => {
  const { attack } = await takenOver();
  const LISTS = ['pg_database', 'pg_roles', 'pg_user', 'pg_stat_activity', 'pg_stat_database', 'pg_auth_members'];
  for (const list of LISTS) await expect(attack(`select * from ${list}`)).rejects.toThrow('permission denied');
  const FUNCTIONS = [
    ...['pg_stat_get_activity(null)', 'pg_stat_get_backend_idset()', 'pg_lock_status()'],
    'pg_tablespace_databases(1663)',
  ];
  for (const call of FUNCTIONS) await expect(attack(`select * from ${call}`)).rejects.toThrow('permission denied');
});

const LOCKS = `select 'select pg_catalog.' || proname || '(' ||
    (select string_agg('1::' || format_type(type, null), ', ') from unnest(proargtypes) as type) || ')' as call
  from pg_proc where proname ~ '^pg_(try_)?advisory_(xact_)?lock' order by 1`;

test("a tenant cannot fill the server's lock table with locks of numbers, nor one of an earlier version that was brought up", async () => {
  const { attack, database, role } = await takenOver();
  const calls = (await admin<{ call: string }>(LOCKS)).map(({ call }) => call);
  expect(calls).toHaveLength(16);
  // The state that earlier versions left.
  await admin('grant execute on function pg_catalog.pg_advisory_lock(bigint) to public', database);
  await attack('select pg_advisory_lock(1)');
  await ensureDatabase(at.deps.tenants.adminDatabaseUrl, { database, role, maxTenants: undefined });
  for (const call of calls) await expect(attack(call)).rejects.toThrow('permission denied for function');
});

test('nor with large objects, each of which is a lock', async () => {
  const { attack } = await takenOver();
  for (const call of ['lo_create(0)', 'lo_creat(-1)', `lo_from_bytea(0, '')`, 'lo_unlink(1)'])
    await expect(attack(`select ${call}`)).rejects.toThrow('permission denied for function');
});

test('nor with tables without number; what it has stays usable, and is backed up', async () => {
  const hostile = await takenOver();
  const make = (from: number, to: number) =>
    hostile.attack(`do $$ begin for i in ${String(from)}..${String(to)} loop
      execute format('create table t%s (a int)', i); end loop; end $$`);
  await make(1, 1_500);
  await expect(make(1_501, 2_500)).rejects.toMatchObject({ code: '54000' });
  await expect(hostile.attack('drop event trigger bound_relations')).rejects.toMatchObject({ code: '42501' });
  await expect(hostile.attack('drop schema tenure_bounds cascade')).rejects.toMatchObject({ code: '42501' });
  await hostile.attack('insert into t7 values (42)');
  // Existing relations do not count as new, so an instance starts; nor does the limit refuse its own renewal.
  await admin('drop event trigger bound_relations', hostile.database);
  await make(1_501, 2_500);
  await asAdmin(at.deps.tenants.adminDatabaseUrl, boundRelations, hostile.database);
  await hostile.attack('create table if not exists t7 (a int)');
  await expect(hostile.attack('create function f() returns int return 1')).rejects.toMatchObject({ code: '54000' });
  expect(await hostile.backup()).toMatchObject({ rows: expect.any(Number) as number });
});

test("another product's database on the same server stays open to its users; tenants stay out of it", async () => {
  const url = new URL(at.deps.tenants.adminDatabaseUrl);
  await admin(`create role otherapp login password 'other'`);
  await admin('create database otherapp');
  try {
    const { databaseUrl } = await takenOver();
    const theirs = Object.assign(new URL(url), { username: 'otherapp', password: 'other', pathname: '/otherapp' });
    expect(await asRole(theirs.href, 'select 1 as reached')).toEqual([{ reached: 1 }]);
    const tenants = Object.assign(new URL(databaseUrl), { pathname: '/otherapp' });
    await expect(asRole(tenants.href, 'select 1')).rejects.toThrow('pg_hba.conf rejects connection');
  } finally {
    await admin('drop database otherapp with (force)');
    await admin('drop role otherapp');
  }
});
