import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** SQLite's error codes: the file is damaged, or is not a database. */
const DAMAGED = [11, 26];

/**
 * Opened for writing, as its program does, so that the journal which a kill left beside the file is applied first. A
 * database without tables was emptied: its program would wait for them, or start as if there were no customers.
 */
function isWhole(file: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    const { tables } = database.prepare('select count(*) as tables from sqlite_master').get() as { tables: number };
    const check = database.prepare('pragma quick_check(1)').get() as { quick_check: string };
    return tables > 0 && check.quick_check === 'ok';
  } catch (error) {
    if (DAMAGED.includes((error as { readonly errcode?: number }).errcode ?? 0)) return false;
    throw error;
  } finally {
    database?.close();
  }
}

const damaged = process.argv.slice(2).filter((file) => existsSync(file) && !isWhole(file));
process.stdout.write(JSON.stringify(damaged));
