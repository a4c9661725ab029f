import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { newClient } from './connections.ts';

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
