import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export type StaffRole = 'support' | 'operator';
export type SessionOwner = { readonly customerId: string } | { readonly staffRole: StaffRole };

/** Only the hash of a session token is ever stored. */
export async function insertSession(
  db: Queryable,
  session: { readonly tokenHash: string; readonly owner: SessionOwner; readonly absoluteSeconds: number },
): Promise<Date> {
  const { expiresAt } = await db
    .insertInto('sessions')
    .values({
      tokenHash: session.tokenHash,
      expiresAt: sql<Date>`now() + make_interval(secs => ${session.absoluteSeconds})`,
      ...session.owner,
    })
    .returning('expiresAt')
    .executeTakeFirstOrThrow();
  return expiresAt;
}

/** The owner of a session that is neither expired nor idle for too long; being asked for counts as use. */
export async function useSession(
  db: Queryable,
  tokenHash: string,
  idleSeconds: { readonly customer: number; readonly staff: number },
): Promise<SessionOwner | undefined> {
  const row = await db
    .updateTable('sessions')
    .set({ lastSeenAt: sql<Date>`now()` })
    .where('tokenHash', '=', tokenHash)
    .where('expiresAt', '>', sql<Date>`now()`)
    .where(
      'lastSeenAt',
      '>',
      sql<Date>`now() - make_interval(secs => case when staff_role is null then ${idleSeconds.customer}::int else ${idleSeconds.staff}::int end)`,
    )
    .returning(['customerId', 'staffRole'])
    .executeTakeFirst();
  if (!row) return undefined;
  return row.customerId === null ? { staffRole: row.staffRole as StaffRole } : { customerId: row.customerId };
}

export async function deleteSession(db: Queryable, tokenHash: string): Promise<void> {
  await db.deleteFrom('sessions').where('tokenHash', '=', tokenHash).execute();
}

/** Signs a customer out everywhere. */
export async function deleteSessionsOf(db: Queryable, customerId: string): Promise<void> {
  await db.deleteFrom('sessions').where('customerId', '=', customerId).execute();
}

export async function deleteExpiredSessions(db: Queryable): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('expiresAt', '<', sql<Date>`now()`)
    .execute();
}
