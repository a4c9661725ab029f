import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the migrations are. */
export const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));

const OF_THE_TRAIL = /^-- Audit trail:/m;
const DOWN = /^-- Down Migration/m;

export interface TrailMigration {
  readonly name: string;
  readonly up: string;
}

/** Every migration by name, in their order. */
export const migrationNames = async (): Promise<string[]> =>
  (await readdir(MIGRATIONS)).map((file) => file.replace(/[.]sql$/, '')).sort();

/**
 * Those that change the audit trail once it belongs to a role of its own, in their order. They say so in their text,
 * touch nothing else, name their schema, and may run again.
 */
export async function trailMigrations(): Promise<TrailMigration[]> {
  const read = async (name: string): Promise<TrailMigration[]> => {
    const [up = ''] = (await readFile(`${MIGRATIONS}/${name}.sql`, 'utf8')).split(DOWN);
    return OF_THE_TRAIL.test(up) ? [{ name, up }] : [];
  };
  return (await Promise.all((await migrationNames()).map(read))).flat();
}
