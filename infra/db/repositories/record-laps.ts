import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/** Where the next page of the source begins; null at the start of a lap. */
export async function readPosition(db: Queryable, source: string): Promise<string | null> {
  const row = await db.selectFrom('recordLaps').select('position').where('source', '=', source).executeTakeFirst();
  return row?.position ?? null;
}

/** Moves on within the lap; null ends it, and what it saw is complete since it began. */
export async function movePosition(db: Queryable, source: string, position: string | null): Promise<void> {
  const ends = position === null;
  await db
    .insertInto('recordLaps')
    .values({ source, position, ...(ends && { completeSince: sql<Date>`now()` }) })
    .onConflict((conflict) =>
      conflict.column('source').doUpdateSet({
        position,
        ...(ends && { completeSince: sql`record_laps.began_at`, beganAt: sql`now()` }),
      }),
    )
    .execute();
}

/** Since when each source was compared as a whole; a source that never was is left out. */
export async function completeLaps(db: Queryable): Promise<Readonly<Record<string, Date>>> {
  const rows = await db.selectFrom('recordLaps').select(['source', 'completeSince']).execute();
  return Object.fromEntries(
    rows.flatMap(({ source, completeSince }) => (completeSince ? [[source, completeSince]] : [])),
  );
}
