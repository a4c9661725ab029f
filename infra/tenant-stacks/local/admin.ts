import pg from 'pg';
import { StackFailure } from '../errors.ts';

const { escapeIdentifier, escapeLiteral } = pg;

/** SQLSTATE classes that mean: the credentials, or what they may do, are wrong. */
const AUTH_STATES: ReadonlySet<string> = new Set(['28000', '28P01', '42501']);

const sqlState = (error: unknown): string | undefined => (error instanceof pg.DatabaseError ? error.code : undefined);

/** Messages of the driver may quote data, so only the state is passed on. */
function asStackFailure(error: unknown): Error {
  if (error instanceof StackFailure) return error;
  const state = sqlState(error);
  if (state !== undefined && AUTH_STATES.has(state))
    return new StackFailure('ProviderAuth', undefined, { cause: error });
  const code = state ?? (error as NodeJS.ErrnoException).code;
  const said = code === undefined ? 'did not answer' : `answered ${code}`;
  return new StackFailure('ProvisioningFailed', `The tenant database server ${said}.`, { cause: error });
}

/** Runs `work` on a connection of its own to the server's administration database, or to `database`. */
export async function asAdmin<T>(
  adminUrl: string,
  work: (client: pg.Client) => Promise<T>,
  database?: string,
): Promise<T> {
  const url = new URL(adminUrl);
  if (database !== undefined) url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 20_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw asStackFailure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function roleExists(client: pg.Client, role: string): Promise<boolean> {
  return (await client.query('select from pg_roles where rolname = $1', [role])).rowCount === 1;
}

export async function databaseExists(client: pg.Client, database: string): Promise<boolean> {
  return (await client.query('select from pg_database where datname = $1', [database])).rowCount === 1;
}

/** Creates the role or, when it is there already, gives it this password and limit. Never a superuser, never an administrator. */
export async function ensureRole(
  client: pg.Client,
  { role, password, connections }: { role: string; password: string; connections: number },
): Promise<void> {
  const verb = (await roleExists(client, role)) ? 'alter' : 'create';
  await client.query(
    `${verb} role ${escapeIdentifier(role)} with login nosuperuser nocreatedb nocreaterole noreplication
     connection limit ${String(connections)} password ${escapeLiteral(password)}`,
  );
  // An administrator that is no superuser could not back up tables it has no part in.
  await client.query(`grant ${escapeIdentifier(role)} to current_user`);
}

/** Idempotent: a role that is gone is done. */
export async function dropRole(client: pg.Client, role: string): Promise<void> {
  await client.query(`drop role if exists ${escapeIdentifier(role)}`);
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

/**
 * Every role may connect to every database unless told otherwise, so a tenant is also kept out of the databases that
 * are the administrator's own (the platform's, `postgres`, the templates).
 */
async function closeOwnDatabases(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    String.raw`select datname from pg_database join pg_roles on pg_roles.oid = datdba
     where rolname = current_user and datname not like 'tenant\_%'
       and has_database_privilege('public', datname, 'connect')`,
  );
  for (const { datname } of rows)
    await client.query(`revoke connect on database ${escapeIdentifier(datname)} from public`);
}

/**
 * Creates the database or adopts the one of that name; either way only its role may connect, and owns nothing of it but
 * what it makes in the schema.
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
    await closeOwnDatabases(client);
  });
  await asAdmin(adminUrl, (client) => client.query(`grant usage, create on schema public to ${owner}`), database);
}

/** Idempotent; ends the connections to it. */
export async function dropDatabase(client: pg.Client, database: string): Promise<void> {
  await client.query(`drop database if exists ${escapeIdentifier(database)} with (force)`);
}
