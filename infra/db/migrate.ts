import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { runner } from 'node-pg-migrate';
import { newClient } from './connections.ts';
import type { Database } from './database.ts';

const folder = fileURLToPath(new URL('migrations', import.meta.url));

/**
 * Brings the database to the newest schema. Safe to call from several processes at once: the others wait.
 * @throws when a migration fails; nothing of that migration stays.
 */
export async function migrate(databaseUrl: string, direction: 'up' | 'down' = 'up'): Promise<void> {
  const dbClient = newClient(databaseUrl);
  try {
    await dbClient.connect();
    await runner({
      dbClient,
      direction,
      dir: folder,
      migrationsTable: 'migrations',
      checkOrder: true,
      count: Number.POSITIVE_INFINITY,
      log: () => undefined,
      advisoryLockMode: 'wait',
    });
  } finally {
    await dbClient.end().catch(() => undefined);
  }
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
