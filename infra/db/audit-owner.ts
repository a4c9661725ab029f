import pg from 'pg';
import { newClient, OWN_NAMES_ONLY } from './connections.ts';

/** Owns the audit trail. Nobody can sign in as it, and Tenure's own role is none of its members. */
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
  /** Of a role that may make roles and give tables away: a superuser. */
  readonly adminUrl: string;
  /** Of Tenure's own role. */
  readonly databaseUrl: string;
}

async function inDatabase<T>({ adminUrl, databaseUrl }: Trail, work: (client: pg.Client, app: string) => Promise<T>) {
  const own = new URL(databaseUrl);
  const admin = new URL(adminUrl);
  admin.pathname = own.pathname;
  const client = newClient(admin.href);
  try {
    await client.connect();
    await client.query(OWN_NAMES_ONLY);
    await client.query('begin');
    const result = await work(client, client.escapeIdentifier(decodeURIComponent(own.username)));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Those of the names that are there: before the first migrations there are none. */
async function existing(client: pg.Client, names: readonly string[], kind: 'class' | 'procedure'): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name from unnest($1::text[]) as name where to_reg${kind}(name) is not null`,
    [names],
  );
  return rows.map(({ name }) => name);
}

/** Who owns the tables owns their functions and the schema too: a schema's owner may drop what is in it. */
async function give(client: pg.Client, owner: string): Promise<void> {
  await client.query(`alter schema public owner to ${owner}`);
  for (const table of await existing(client, TABLES, 'class'))
    await client.query(`alter table ${table} owner to ${owner}`);
  for (const signature of await existing(client, FUNCTIONS, 'procedure'))
    await client.query(`alter function ${signature} owner to ${owner}`);
}

/** The columns that Tenure fills in: which row it is, and when it was written, the database alone says. */
async function told(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
      and attname not in ('audit_id', 'at') order by attnum`,
    [table],
  );
  return rows.map(({ name }) => client.escapeIdentifier(name)).join(', ');
}

/** Tenure reads the trail and adds to it; the chain is written by what belongs to its owner. */
async function grant(client: pg.Client, app: string): Promise<void> {
  await client.query(`grant usage, create on schema public to ${app}`);
  for (const table of await existing(client, TABLES, 'class')) {
    await client.query(`revoke all on ${table} from ${app}`);
    await client.query(`grant select on ${table} to ${app}`);
    if (table === TABLES[0]) await client.query(`grant insert (${await told(client, table)}) on ${table} to ${app}`);
  }
}

/**
 * Makes the audit trail belong to a role of its own: Tenure may read it and add to it, and can neither change nor empty
 * it, nor turn its triggers off. Idempotent.
 * @returns false when `adminUrl` may not do that; the triggers alone guard the trail then.
 */
export async function guardAudit(trail: Trail): Promise<boolean> {
  try {
    await inDatabase(trail, async (client, app) => {
      await client.query('select pg_advisory_xact_lock(hashtext($1))', [OWNER]);
      const known = await client.query('select 1 from pg_roles where rolname = $1', [OWNER]);
      if (known.rowCount === 0) await client.query(`create role ${OWNER} nologin`);
      await give(client, OWNER);
      await grant(client, app);
    });
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}

/** Gives the trail back to Tenure's role, for a migration. */
export const releaseAudit = (trail: Trail): Promise<void> => inDatabase(trail, give);
