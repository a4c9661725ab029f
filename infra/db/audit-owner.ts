import pg from 'pg';
import { newClient } from './connections.ts';

/** Owns the audit trail. Nobody can sign in as it, and Tenure's own role is none of its members. */
const OWNER = 'tenure_audit';
const INSUFFICIENT_PRIVILEGE = '42501';
const TABLES = ['audit_events', 'audit_chain'];

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

/** Who owns the tables owns their functions and the schema too: a schema's owner may drop what is in it. */
async function give(client: pg.Client, owner: string): Promise<void> {
  const { rows } = await client.query<{ functions: string }>(
    `select format('%s(%s)', proname, pg_get_function_identity_arguments(oid)) as functions from pg_proc
     where pronamespace = 'public'::regnamespace and (proname like '%audit_%')`,
  );
  await client.query(`alter schema public owner to ${owner}`);
  for (const table of TABLES) await client.query(`alter table if exists public.${table} owner to ${owner}`);
  for (const { functions } of rows) await client.query(`alter function public.${functions} owner to ${owner}`);
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
      await client.query(`grant usage, create on schema public to ${app}`);
      await client.query(`revoke all on ${TABLES.join(', ')} from ${app}`);
      await client.query(`grant select on ${TABLES.join(', ')} to ${app}`);
      await client.query(`grant insert on audit_events to ${app}`);
    });
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}

/** Gives the trail back to Tenure's role, for a migration. */
export const releaseAudit = (trail: Trail): Promise<void> => inDatabase(trail, give);
