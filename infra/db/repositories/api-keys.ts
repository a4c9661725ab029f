import { sql, type Selectable } from 'kysely';
import type { Queryable } from '../database.ts';
import type { ApiKeys } from '../schema.ts';

/** Only the hash of a key is stored; its prefix is for people to tell keys apart. */
export async function insertApiKey(
  db: Queryable,
  key: { readonly customerId: string; readonly prefix: string; readonly keyHash: string },
): Promise<void> {
  await db.insertInto('apiKeys').values(key).execute();
}

/** The customer of a key that was not revoked; being asked for counts as use. */
export async function useApiKey(db: Queryable, keyHash: string): Promise<string | undefined> {
  const row = await db
    .updateTable('apiKeys')
    .set({ lastUsedAt: sql<Date>`now()` })
    .where('keyHash', '=', keyHash)
    .where('revokedAt', 'is', null)
    .returning('customerId')
    .executeTakeFirst();
  return row?.customerId;
}

export type ApiKeyView = Omit<Selectable<ApiKeys>, 'keyHash' | 'customerId'>;

export async function listApiKeys(db: Queryable, customerId: string): Promise<readonly ApiKeyView[]> {
  return db
    .selectFrom('apiKeys')
    .select(['keyId', 'prefix', 'createdAt', 'lastUsedAt', 'revokedAt'])
    .where('customerId', '=', customerId)
    .orderBy('createdAt', 'desc')
    .execute();
}
