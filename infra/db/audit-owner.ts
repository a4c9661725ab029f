import pg from 'pg';
import { takeTrail } from './audit-trail.ts';
import { newClient, OWN_NAMES_ONLY } from './connections.ts';
import { trailMigrations } from './trail-migrations.ts';

/** Owns the audit trail. Nobody can sign in as it, and Tenure's own role is not a member of it. */
const OWNER = 'tenure_audit';
const INSUFFICIENT_PRIVILEGE = '42501';
const TABLES = ['audit_events', 'audit_chain'].map((name) => `public.${name}`);
/**
 * Named one by one: Tenure's role may make functions here, of any name, and one that runs with its owner's rights must
 * not get this owner.
 */
const FUNCTIONS = [
  ...['refuse_audit_change()', 'chain_audit_event()', 'append_to_audit_chain(public.audit_events)'],
  ...['audit_said(public.audit_events, uuid)', 'audit_hash(bytea, bigint, public.audit_events, bytea)'],
].map((signature) => `public.${signature}`);

interface Trail {
  /** The URL of a role that may create roles and change owners: a superuser. */
  readonly adminUrl: string;
  /** Of Tenure's own role. */
  readonly databaseUrl: string;
}

type Work<T> = (client: pg.Client, app: string) => Promise<T>;

async function inDatabase<T>({ adminUrl, databaseUrl }: Trail, work: Work<T>): Promise<T> {
  const own = new URL(databaseUrl);
  const admin = new URL(adminUrl);
  admin.pathname = own.pathname;
  const client = newClient(admin.href);
  try {
    await client.connect();
    await client.query(OWN_NAMES_ONLY);
    await client.query('begin');
    const result = await work(client, decodeURIComponent(own.username));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Those of the names that exist: before the first migrations there are none. */
async function existing(client: pg.Client, names: readonly string[], kind: 'class' | 'procedure'): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) as name where to_reg${kind}(name) is not null`,
    [names],
  );
  return rows.map(({ name }) => name);
}

/**
 * Who owns the database may drop it, and may make schemas in which names are found: that is the administrator, or whom
 * it was given to, and not Tenure.
 */
async function takeDatabase(client: pg.Client, app: string): Promise<void> {
  const { rows } = await client.query<{ name: string; owned: boolean }>(
    `select datname as name, pg_has_role($1, datdba, 'member') as owned from pg_database
      where datname = current_database()`,
    [app],
  );
  for (const { name, owned } of rows) {
    const [database, role] = [client.escapeIdentifier(name), client.escapeIdentifier(app)];
    if (owned) await client.query(`alter database ${database} owner to current_user`);
    await client.query(`revoke create on database ${database} from public, ${role}`);
    await client.query(`grant connect on database ${database} to ${role}`);
  }
}

/** Before the first migrations have made all of it, the trail is Tenure's own, which makes the rest. */
async function isThere(client: pg.Client): Promise<boolean> {
  const [tables, functions] = [await existing(client, TABLES, 'class'), await existing(client, FUNCTIONS, 'procedure')];
  return tables.length === TABLES.length && functions.length === FUNCTIONS.length;
}

async function give(client: pg.Client, owner: string): Promise<void> {
  for (const table of await existing(client, TABLES, 'class'))
    await client.query(`alter table ${table} owner to ${owner}`);
  for (const signature of await existing(client, FUNCTIONS, 'procedure'))
    await client.query(`alter function ${signature} owner to ${owner}`);
}

/** The columns that Tenure fills in: which row it is, and when it was written, the database alone says. */
async function describe(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
      and attname not in ('audit_id', 'at') order by attnum`,
    [table],
  );
  return rows.map(({ name }) => client.escapeIdentifier(name)).join(', ');
}

/** Tenure reads the trail and adds to it; the chain is written by what belongs to its owner. */
async function grant(client: pg.Client, app: string): Promise<void> {
  for (const table of TABLES) {
    await client.query(`revoke all on ${table} from ${app}`);
    await client.query(`grant select on ${table} to ${app}`);
    if (table === TABLES[0])
      await client.query(`grant insert (${await describe(client, table)}) on ${table} to ${app}`);
  }
}

/**
 * Runs with only the owner's rights, and runs all of them every time: what Tenure's role has recorded as applied does
 * not count.
 */
async function bringUp(client: pg.Client): Promise<void> {
  await client.query(`set local role ${OWNER}`);
  for (const { up } of await trailMigrations()) await client.query(up);
  await client.query('reset role');
}

async function guard(client: pg.Client, app: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtext($1))', [OWNER]);
  const known = await client.query('select 1 from pg_roles where rolname = $1', [OWNER]);
  if (known.rowCount === 0) await client.query(`create role ${OWNER} nologin`);
  await takeDatabase(client, app);
  const role = client.escapeIdentifier(app);
  // A schema's owner may drop what is in it.
  await client.query(`alter schema public owner to ${OWNER}`);
  await client.query(`grant usage, create on schema public to ${role}`);
  if (!(await isThere(client))) return;
  await takeTrail(client, OWNER, FUNCTIONS);
  await bringUp(client);
  await grant(client, role);
}

/**
 * Makes the database belong to the administrator and the audit trail to a role of its own, and brings the trail to the
 * newest schema: Tenure may read it and add to it, and can neither change nor empty it, nor turn its triggers off.
 * Idempotent.
 * @returns false when `adminUrl` may not do that; the triggers alone guard the trail then.
 */
export async function guardAudit(trail: Trail): Promise<boolean> {
  try {
    await inDatabase(trail, guard);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}

/** Gives what is left of the trail to Tenure's role, which takes the whole schema down, the trail with it. */
export const abandonAudit = (trail: Trail): Promise<void> =>
  inDatabase(trail, (client, app) => give(client, client.escapeIdentifier(app)));

/** What Tenure's role could change although it must not; queried as that role. */
export const OWNERSHIP = `
  exists (select from pg_catalog.pg_tables where schemaname = 'public' and tablename = 'audit_events'
    and pg_catalog.pg_has_role(current_user, tableowner, 'member')) as "ownsAudit",
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create')
    or exists (select from pg_catalog.pg_database where datname = pg_catalog.current_database()
      and pg_catalog.pg_has_role(current_user, datdba, 'member')) as "ownsDatabase"`;
