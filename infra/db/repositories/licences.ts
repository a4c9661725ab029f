import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import type { JsonObject } from '../schema.ts';

export interface LicenceRow {
  readonly customerId: string;
  readonly action: 'generated' | 'renewed';
  readonly plan: string;
  readonly maxDevices: number;
  readonly licenceHash: string;
  readonly token: string;
  readonly generatedBy: string;
  readonly metadata: JsonObject;
  readonly expiresAt: Date;
}

/** Adds to the licence history. */
export async function recordLicence(db: Queryable, { metadata, ...row }: LicenceRow): Promise<void> {
  await db
    .insertInto('licences')
    .values({ ...row, metadata: JSON.stringify(metadata) })
    .execute();
}

/** The newest licence that was not revoked. */
export async function newestLicence(
  db: Queryable,
  customerId: string,
): Promise<{ readonly plan: string; readonly expiresAt: Date } | undefined> {
  return db
    .selectFrom('licences')
    .select(['plan', 'expiresAt'])
    .where('customerId', '=', customerId)
    .where('revokedAt', 'is', null)
    .orderBy('issuedAt', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The one that the signup was answered with, until it is revoked. */
export async function firstLicence(
  db: Queryable,
  customerId: string,
): Promise<{ readonly token: string; readonly expiresAt: Date } | undefined> {
  const row = await db
    .selectFrom('licences')
    .select(['token', 'expiresAt'])
    .where('customerId', '=', customerId)
    .where('action', '=', 'generated')
    .where('revokedAt', 'is', null)
    .orderBy('issuedAt')
    .limit(1)
    .executeTakeFirst();
  return row?.token == null ? undefined : { token: row.token, expiresAt: row.expiresAt };
}

/** The token itself is not kept. */
export async function revokeLicences(db: Queryable, customerId: string): Promise<void> {
  await db
    .updateTable('licences')
    .set({ revokedAt: sql<Date>`now()`, token: null })
    .where('customerId', '=', customerId)
    .where('revokedAt', 'is', null)
    .execute();
}
