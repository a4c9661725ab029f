import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { runner } from 'node-pg-migrate';
import type { Client } from 'pg';
import { guardAudit, releaseAudit } from './audit-owner.ts';
import { newClient } from './connections.ts';
import type { Database } from './database.ts';

const folder = fileURLToPath(new URL('migrations', import.meta.url));

export interface Migration {
  readonly direction?: 'up' | 'down';
  /** Of a superuser of the same server: with it the audit trail belongs to a role that Tenure is not. */
  readonly adminUrl?: string | undefined;
}

/** How many migrations the database has had; none if it has had none. */
async function countApplied(client: Client): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('migrations') is not null as there`);
  if (rows[0]?.there !== true) return 0;
  return (await client.query('select from migrations')).rowCount ?? 0;
}

const run = (dbClient: Client, direction: 'up' | 'down') =>
  runner({
    dbClient,
    direction,
    dir: folder,
    migrationsTable: 'migrations',
    checkOrder: true,
    count: Number.POSITIVE_INFINITY,
    log: () => undefined,
    advisoryLockMode: 'wait',
  });

interface Work {
  readonly direction: 'up' | 'down';
  /** Called before the first change to a schema that is there. */
  readonly release: () => Promise<void>;
}

async function applyPending(databaseUrl: string, { direction, release }: Work): Promise<void> {
  const client = newClient(databaseUrl);
  try {
    await client.connect();
    const applied = await countApplied(client);
    const pending = direction === 'down' || applied < (await readdir(folder)).length;
    if (applied > 0 && pending) await release();
    await run(client, direction);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Brings the database to the newest schema. Safe to call from several processes at once: the others wait.
 * @returns whether the audit trail belongs to a role of its own
 * @throws when a migration fails; nothing of that migration stays, and the trail is guarded again.
 */
export async function migrate(
  databaseUrl: string,
  { direction = 'up', adminUrl }: Migration = {},
): Promise<{ readonly auditGuarded: boolean }> {
  if (adminUrl === undefined) {
    await applyPending(databaseUrl, { direction, release: () => Promise.resolve() });
    return { auditGuarded: false };
  }
  const trail = { adminUrl, databaseUrl };
  try {
    await applyPending(databaseUrl, { direction, release: () => releaseAudit(trail) });
  } catch (error) {
    await guardAudit(trail);
    throw error;
  }
  return { auditGuarded: direction === 'up' && (await guardAudit(trail)) };
}

/** The migrations this code knows and the database has not had, by name. */
export async function missingMigrations(database: Database): Promise<string[]> {
  const known = (await readdir(folder)).map((file) => file.replace(/[.]sql$/, '')).sort();
  const found = await sql<{ there: boolean }>`select to_regclass('migrations') is not null as there`.execute(database);
  if (found.rows[0]?.there !== true) return known;
  const { rows } = await sql<{ name: string }>`select name from migrations`.execute(database);
  const had = new Set(rows.map(({ name }) => name));
  return known.filter((name) => !had.has(name));
}
