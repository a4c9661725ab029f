import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export type LinkPurpose = 'reveal_api_key' | 'set_password';

/** Stores a link by the hash of its token, good for `lifeSeconds`. */
export async function insertLink(
  db: Queryable,
  link: {
    readonly tokenHash: string;
    readonly customerId: string;
    readonly purpose: LinkPurpose;
    readonly lifeSeconds: number;
  },
): Promise<void> {
  await db
    .insertInto('oneTimeLinks')
    .values({
      tokenHash: link.tokenHash,
      customerId: link.customerId,
      purpose: link.purpose,
      expiresAt: sql<Date>`now() + make_interval(secs => ${link.lifeSeconds})`,
    })
    .execute();
}

export async function linkIsGood(db: Queryable, tokenHash: string, purpose: LinkPurpose): Promise<boolean> {
  const row = await db
    .selectFrom('oneTimeLinks')
    .select('tokenHash')
    .where('tokenHash', '=', tokenHash)
    .where('purpose', '=', purpose)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Uses a link up. One statement: of two who open it at once, one gets the customer, the other nothing. */
export async function takeLink(db: Queryable, tokenHash: string, purpose: LinkPurpose): Promise<string | undefined> {
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

/** Forgets links that reached nobody. */
export async function forgetLinks(db: Queryable, tokenHashes: readonly string[]): Promise<void> {
  if (tokenHashes.length === 0) return;
  await db.deleteFrom('oneTimeLinks').where('tokenHash', 'in', tokenHashes).execute();
}

/** Makes every link of a customer worthless, whoever holds it. */
export async function deleteLinksOf(db: Queryable, customerId: string): Promise<void> {
  await db.deleteFrom('oneTimeLinks').where('customerId', '=', customerId).execute();
}

export async function forgetOldLinks(db: Queryable): Promise<void> {
  await db
    .deleteFrom('oneTimeLinks')
    .where('expiresAt', '<', sql<Date>`now() - interval '30 days'`)
    .execute();
}
