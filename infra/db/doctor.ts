import pg from 'pg';
import { ask, type Answer } from '../doctor/answer.ts';
import type { PostgresFacts, TenantServerFacts } from '../doctor/postgres.ts';
import { OWNERSHIP } from './audit-owner.ts';
import { newClient } from './connections.ts';
import { openDatabase } from './database.ts';
import { missingMigrations } from './migrate.ts';

/** SQLSTATEs of a server that answers but refuses the login: by name, password, rights, pg_hba.conf or database. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28000': 'the server lets this user not in from here',
  '28P01': 'the password is wrong',
  '3D000': 'there is no such database',
  '42501': 'the user may not connect to the database',
};

const refusalOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? REFUSALS[error.code ?? ''] : undefined;

/** Asks on a connection of its own. */
const inDatabase = <T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<Answer<T>> =>
  ask(async () => {
    const client = newClient(url);
    try {
      await client.connect();
      return await question(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }, refusalOf);

/** Nobody changes the audit trail, and only migrations change their own list. */
const SERVER = `
  select current_setting('server_version_num')::int as version,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections,
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)
      or inet_server_addr() is null or inet_server_addr() = inet_client_addr() as "isPrivate",
    array(select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not (
      has_table_privilege(oid, 'select') and (relname in ('audit_events', 'audit_chain', 'migrations')
        or has_table_privilege(oid, 'insert') and has_table_privilege(oid, 'update')
          and has_table_privilege(oid, 'delete'))) order by 1) as barred,
    ${OWNERSHIP}`;

async function lacksOf(url: string): Promise<readonly string[]> {
  const database = openDatabase(url, { max: 1 });
  try {
    return await missingMigrations(database);
  } finally {
    await database.destroy();
  }
}

/** Asks the server of Tenure's own database without changing anything. Never rejects. */
export const readPostgresFacts = (url: string): Promise<Answer<PostgresFacts>> =>
  inDatabase(url, async (client) => {
    const { rows } = await client.query<Omit<PostgresFacts, 'lacks'>>(SERVER);
    const lacks = await lacksOf(url);
    if (!rows[0]) throw new Error('Postgres answered nothing.');
    return { ...rows[0], lacks };
  });

/** Asks the server of the tenants' databases without changing anything. Never rejects. */
export const readTenantServerFacts = (url: string): Promise<Answer<TenantServerFacts>> =>
  inDatabase(url, async (client) => {
    const { rows } = await client.query<TenantServerFacts>(`
      select current_setting('server_version_num')::int as version,
        rolsuper or rolcreaterole as "mayCreateRoles", rolsuper or rolcreatedb as "mayCreateDatabases"
      from pg_roles where rolname = current_user`);
    if (!rows[0]) throw new Error('Postgres answered nothing.');
    return rows[0];
  });

/** Only host and port: the rest of a URL is secret. */
export function serverOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '5432' : port}`;
}

/** The password in a URL; a server may know its users by other means. */
export function passwordOf(url: string | undefined): string | undefined {
  const password = url === undefined ? '' : new URL(url).password;
  return password === '' ? undefined : decodeURIComponent(password);
}
