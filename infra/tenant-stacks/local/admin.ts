import pg from 'pg';
import { newClient, OWN_NAMES_ONLY } from '../../db/connections.ts';
import { asOutage, DatabaseUnavailableError } from '../../db/outage.ts';
import { StackFailure } from '../errors.ts';
import { boundRelations } from './relation-bound.ts';

const { escapeIdentifier } = pg;

/** SQLSTATE classes that mean: the credentials, or what they may do, are wrong. */
const AUTH_STATES: ReadonlySet<string> = new Set(['28000', '28P01', '42501']);

const sqlState = (error: unknown): string | undefined => (error instanceof pg.DatabaseError ? error.code : undefined);

/** Messages of the driver may quote data, so only the state is passed on. */
function asStackFailure(error: unknown): Error {
  if (error instanceof StackFailure) return error;
  const state = sqlState(error);
  if (state !== undefined && AUTH_STATES.has(state))
    return new StackFailure('ProviderAuth', undefined, { cause: error });
  if (asOutage(error) instanceof DatabaseUnavailableError)
    return new StackFailure('TenantDatabaseUnavailable', undefined, { cause: error });
  const code = state ?? (error as NodeJS.ErrnoException).code;
  const said = code === undefined ? 'did not answer' : `answered ${code}`;
  return new StackFailure('ProvisioningFailed', `The tenant database server ${said}.`, { cause: error });
}

const CONNECT_MS = 20_000;
/** Enough for a statement that waits its turn among twenty signups; a connection that is half open never answers. */
const ANSWER_MS = 60_000;

/**
 * Runs `work` on a connection of its own, on which an unqualified name is Postgres' own and never a tenant's.
 * @param answerMs - how long one statement may take; 0 for what copies a tenant's data
 * @throws StackFailure for what the server refused, with its code and without its words.
 */
export async function onConnection<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
  answerMs = ANSWER_MS,
): Promise<T> {
  const client = newClient(url, { connectMs: CONNECT_MS, answerMs });
  try {
    await client.connect();
    await client.query(OWN_NAMES_ONLY);
    return await work(client);
  } catch (error) {
    throw asStackFailure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** As the administrator, in the server's administration database or in `database`. Never for code or data of a tenant. */
export function asAdmin<T>(adminUrl: string, work: (client: pg.Client) => Promise<T>, database?: string): Promise<T> {
  const url = new URL(adminUrl);
  if (database !== undefined) url.pathname = `/${database}`;
  return onConnection(url.href, work);
}

/** Some things only a superuser may set; an administrator need not be one. */
export async function isSuperuser(client: pg.Client): Promise<boolean> {
  return (await client.query('select from pg_roles where rolname = current_user and rolsuper')).rowCount === 1;
}

export async function databaseExists(client: pg.Client, database: string): Promise<boolean> {
  return (await client.query('select from pg_database where datname = $1', [database])).rowCount === 1;
}

/** Serialises what every tenant's creation reads and writes; any constant does. */
const CREATION_LOCK = 7_310_001;

/** @throws StackFailure `QuotaExceeded` when it would be one database too many. */
async function createWithinQuota(client: pg.Client, database: string, maxTenants: number | undefined): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    String.raw`select count(*)::int from pg_database where datname like 'tenant\_%'`,
  );
  if (maxTenants !== undefined && (rows[0]?.count ?? 0) >= maxTenants) throw new StackFailure('QuotaExceeded');
  await client.query(`create database ${escapeIdentifier(database)} template template0`);
}

/** Catalogues that list the other tenants. Each database has its own grants on them; those of this one are taken away. */
const OTHERS = [
  ...['pg_database', 'pg_roles', 'pg_user', 'pg_group', 'pg_auth_members', 'pg_db_role_setting', 'pg_shdepend'],
  ...['pg_stat_activity', 'pg_stat_database', 'pg_stat_database_conflicts', 'pg_locks'],
].map((name) => `pg_catalog.${name}`);

/**
 * The functions behind those views, which answer whoever may call them; and those that lock a number or a large object:
 * one statement can fill the lock table of the whole server with them. Backups and restores call none of them.
 */
const TOUCHING_OTHERS = String.raw`
  select string_agg(oid::regprocedure::text, ', ') as functions from pg_proc
  where pronamespace = 'pg_catalog'::regnamespace and (
    proname like 'pg\_advisory\_%' or proname like 'pg\_try\_advisory\_%'
    or proname like 'lo\_%' or proname in ('loread', 'lowrite', 'pg_tablespace_databases')
    or proname in ('pg_stat_get_activity', 'pg_lock_status', 'pg_prepared_xact', 'pg_stat_get_progress_info')
    or proname like 'pg\_stat\_get\_backend\_%' or proname like 'pg\_stat\_get\_db\_%')`;

async function keepFromOthers(client: pg.Client): Promise<void> {
  await client.query(`revoke select on ${OTHERS.join(', ')} from public`);
  const { rows } = await client.query<{ functions: string }>(TOUCHING_OTHERS);
  for (const { functions } of rows) await client.query(`revoke execute on function ${functions} from public`);
}

async function prepareInside(client: pg.Client, owner: string): Promise<void> {
  await client.query(`grant usage, create on schema public to ${owner}`);
  if (!(await isSuperuser(client))) return;
  await keepFromOthers(client);
  await boundRelations(client);
}

/**
 * Creates the database or adopts the one of that name; either way only its role may connect, and owns nothing of it but
 * what it makes in the schema. Grants of other databases on the server are not ours to change.
 * @throws StackFailure `QuotaExceeded`.
 */
export async function ensureDatabase(
  adminUrl: string,
  { database, role, maxTenants }: { database: string; role: string; maxTenants: number | undefined },
): Promise<void> {
  const [name, owner] = [escapeIdentifier(database), escapeIdentifier(role)];
  await asAdmin(adminUrl, async (client) => {
    // Given back with the connection.
    await client.query('select pg_advisory_lock($1)', [CREATION_LOCK]);
    if (!(await databaseExists(client, database))) await createWithinQuota(client, database, maxTenants);
    await client.query(`revoke all on database ${name} from public`);
    await client.query(`grant connect, temporary on database ${name} to ${owner}`);
  });
  await asAdmin(adminUrl, (client) => prepareInside(client, owner), database);
}

/** Idempotent; ends the connections to it. */
export async function dropDatabase(client: pg.Client, database: string): Promise<void> {
  await client.query(`drop database if exists ${escapeIdentifier(database)} with (force)`);
}
