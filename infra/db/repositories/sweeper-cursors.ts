import { sql } from 'kysely';
import type { Database, Queryable } from '../database.ts';

/** How far the sweeper has come; undefined before its first pass. */
export async function readCursor(db: Queryable, sweeper: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('sweeperCursors')
    .select('handledUntil')
    .where('sweeper', '=', sweeper)
    .executeTakeFirst();
  return row?.handledUntil;
}

/** Only forward. */
export async function moveCursor(db: Queryable, sweeper: string, handledUntil: Date): Promise<void> {
  await db
    .insertInto('sweeperCursors')
    .values({ sweeper, handledUntil })
    .onConflict((conflict) =>
      conflict
        .column('sweeper')
        .doUpdateSet({ handledUntil: sql`greatest(sweeper_cursors.handled_until, excluded.handled_until)` }),
    )
    .execute();
}

/**
 * Does `work` while holding the lock of that name, which one session of all processes can hold. It is given back with
 * the connection, so a process that dies holds nobody up.
 * @returns undefined, with nothing done, when another one holds it.
 */
export function whileSoleOwner<T>(database: Database, name: string, work: () => Promise<T>): Promise<T | undefined> {
  return database.connection().execute(async (held) => {
    const lock = sql`hashtextextended(${`sweeper/${name}`}, 0)`;
    const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${lock}) as got`.execute(held);
    if (rows[0]?.got !== true) return undefined;
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(${lock})`.execute(held);
    }
  });
}
