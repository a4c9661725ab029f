import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface BackupRow {
  readonly id: string;
  readonly location: string;
}

export interface NewBackup {
  readonly customerId: string;
  readonly location: string;
  readonly manifest: object;
  readonly deleteAfter: Date | null;
}

/** One row a location: a backup taken again there replaces what the row says. */
export async function saveBackup(
  db: Queryable,
  { customerId, location, manifest, deleteAfter }: NewBackup,
): Promise<string> {
  const values = { manifest: JSON.stringify(manifest), deleteAfter };
  const renewed = await db
    .updateTable('backups')
    .set({ ...values, createdAt: sql`now()` })
    .where('customerId', '=', customerId)
    .where('location', '=', location)
    .where('deletedAt', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (renewed) return renewed.id;
  const added = await db
    .insertInto('backups')
    .values({ customerId, location, ...values })
    .returning('id')
    .executeTakeFirstOrThrow();
  return added.id;
}

/** Until when the newest backup that still exists is kept; null where there is none. */
export async function keptUntil(db: Queryable, customerId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('backups')
    .select('deleteAfter')
    .where('customerId', '=', customerId)
    .where('deletedAt', 'is', null)
    .orderBy('createdAt', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.deleteAfter ?? null;
}

/** Backups that still exist, newest first. */
export async function listBackups(db: Queryable, customerId: string): Promise<BackupRow[]> {
  return db
    .selectFrom('backups')
    .select(['id', 'location'])
    .where('customerId', '=', customerId)
    .where('deletedAt', 'is', null)
    .orderBy('createdAt', 'desc')
    .execute();
}

export async function markBackupDeleted(db: Queryable, id: string): Promise<void> {
  await db
    .updateTable('backups')
    .set({ deletedAt: sql`now()` })
    .where('id', '=', id)
    .execute();
}
