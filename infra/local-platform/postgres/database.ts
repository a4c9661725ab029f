import type pg from 'pg';
import { newClient } from '../../db/connections.ts';

export interface DatabaseOptions {
  /** The URL of a superuser. */
  readonly adminUrl: string;
  /** Name of the database, and of the role that uses it. */
  readonly name: string;
  readonly password: string;
}

async function exists(client: pg.Client, query: string, name: string): Promise<boolean> {
  const { rowCount } = await client.query(query, [name]);
  return rowCount !== 0;
}

/**
 * Creates, where it is missing, a database that belongs to the administrator, and the plain role that alone may connect
 * to it. What the role may do inside is decided with the schema, by `migrate`. Idempotent.
 * @returns the URL for that role
 */
export async function ensureDatabase({ adminUrl, name, password }: DatabaseOptions): Promise<string> {
  const client = newClient(adminUrl);
  await client.connect();
  try {
    const [role, secret] = [client.escapeIdentifier(name), client.escapeLiteral(password)];
    const known = await exists(client, 'select 1 from pg_roles where rolname = $1', name);
    await client.query(`${known ? 'alter' : 'create'} role ${role} login password ${secret}`);
    if (!(await exists(client, 'select 1 from pg_database where datname = $1', name)))
      await client.query(`create database ${role}`);
    await client.query(`revoke all on database ${role} from public`);
    await client.query(`grant connect on database ${role} to ${role}`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.username = name;
  url.password = password;
  url.pathname = `/${name}`;
  return url.href;
}
