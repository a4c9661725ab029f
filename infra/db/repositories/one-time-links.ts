import { sql } from 'kysely';
import type { Database, Queryable } from '../database.ts';
import { holdAccount } from './accounts.ts';
import { findCustomer } from './customers.ts';

export type LinkPurpose = 'reveal_api_key' | 'set_password' | 'after_leaving';

export interface NewLink {
  readonly tokenHash: string;
  readonly purpose: LinkPurpose;
  readonly lifeSeconds: number;
}

/**
 * Stores links by the hashes of their tokens, in a transaction of its own.
 * @param email - where they are to be mailed: of an address that was corrected meanwhile none is stored
 * @returns whether they are stored
 */
export async function insertLinks(
  database: Database,
  { customerId, email }: { readonly customerId: string; readonly email: string | null },
  links: readonly NewLink[],
): Promise<boolean> {
  if (links.length === 0) return true;
  return database.transaction().execute(async (db) => {
    await holdAccount(db, customerId);
    if ((await findCustomer(db, customerId))?.email !== email) return false;
    const rows = links.map(({ tokenHash, purpose, lifeSeconds }) => ({
      ...{ tokenHash, customerId, purpose },
      expiresAt: sql<Date>`now() + make_interval(secs => ${lifeSeconds})`,
    }));
    await db.insertInto('oneTimeLinks').values(rows).execute();
    return true;
  });
}

export const linkIsGood = async (db: Queryable, tokenHash: string, purpose: LinkPurpose): Promise<boolean> =>
  (await customerOfLink(db, tokenHash, purpose)) !== undefined;

/** Whose link it is, without using it up; undefined when it is not valid any more. */
export async function customerOfLink(
  db: Queryable,
  tokenHash: string,
  purpose: LinkPurpose,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('oneTimeLinks')
    .select('customerId')
    .where('tokenHash', '=', tokenHash)
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return row?.customerId;
}

/**
 * Uses up a link, in a transaction: of two people who open it at the same time, one gets the customer, the other
 * nothing.
 */
export async function takeLink(db: Queryable, tokenHash: string, purpose: LinkPurpose): Promise<string | undefined> {
  const link = await db
    .selectFrom('oneTimeLinks')
    .select('customerId')
    .where('tokenHash', '=', tokenHash)
    .executeTakeFirst();
  if (!link || !(await holdAccount(db, link.customerId))) return undefined;
  const row = await db
    .updateTable('oneTimeLinks')
    .set({ usedAt: sql<Date>`now()` })
    .where('tokenHash', '=', tokenHash)
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`now()`)
    .returning('customerId')
    .executeTakeFirst();
  return row?.customerId;
}

/** Uses up every link of that purpose the customer still has. */
export async function spendLinks(db: Queryable, customerId: string, purpose: LinkPurpose): Promise<void> {
  await db
    .updateTable('oneTimeLinks')
    .set({ usedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .execute();
}

/** Deletes links that reached nobody. */
export async function forgetLinks(db: Queryable, tokenHashes: readonly string[]): Promise<void> {
  if (tokenHashes.length === 0) return;
  await db.deleteFrom('oneTimeLinks').where('tokenHash', 'in', tokenHashes).execute();
}

/** Invalidates every link of a customer. */
export async function deleteLinksOf(db: Queryable, customerId: string): Promise<void> {
  await db.deleteFrom('oneTimeLinks').where('customerId', '=', customerId).execute();
}

export async function forgetOldLinks(db: Queryable): Promise<void> {
  await db
    .deleteFrom('oneTimeLinks')
    .where('expiresAt', '<', sql<Date>`now() - interval '30 days'`)
    .execute();
}
