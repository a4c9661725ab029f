import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface Account {
  readonly customerId: string;
  readonly email: string | null;
  readonly companyName: string | null;
  readonly passwordHash: string | null;
}

export async function findAccountByEmail(db: Queryable, emailNorm: string): Promise<Account | undefined> {
  return db
    .selectFrom('accounts')
    .innerJoin('customers', 'customers.customerId', 'accounts.customerId')
    .select(['customers.customerId', 'customers.email', 'customers.companyName', 'accounts.passwordHash'])
    .where('customers.emailNorm', '=', emailNorm)
    .executeTakeFirst();
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

export async function setPasswordHash(db: Queryable, customerId: string, passwordHash: string): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ passwordHash, updatedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .execute();
}
