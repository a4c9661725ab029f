import type { Database } from '../db/database.ts';
import { nextLivingCustomers } from '../db/repositories/customer-records.ts';
import { movePosition, readPosition } from '../db/repositories/record-laps.ts';

export interface Page {
  /** Of customers or of workflows. */
  readonly ids: readonly string[];
  /** Where the next page begins; null after the last one of a lap. */
  readonly next: string | null;
}

/** The next customers in Postgres who have not left. */
export async function livingCustomers(
  { database }: { readonly database: Database },
  after: string | null,
  limit: number,
): Promise<Page> {
  const ids = await nextLivingCustomers(database, after, limit);
  return { ids, next: ids.length < limit ? null : (ids.at(-1) ?? null) };
}

interface Lap {
  readonly page: (position: string | null) => Promise<Page>;
  readonly compare: (ids: readonly string[]) => Promise<void>;
}

/**
 * Compares the next page of a source and moves on in the lap.
 * @returns how many were compared
 */
export async function nextOfLap(database: Database, source: string, { page, compare }: Lap): Promise<number> {
  const position = await readPosition(database, source);
  try {
    const { ids, next } = await page(position);
    await compare(ids);
    await movePosition(database, source, next);
    return ids.length;
  } catch (error) {
    // The place may be one that is not taken any more, as when what it names was deleted: the lap begins again.
    if (position !== null) await movePosition(database, source, '');
    throw error;
  }
}
