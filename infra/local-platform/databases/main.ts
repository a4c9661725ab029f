import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** SQLite's own: the file is damaged, or it is no database. */
const DAMAGED = [11, 26];

/**
 * Opened for writing as its owner does, so that what a kill left beside the file is taken in first. One without tables
 * was emptied: its owner would wait for them, or begin as if nobody were known.
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
