import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { migrate } from '../../../infra/db/migrate.ts';
import { appendAudit } from '../../../infra/db/repositories/audit.ts';
import { verifyAudit } from '../../../infra/db/repositories/audit-chain.ts';
import { MIGRATIONS, migrationNames, trailMigrations } from '../../../infra/db/trail-migrations.ts';
import { createDatabase } from '../../support/embedded.ts';
import { eventually } from '../../support/eventually.ts';

/** What node-pg-migrate holds while it works. */
const RUNNER_LOCK = 7_241_865_325_823_964n;

let template: Awaited<ReturnType<typeof createDatabase>>;
let app: string;
let url: string;
let adminUrl: string;
let admin: pg.Client;
let database: Database;
const name = `old_${randomBytes(6).toString('hex')}`;

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}
const inOld = (href: string): string => Object.assign(new URL(href), { pathname: `/${name}` }).href;
const up = () => migrate(url, { adminUrl });

async function ownerOf(table: string): Promise<string | undefined> {
  const { rows } = await admin.query<{ owner: string }>(
    'select relowner::regrole::text as owner from pg_class where oid = $1::regclass',
    [table],
  );
  return rows[0]?.owner;
}

// As earlier versions left it: the database is the role's own, and so is a schema of its name.
beforeAll(async () => {
  template = await createDatabase();
  app = new URL(template.url).username;
  [url, adminUrl] = [inOld(template.url), template.adminUrl];
  const server = await connect(adminUrl);
  await server.query(`create database ${name} template ${app} owner ${app}`);
  await server.end();
  admin = await connect(inOld(adminUrl));
  database = openDatabase(url);
  for (const action of ['kept', 'unwanted'])
    await appendAudit(database, { customerId: null, actor: 'system', action, reason: 'a test' });
  await sql
    .raw(
      `create schema ${app};
       create table ${app}.audit_events as select * from public.audit_events where action = 'kept';
       create table ${app}.audit_chain as select * from public.audit_chain where position = 1;
       create function ${app}.audit_said(${app}.audit_events, uuid) returns bytea language sql as $$ select ''::bytea $$`,
    )
    .execute(database);
});
afterAll(async () => {
  await database.destroy();
  await admin.end();
  const server = await connect(adminUrl);
  await server.query(`drop database ${name} with (force)`);
  await server.end();
  await template.drop();
});

test('a schema of the role’s own name is not where the audit trail is verified', async () => {
  expect(await verifyAudit(database)).toMatchObject({ rows: 2, broken: null });
  const led = database.transaction().execute(async (transaction) => {
    await sql.raw(`set local search_path = ${app}, public`).execute(transaction);
    return verifyAudit(transaction);
  });
  expect(await led).toMatchObject({ rows: 2, broken: null });
});

test('options that the URL has are kept beside the schema that names are found in', async () => {
  const given = new URL(url);
  given.searchParams.set('options', `-c search_path=${app} -c application_name=given`);
  const other = openDatabase(given.href, { max: 1 });
  const { rows } = await sql`select current_setting('search_path') as path, current_setting('application_name') as name`
    .execute(other)
    .finally(() => other.destroy());
  expect(rows).toEqual([{ path: 'public,pg_temp', name: 'given' }]);
});

test('whether the trail and the database belong to Tenure’s role is looked at, also without the administrator', async () => {
  expect(await migrate(url)).toEqual({ auditGuarded: false });
  expect(await up()).toEqual({ auditGuarded: true });
  expect(await migrate(url)).toEqual({ auditGuarded: true });
});

test('a database that belonged to Tenure’s role is the administrator’s after the next migration', async () => {
  await up();
  const STATEMENTS = ['create schema mine', `alter database ${name} set search_path = 'mine'`];
  for (const statement of STATEMENTS)
    await expect(sql.raw(statement).execute(database)).rejects.toMatchObject({ code: '42501' });
  const elsewhere = await connect(template.url);
  const dropped = elsewhere.query(`drop database ${name} with (force)`).finally(() => elsewhere.end());
  await expect(dropped).rejects.toMatchObject({ code: '42501' });
});

describe('while migrations run, the trail', () => {
  test('does not become Tenure’s, whatever its role has held up and forgotten', async () => {
    await up();
    const holder = await connect(url);
    await holder.query('select pg_advisory_lock($1)', [RUNNER_LOCK]);
    const { rows } = await holder.query<{ name: string; run_on: Date }>(
      'delete from migrations where id = (select max(id) from migrations) returning name, run_on',
    );
    const migrated = up().catch(() => undefined);
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    try {
      await eventually('the migration waits', async () => (await admin.query(waiting)).rowCount === 1);
      expect(await ownerOf('public.audit_events')).toBe('tenure_audit');
      expect(await ownerOf('public.audit_chain')).toBe('tenure_audit');
    } finally {
      await holder.query('insert into migrations (name, run_on) select $1, $2', [rows[0]?.name, rows[0]?.run_on]);
      await holder.end();
      await migrated;
    }
    expect(await ownerOf('public.audit_events')).toBe('tenure_audit');
  });

  test('is brought up by the administrator alone', async () => {
    await up();
    await admin.query('drop index public.audit_events_refunds');
    await sql`delete from migrations where name like '0027%'`.execute(database);
    await expect(migrate(url)).rejects.toThrow('0027_refund_orders changes the audit trail');
    expect(await up()).toEqual({ auditGuarded: true });
    const index = `select tablename from pg_indexes where indexname = 'audit_events_refunds'`;
    expect((await admin.query(index)).rows).toEqual([{ tablename: 'audit_events' }]);
    const known = `select name from migrations where name like '0027%'`;
    expect((await admin.query(known)).rows).toEqual([{ name: '0027_refund_orders' }]);
  });

  test('is named only by migrations that say so', async () => {
    const marked = new Set((await trailMigrations()).map(({ name: migration }) => migration));
    // Those that made it ran before it had an owner of its own.
    const later = (await migrationNames()).filter((migration) => migration > '0006_audit_chain');
    for (const migration of later) {
      const text = await readFile(`${MIGRATIONS}/${migration}.sql`, 'utf8');
      expect([migration, marked.has(migration)]).toEqual([migration, /\baudit_(events|chain|said|hash)\b/.test(text)]);
    }
  });
});
