import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { StackFailure } from '../errors.ts';
import { asAdmin, isSuperuser, onConnection } from './admin.ts';

const { escapeIdentifier, escapeLiteral } = pg;

export interface TenantRoleTerms {
  readonly role: string;
  readonly password: string;
  readonly connections: number;
}

/** The role may choose other time-outs for its own sessions: these end sessions that were forgotten, not hostile ones. */
const TIME_OUTS = { statement_timeout: '60s', idle_in_transaction_session_timeout: '60s' } as const;
/** Only a superuser can set it, and so the role itself cannot lift it. */
const TEMP_FILES = '1GB';

export async function roleExists(client: pg.Client, role: string): Promise<boolean> {
  return (await client.query('select from pg_roles where rolname = $1', [role])).rowCount === 1;
}

/** Databases for which the role has stored settings of its own: it may in any of them. */
const SET_IN = `select datname as name from pg_db_role_setting join pg_database on pg_database.oid = setdatabase
  where setrole = $1::regrole`;

/** Resets the settings that the role has stored for itself. */
async function boundRole(client: pg.Client, role: string): Promise<void> {
  await client.query(`alter role ${role} reset all`);
  const { rows } = await client.query<{ name: string }>(SET_IN, [role]);
  for (const { name } of rows) await client.query(`alter role ${role} in database ${escapeIdentifier(name)} reset all`);
  for (const [setting, value] of Object.entries(TIME_OUTS))
    await client.query(`alter role ${role} set ${setting} = '${value}'`);
  if (await isSuperuser(client)) await client.query(`alter role ${role} set temp_file_limit = '${TEMP_FILES}'`);
}

/**
 * Creates the role, or sets its password and limits again when it exists already. Never for a superuser or an
 * administrator.
 */
export async function ensureRole(client: pg.Client, { role, password, connections }: TenantRoleTerms): Promise<void> {
  const [name, verb] = [escapeIdentifier(role), (await roleExists(client, role)) ? 'alter' : 'create'];
  await client.query(
    `${verb} role ${name} with login nosuperuser nocreatedb nocreaterole noreplication
     connection limit ${String(connections)} password ${escapeLiteral(password)} valid until 'infinity'`,
  );
  await boundRole(client, name);
  // An administrator who is not a superuser could not end its connections.
  await client.query(`grant ${name} to current_user`);
}

/**
 * Whether the role's password is still the one in `url`: a role may change its own, and Postgres cannot forbid it.
 * Any other problem with the server does not answer the question, so it counts as yes.
 */
export async function signsIn(url: string): Promise<boolean> {
  return onConnection(url, () => Promise.resolve(true)).catch(
    (error: unknown) => !(error instanceof StackFailure && error.type === 'ProviderAuth'),
  );
}

/** The server that the administrator reaches, reached as another role. */
export function databaseUrl(
  { database, role, password }: { database: string; role: string; password: string },
  adminUrl: string,
): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  url.pathname = `/${database}`;
  return url.href;
}

const caretakerOf = (role: string): string => `${role}_care`;

/** Tenants' databases in which the role was granted something, or owns it. Those of other products are not ours to look into. */
const HELD_IN = String.raw`select distinct datname as name from pg_shdepend join pg_database on pg_database.oid = dbid
  where refclassid = 'pg_authid'::regclass and refobjid = to_regrole($1) and datname like 'tenant\_%'`;
/** Something was granted to it meanwhile; or is being granted at this instant ("tuple concurrently updated"). */
const GRANTED_MEANWHILE: ReadonlySet<unknown> = new Set(['2BP01', 'XX000']);
const DROP_TRIES = 100;

const isGrantedTo = (error: unknown): boolean =>
  GRANTED_MEANWHILE.has((error as { readonly cause?: { readonly code?: string } } | undefined)?.cause?.code);

async function dropOnce(adminUrl: string, role: string): Promise<void> {
  const name = escapeIdentifier(role);
  const findDatabases = (client: pg.Client) => client.query<{ name: string }>(HELD_IN, [name]);
  const databases = (await asAdmin(adminUrl, findDatabases)).rows.map((row) => row.name);
  const last = databases.pop();
  for (const database of databases)
    await asAdmin(adminUrl, (client) => client.query(`drop owned by ${name}`), database);
  // At once with the role: another tenant, who grants again and again, finds none to grant to.
  const statements = `${last === undefined ? '' : `drop owned by ${name}; `}drop role if exists ${name}`;
  await asAdmin(adminUrl, (client) => client.query(statements), last);
}

/**
 * Every tenant may grant what is theirs to any other, which would keep the other's role from being dropped: it is given
 * back, as often as it is granted again.
 */
async function drop(adminUrl: string, role: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await dropOnce(adminUrl, role);
      return;
    } catch (error) {
      if (!isGrantedTo(error) || tries === DROP_TRIES) throw error;
    }
  }
}

/** Idempotent: a role that no longer exists counts as dropped. */
export async function dropRole(adminUrl: string, role: string): Promise<void> {
  for (const each of [caretakerOf(role), role]) await drop(adminUrl, each);
}

export interface TenantDatabase {
  readonly adminUrl: string;
  readonly database: string;
  readonly role: string;
}

/** Ends the sessions of the tenant, and those of a caretaker that was cut off: their locks would be in the way. */
async function shutOut(client: pg.Client, role: string): Promise<void> {
  await client.query(`alter role ${escapeIdentifier(role)} nologin`);
  await client.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = any($1)', [
    [role, caretakerOf(role)],
  ]);
}

async function makeCaretaker(client: pg.Client, role: string, password: string): Promise<void> {
  const [tenant, caretaker] = [escapeIdentifier(role), escapeIdentifier(caretakerOf(role))];
  const verb = (await roleExists(client, caretakerOf(role))) ? 'alter' : 'create';
  await client.query(`${verb} role ${caretaker} with login inherit password ${escapeLiteral(password)}`);
  await client.query(`grant ${tenant} to ${caretaker}`);
  await client.query(`grant ${caretaker} to current_user`);
}

/** Gives the tenant everything that the tenant's code created as the caretaker. */
async function dismissCaretaker({ adminUrl, database, role }: TenantDatabase): Promise<void> {
  const [tenant, caretaker] = [escapeIdentifier(role), escapeIdentifier(caretakerOf(role))];
  await asAdmin(
    adminUrl,
    async (client) => {
      await client.query(`alter role ${tenant} login`);
      await client.query(`reassign owned by ${caretaker} to ${tenant}`);
    },
    database,
  );
  await drop(adminUrl, caretakerOf(role));
}

/**
 * Runs `work` in a tenant's database with no more power than the tenant has: by a login role of its own that is a member
 * of the tenant's. Whatever code of the tenant runs there finds nothing to go back to; `set role` would leave it the
 * administrator's session. The tenant itself is shut out meanwhile.
 */
export async function asCaretaker<T>(tenant: TenantDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { adminUrl, database, role } = tenant;
  const password = randomBytes(24).toString('hex');
  const url = databaseUrl({ database, role: caretakerOf(role), password }, adminUrl);
  await asAdmin(adminUrl, async (client) => {
    await shutOut(client, role);
    await makeCaretaker(client, role, password);
  });
  try {
    return await onConnection(url, work, 0);
  } finally {
    await dismissCaretaker(tenant);
  }
}
