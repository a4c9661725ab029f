import { sql } from 'kysely';
import type { Database, Queryable } from '../database.ts';

/** Where the states of all stacks are; undefined before the first operation. */
export async function findStackBackend(db: Queryable): Promise<string | undefined> {
  const row = await db.selectFrom('stackBackend').select('identity').executeTakeFirst();
  return row?.identity;
}

/** Records the one that `mark` answers, unless there is one: of several who ask at the same time one marks. */
export async function recordStackBackend(db: Database, mark: () => Promise<string>): Promise<string> {
  return db.transaction().execute(async (transaction) => {
    await sql`lock table stack_backend in exclusive mode`.execute(transaction);
    const known = await findStackBackend(transaction);
    if (known !== undefined) return known;
    const identity = await mark();
    await transaction.insertInto('stackBackend').values({ identity }).execute();
    return identity;
  });
}
