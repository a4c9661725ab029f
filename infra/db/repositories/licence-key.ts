import type { Queryable } from '../database.ts';

/** Fingerprint of the public key that the instances have; undefined before the first process has started. */
export async function findLicenceKey(db: Queryable): Promise<string | undefined> {
  const row = await db.selectFrom('licenceKey').select('fingerprint').executeTakeFirst();
  return row?.fingerprint;
}

/** Records this one, unless there is one. @returns what is recorded. */
export async function recordLicenceKey(db: Queryable, fingerprint: string): Promise<string> {
  await db
    .insertInto('licenceKey')
    .values({ fingerprint })
    .onConflict((conflict) => conflict.column('onlyOne').doNothing())
    .execute();
  return (await findLicenceKey(db)) ?? fingerprint;
}
