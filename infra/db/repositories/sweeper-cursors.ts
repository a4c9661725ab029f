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

/** The lock of a session that is not heard of for so long is given back. */
const SILENCE_MS = 60_000;

/**
 * Does `work` while holding the lock of that name, which one session of all processes can hold. It is given back with
 * the connection, so a process that dies holds nobody up; nor does one whose host is lost, because Postgres ends a
 * session that falls silent.
 * @returns undefined, with nothing done, when another one holds it.
 */
export function whileSoleOwner<T>(
  database: Database,
  name: string,
  work: () => Promise<T>,
  silenceMs = SILENCE_MS,
): Promise<T | undefined> {
  return database.connection().execute(async (held) => {
    const endAfter = (ms: number) => sql`select set_config('idle_session_timeout', ${String(ms)}, false)`.execute(held);
    const lock = sql`hashtextextended(${`sweeper/${name}`}, 0)`;
    const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${lock}) as got`.execute(held);
    if (rows[0]?.got !== true) return undefined;
    await endAfter(silenceMs);
    const beat = setInterval(() => {
      // The session is lost: whoever works in it hears of that.
      sql`select 1`.execute(held).catch(() => undefined);
    }, silenceMs / 4);
    try {
      return await work();
    } finally {
      clearInterval(beat);
      await sql`select pg_advisory_unlock(${lock})`.execute(held);
      await endAfter(0);
    }
  });
}
