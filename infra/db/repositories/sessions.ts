import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export type StaffRole = 'support' | 'operator';
export interface CustomerSession {
  readonly customerId: string;
  /** The account's when the session was made: it dies when that is raised. */
  readonly sessionVersion: number;
}
export type SessionOwner =
  | CustomerSession
  /** The proof says which staff token the session was made with. */
  | { readonly staffRole: StaffRole; readonly staffProof: string };

/** Only the hash of a session token is stored. */
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

interface IdleSeconds {
  readonly customer: number;
  readonly staff: number;
}

/** The owner of a session that is not expired, not idle for too long, and not ended with what it was made from. */
export async function findSessionOwner(
  db: Queryable,
  tokenHash: string,
  idleSeconds: IdleSeconds,
): Promise<SessionOwner | undefined> {
  const row = await db
    .selectFrom('sessions')
    .leftJoin('accounts', 'accounts.customerId', 'sessions.customerId')
    .select(['sessions.customerId', 'sessions.staffRole', 'sessions.staffProof', 'sessions.sessionVersion'])
    .where('tokenHash', '=', tokenHash)
    .where('expiresAt', '>', sql<Date>`now()`)
    .where('endedAt', 'is', null)
    .where(
      'lastSeenAt',
      '>',
      sql<Date>`now() - make_interval(secs => case when staff_role is null then ${idleSeconds.customer}::int else ${idleSeconds.staff}::int end)`,
    )
    .where((where) =>
      where.or([
        where('sessions.staffRole', 'is not', null),
        where.and([
          where('accounts.sessionVersion', '=', where.ref('sessions.sessionVersion')),
          where('accounts.closedAt', 'is', null),
        ]),
      ]),
    )
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.customerId !== null) return { customerId: row.customerId, sessionVersion: row.sessionVersion ?? 0 };
  return { staffRole: row.staffRole as StaffRole, staffProof: row.staffProof ?? '' };
}

/** Counts as use: the idle time begins anew. To the minute, so that reading does not mean writing. */
export async function touchSession(db: Queryable, tokenHash: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ lastSeenAt: sql<Date>`now()` })
    .where('tokenHash', '=', tokenHash)
    .where('lastSeenAt', '<', sql<Date>`now() - interval '1 minute'`)
    .execute();
}

interface Ended {
  /** Null for one of the staff. */
  readonly customerId: string | null;
}

/**
 * Ends a session. One that has opened something in an instance stays as a row until the instance has ended that too.
 * @returns whose it was; undefined when there was none, or it had ended
 */
export async function endSession(db: Queryable, tokenHash: string): Promise<Ended | undefined> {
  const neverEntered = await db
    .deleteFrom('sessions')
    .where('tokenHash', '=', tokenHash)
    .where('entryId', 'is', null)
    .returning('customerId')
    .executeTakeFirst();
  if (neverEntered) return neverEntered;
  // Second, because somebody may be entering the instance at this very moment.
  return db
    .updateTable('sessions')
    .set({ endedAt: sql<Date>`now()` })
    .where('tokenHash', '=', tokenHash)
    .where('endedAt', 'is', null)
    .returning('customerId')
    .executeTakeFirst();
}

/**
 * Names the entry to the instance that comes from the customer's session; the same for the whole session.
 * @returns undefined when the session has ended
 */
export async function nameEntry(
  db: Queryable,
  customerId: string,
  tokenHashes: readonly string[],
): Promise<string | undefined> {
  if (tokenHashes.length === 0) return undefined;
  const row = await db
    .updateTable('sessions')
    .set({ entryId: sql<string>`coalesce(entry_id, gen_random_uuid())` })
    .where('tokenHash', 'in', tokenHashes)
    .where('customerId', '=', customerId)
    .where('endedAt', 'is', null)
    .returning('entryId')
    .executeTakeFirst();
  return row?.entryId ?? undefined;
}

/** The entries of ended sessions that the customer's instance was not told about yet. */
export async function entriesToEnd(db: Queryable, customerId: string, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('sessions')
    .select('entryId')
    .where('customerId', '=', customerId)
    .where('endedAt', 'is not', null)
    .orderBy('endedAt')
    .limit(limit)
    .execute();
  return rows.flatMap(({ entryId }) => entryId ?? []);
}

/** The instance has ended what came of them. */
export async function recordEntriesEnded(db: Queryable, customerId: string, entries: readonly string[]): Promise<void> {
  if (entries.length === 0) return;
  const endedSessions = db.deleteFrom('sessions').where('customerId', '=', customerId).where('endedAt', 'is not', null);
  await endedSessions.where('entryId', 'in', entries).execute();
}

/**
 * Signs a customer out everywhere, including a sign-in in progress with a password that was right a moment ago.
 * @returns the version of new sessions
 */
export async function endSessionsOf(db: Queryable, customerId: string): Promise<number> {
  const account = await db
    .updateTable('accounts')
    .set({ sessionVersion: sql<number>`session_version + 1`, updatedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .returning('sessionVersion')
    .executeTakeFirst();
  await db.deleteFrom('sessions').where('customerId', '=', customerId).execute();
  return account?.sessionVersion ?? 0;
}

/** Signs all of the staff out. @returns how many sessions that ended */
export async function endStaffSessions(db: Queryable): Promise<number> {
  const ended = await db.deleteFrom('sessions').where('staffRole', 'is not', null).executeTakeFirst();
  return Number(ended.numDeletedRows);
}

export async function deleteExpiredSessions(db: Queryable): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('expiresAt', '<', sql<Date>`now()`)
    .execute();
}
