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

/** The lock that node-pg-migrate holds while it works. */
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

// As earlier versions left it: the role owns the database, and a schema of its own name.
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

/** Columns, indexes, constraints and triggers of the trail. */
const SHAPE = `
  select table_name as of, column_name as name, concat_ws(' ', data_type, is_nullable, column_default, is_identity) as made
    from information_schema.columns where table_schema = 'public' and table_name in ('audit_events', 'audit_chain')
  union all select tablename, indexname, indexdef from pg_indexes where tablename in ('audit_events', 'audit_chain')
  union all select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where contype <> 'n' and (confrelid = 'public.audit_events'::regclass
      or conrelid in ('public.audit_events'::regclass, 'public.audit_chain'::regclass))
  union all select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger
    where not tgisinternal and tgrelid in ('public.audit_events'::regclass, 'public.audit_chain'::regclass)
  order by 1, 2, 3`;

const HUNG = [
  `create function public.hung() returns trigger language plpgsql as $$ begin raise exception 'hung'; end $$`,
  `create function public.says(text) returns text language plpgsql immutable as $$ begin return current_user; end $$`,
  'create domain public.checked as bytea check (public.says(value::text) is not null)',
  'create trigger first before insert on public.audit_chain for each row execute function public.hung()',
  `alter table public.audit_events alter at set default '2001-01-01'`,
  'create table public.heir () inherits (public.audit_events)',
  `insert into public.heir (audit_id, actor, action) values (999, 'nobody', 'forged')`,
  'create rule nothing as on insert to public.audit_events do instead nothing',
  'alter table public.audit_events enable row level security',
  'alter table public.audit_events force row level security',
  'grant all on public.audit_events, public.audit_chain to public',
  'drop index public.audit_events_customer',
  'create index audit_events_customer on public.audit_events (public.says(actor))',
  'alter table public.audit_chain alter hash type public.checked',
  `alter table public.audit_chain add column again text generated always as (public.says('it')) stored`,
];

describe('what Tenure’s role', () => {
  const own = `before_${randomBytes(6).toString('hex')}`;
  const at = (href: string): string => Object.assign(new URL(href), { pathname: `/${own}` }).href;
  let trail: Database;
  let asMigrated: unknown;
  const shape = async (): Promise<unknown> => {
    const client = await connect(at(adminUrl));
    const { rows } = await client.query(SHAPE).finally(() => client.end());
    return rows;
  };
  beforeAll(async () => {
    const server = await connect(adminUrl);
    await server.query(`create database ${own} owner ${app}`);
    await server.end();
    await migrate(at(url));
    asMigrated = await shape();
    trail = openDatabase(at(url));
  });
  afterAll(async () => {
    await trail.destroy();
    const server = await connect(adminUrl);
    await server.query(`drop database ${own} with (force)`);
    await server.end();
  });
  const append = () => appendAudit(trail, { customerId: null, actor: 'system', action: 'written', reason: 'a test' });

  test('hung on the trail while it had it stays behind; the rows do not', async () => {
    await append();
    for (const statement of HUNG) await sql.raw(statement).execute(trail);
    expect(await migrate(at(url), { adminUrl })).toEqual({ auditGuarded: true });
    await append();
    expect(await verifyAudit(trail)).toMatchObject({ rows: 2, broken: null });
    const { rows } = await sql<{ action: string; recent: boolean }>`
      select action, at > now() - interval '1 hour' as recent from public.audit_events order by audit_id`.execute(
      trail,
    );
    expect(rows).toEqual(Array.from({ length: 2 }, () => ({ action: 'written', recent: true })));
    for (const statement of [
      'create trigger again before insert on public.audit_chain for each row execute function public.hung()',
      `update public.audit_events set actor = 'me'`,
    ])
      await expect(sql.raw(statement).execute(trail)).rejects.toMatchObject({ code: '42501' });
  });

  test('puts on a table of its own does not chain with the rights of the trail’s owner', async () => {
    await migrate(at(url), { adminUrl });
    await sql
      .raw(
        `create table public.mine (a int);
         create function public.as_event(public.mine) returns public.audit_events language plpgsql as
           $$ begin raise exception 'running as %', current_user; end $$`,
      )
      .execute(trail);
    const trigger =
      'create trigger t after insert on public.mine for each row execute function public.chain_audit_event()';
    await expect(sql.raw(trigger).execute(trail)).rejects.toMatchObject({ code: '42501' });
    // A cast that was created when every role could create one.
    const server = await connect(at(adminUrl));
    await server.query(
      `create cast (public.mine as public.audit_events) with function public.as_event(public.mine) as implicit`,
    );
    await server.query(trigger);
    await server.end();
    await expect(sql`insert into public.mine values (1)`.execute(trail)).rejects.toThrow(
      'this chains audit_events alone',
    );
  });

  test('writes in a long transaction is dated when it is written', async () => {
    await migrate(at(url), { adminUrl });
    const later = await trail.transaction().execute(async (transaction) => {
      await sql`select pg_sleep(0.05)`.execute(transaction);
      await appendAudit(transaction, { customerId: null, actor: 'system', action: 'late', reason: 'a test' });
      return sql<{ later: boolean }>`
        select at > now() + interval '40 milliseconds' as later from public.audit_events where action = 'late'`.execute(
        transaction,
      );
    });
    expect(later.rows).toEqual([{ later: true }]);
  });

  test('had made is made the same by its owner', async () => {
    await migrate(at(url), { adminUrl });
    expect(await shape()).toEqual(asMigrated);
  });
});

describe('while migrations run, the trail', () => {
  test('does not become Tenure’s, whatever its role has held up and forgotten', async () => {
    await up();
    const holder = await connect(url);
    await holder.query('select pg_advisory_lock($1)', [RUNNER_LOCK]);
    // The newest migration that is not about the trail, and those after it.
    const { rows } = await holder.query<{ name: string; run_on: Date }>(
      `delete from migrations where id >= (select max(id) from migrations where name <> all ($1)) returning name, run_on`,
      [(await trailMigrations()).map(({ name: migration }) => migration)],
    );
    const migrated = up().catch(() => undefined);
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    try {
      await eventually('the migration waits', async () => (await admin.query(waiting)).rowCount === 1);
      expect(await ownerOf('public.audit_events')).toBe('tenure_audit');
      expect(await ownerOf('public.audit_chain')).toBe('tenure_audit');
    } finally {
      for (const { name: migration, run_on } of rows)
        await holder.query('insert into migrations (name, run_on) select $1, $2', [migration, run_on]);
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
    // The migrations that created the trail ran before it had its own owner.
    const later = (await migrationNames()).filter((migration) => migration > '0006_audit_chain');
    for (const migration of later) {
      const text = await readFile(`${MIGRATIONS}/${migration}.sql`, 'utf8');
      expect([migration, marked.has(migration)]).toEqual([migration, /\baudit_(events|chain|said|hash)\b/.test(text)]);
    }
  });
});
