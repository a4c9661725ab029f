import { sql, type Selectable } from 'kysely';
import type { Queryable } from '../database.ts';
import type { ApiKeys } from '../schema.ts';

/** Only the hash of a key is stored; its prefix lets people tell keys apart. */
export async function insertApiKey(
  db: Queryable,
  key: {
    readonly customerId: string;
    readonly name: string;
    readonly prefix: string;
    readonly keyHash: string;
    readonly byLink: boolean;
  },
): Promise<string> {
  const { keyId } = await db.insertInto('apiKeys').values(key).returning('keyId').executeTakeFirstOrThrow();
  return keyId;
}

interface RevokedKey {
  readonly keyId: string;
  readonly name: string;
  readonly prefix: string;
}

/** Revokes those of a customer's keys: all of them, one, or those that were made through a mailed link. */
export async function revokeApiKeys(
  db: Queryable,
  customerId: string,
  which: { readonly keyId?: string; readonly byLink?: true } = {},
): Promise<readonly RevokedKey[]> {
  const { keyId, byLink } = which;
  return db
    .updateTable('apiKeys')
    .set({ revokedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .where('revokedAt', 'is', null)
    .$if(keyId !== undefined, (query) => query.where('keyId', '=', keyId ?? ''))
    .$if(byLink === true, (query) => query.where('byLink', '=', true))
    .returning(['keyId', 'name', 'prefix'])
    .execute();
}

/** How many keys of a customer work. */
export async function countApiKeys(db: Queryable, customerId: string): Promise<number> {
  const { n } = await db
    .selectFrom('apiKeys')
    .select((select) => select.fn.countAll<number>().as('n'))
    .where('customerId', '=', customerId)
    .where('revokedAt', 'is', null)
    .executeTakeFirstOrThrow();
  return n;
}

/** The customer of a key that was not revoked, and whose account is open; looking it up counts as use. */
export async function useApiKey(db: Queryable, keyHash: string): Promise<string | undefined> {
  const row = await db
    .updateTable('apiKeys')
    .set({ lastUsedAt: sql<Date>`now()` })
    .where('keyHash', '=', keyHash)
    .where('revokedAt', 'is', null)
    .where((where) =>
      where.exists(
        where
          .selectFrom('accounts')
          .whereRef('accounts.customerId', '=', 'apiKeys.customerId')
          .where('closedAt', 'is', null),
      ),
    )
    .returning('customerId')
    .executeTakeFirst();
  return row?.customerId;
}

export type ApiKeyView = Omit<Selectable<ApiKeys>, 'keyHash' | 'customerId' | 'byLink'>;

export async function listApiKeys(db: Queryable, customerId: string): Promise<readonly ApiKeyView[]> {
  return db
    .selectFrom('apiKeys')
    .select(['keyId', 'name', 'prefix', 'createdAt', 'lastUsedAt', 'revokedAt'])
    .where('customerId', '=', customerId)
    .orderBy('createdAt', 'desc')
    .execute();
}
