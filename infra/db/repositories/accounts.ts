import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface Account {
  readonly customerId: string;
  readonly email: string | null;
  readonly emailNorm: string | null;
  readonly companyName: string | null;
  readonly passwordHash: string | null;
  /** The version of new sessions. */
  readonly sessionVersion: number;
}

const openAccounts = (db: Queryable) =>
  db
    .selectFrom('accounts')
    .innerJoin('customers', 'customers.customerId', 'accounts.customerId')
    .select(['customers.customerId', 'customers.email', 'customers.emailNorm', 'customers.companyName'])
    .select(['accounts.passwordHash', 'accounts.sessionVersion'])
    .where('accounts.closedAt', 'is', null);

/** Finds no account of a customer who has left or ordered an erasure. */
export const findAccountByEmail = (db: Queryable, emailNorm: string): Promise<Account | undefined> =>
  openAccounts(db).where('customers.emailNorm', '=', emailNorm).executeTakeFirst();

export const findAccount = (db: Queryable, customerId: string): Promise<Account | undefined> =>
  openAccounts(db).where('customers.customerId', '=', customerId).executeTakeFirst();

/** The open account of the identity; none of a customer who has left. */
export const findAccountOfSubject = (
  db: Queryable,
  identity: { readonly profile: string; readonly subject: string },
): Promise<Account | undefined> =>
  openAccounts(db)
    .where('customers.profile', '=', identity.profile)
    .where('customers.subject', '=', identity.subject)
    .where('customers.phase', '!=', 'ended')
    .executeTakeFirst();

/** Since when a customer has left or is erased; undefined before, and while an erasure is under way. */
export async function goneSince(db: Queryable, customerId: string): Promise<Date | undefined> {
  const row = await db
    .selectFrom('customers')
    .leftJoin('accounts', 'accounts.customerId', 'customers.customerId')
    .select('customers.endedAt')
    .where('customers.customerId', '=', customerId)
    .where('customers.phase', '=', 'ended')
    .where('accounts.closedAt', 'is', null)
    .executeTakeFirst();
  return row?.endedAt ?? undefined;
}

/** The account that a signup by this form has created in the last minutes. */
export const findSignup = (
  db: Queryable,
  made: { readonly emailNorm: string; readonly form: string; readonly withinMinutes: number },
): Promise<Account | undefined> =>
  openAccounts(db)
    .where('customers.emailNorm', '=', made.emailNorm)
    .where('accounts.signupForm', '=', made.form)
    .where('accounts.createdAt', '>', sql<Date>`now() - make_interval(mins => ${made.withinMinutes})`)
    .executeTakeFirst();

/** The customers with an instance that was not told yet that their sessions ended: all of them, or one. */
export async function findSessionsToEnd(
  db: Queryable,
  { limit, customerId }: { readonly limit: number; readonly customerId?: string },
): Promise<readonly { readonly customerId: string; readonly sessionVersion: number }[]> {
  return db
    .selectFrom('accounts')
    .innerJoin('customers', 'customers.customerId', 'accounts.customerId')
    .select(['accounts.customerId', 'accounts.sessionVersion'])
    .where((where) =>
      where.or([
        where('accounts.sessionVersion', '>', where.ref('accounts.instanceVersion')),
        where.exists(
          where
            .selectFrom('sessions')
            .whereRef('sessions.customerId', '=', 'accounts.customerId')
            .where('endedAt', 'is not', null),
        ),
      ]),
    )
    .where('customers.instanceUrl', 'is not', null)
    .where('customers.phase', '!=', 'ended')
    .$if(customerId !== undefined, (query) => query.where('accounts.customerId', '=', customerId ?? ''))
    .orderBy('accounts.customerId')
    .limit(limit)
    .execute();
}

/** Undefined for an account that is forgotten. */
export async function sessionVersionOf(db: Queryable, customerId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('sessionVersion')
    .where('customerId', '=', customerId)
    .executeTakeFirst();
  return row?.sessionVersion;
}

/** The instance has ended its sessions of older versions. */
export async function recordSessionsEnded(db: Queryable, customerId: string, version: number): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ instanceVersion: version })
    .where('customerId', '=', customerId)
    .where('instanceVersion', '<', version)
    .execute();
}

/**
 * Locks the account for the rest of the transaction. Everything that gives out or ends access does this, so that a
 * request that was let in a moment before an end cannot give out access after it. Lock the account first, then the
 * customer: everything that needs both uses this order. @returns undefined for an account that is closed, erased or
 * does not exist
 */
export async function holdAccount(
  db: Queryable,
  customerId: string,
): Promise<Pick<Account, 'sessionVersion' | 'passwordHash'> | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select(['sessionVersion', 'passwordHash', 'closedAt'])
    .where('customerId', '=', customerId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row?.closedAt !== null) return undefined;
  return { sessionVersion: row.sessionVersion, passwordHash: row.passwordHash };
}

/**
 * A password that was set through a mailed link may be known to whoever read that mail, so it is removed. @returns
 * whether it was such a password
 */
export async function forgetPasswordByLink(db: Queryable, customerId: string): Promise<boolean> {
  const row = await db
    .updateTable('accounts')
    .set({ passwordHash: null, passwordByLink: false, updatedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .where('passwordByLink', '=', true)
    .returning('customerId')
    .executeTakeFirst();
  return row !== undefined;
}

/** An erasure was ordered: from now on nobody signs in to the account. */
export async function markClosed(db: Queryable, customerId: string): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ closedAt: sql<Date>`coalesce(closed_at, now())` })
    .where('customerId', '=', customerId)
    .execute();
}

/** Replaces the hash only if it is still the one that was verified. */
export async function replacePasswordHash(
  db: Queryable,
  change: { readonly customerId: string; readonly from: string; readonly to: string },
): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ passwordHash: change.to, updatedAt: sql<Date>`now()` })
    .where('customerId', '=', change.customerId)
    .where('passwordHash', '=', change.from)
    .execute();
}

/** Whether somebody can sign in with a password; not so for a customer whom staff took on, until they set one. */
export async function hasPassword(db: Queryable, customerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('accounts')
    .select('customerId')
    .where('customerId', '=', customerId)
    .where('passwordHash', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** `byLink`: it was set through a mailed link. A change by somebody who knew the old password keeps that mark. */
export async function setPasswordHash(
  db: Queryable,
  customerId: string,
  { passwordHash, byLink }: { readonly passwordHash: string; readonly byLink?: true },
): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ passwordHash, updatedAt: sql<Date>`now()`, ...(byLink && { passwordByLink: true }) })
    .where('customerId', '=', customerId)
    .execute();
}
