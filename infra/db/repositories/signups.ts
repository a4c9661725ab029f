import { sql } from 'kysely';
import type { Terms } from '../../../workflows/domain/terms.ts';
import type { Database, Queryable } from '../database.ts';

/** Of somebody whose identity is elsewhere, as its issuer says. */
export interface Identity {
  /** Unique for the product; null for a customer who signs in here. */
  readonly subject: string | null;
  readonly identityName: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
}

export interface SignupRow extends Partial<Identity> {
  readonly customerId: string;
  readonly email: string;
  readonly emailNorm: string;
  readonly companyName: string;
  readonly fullName: string | null;
  readonly slug: string;
  readonly region: string;
  /** Null until the customer sets a password by a link. */
  readonly passwordHash: string | null;
  /** By which the same signup is known when it comes again: a hash of the browser's form protection, or of a program's key. */
  readonly signupForm?: string | undefined;
  readonly complianceFramework?: string | null;
  readonly terms: Terms;
  readonly trialEndsAt: Date | null;
}

export async function emailIsTaken(db: Queryable, emailNorm: string): Promise<boolean> {
  const row = await db
    .selectFrom('customers')
    .select('customerId')
    .where('emailNorm', '=', emailNorm)
    .executeTakeFirst();
  return row !== undefined;
}

/** Customer, account and entitlements of a signup; run it in the transaction that also writes licence and audit. */
export async function insertSignup(db: Queryable, signup: SignupRow): Promise<void> {
  const { passwordHash, signupForm, terms, ...customer } = signup;
  await db
    .insertInto('customers')
    .values({ ...customer, profile: terms.profile, plan: terms.plan, terms: JSON.stringify(terms) })
    .execute();
  await db
    .insertInto('accounts')
    .values({ customerId: signup.customerId, passwordHash, signupForm: signupForm ?? null })
    .execute();
  await db
    .insertInto('entitlements')
    .values({ customerId: signup.customerId, trialExpiresAt: signup.trialEndsAt })
    .execute();
}

export interface UnstartedCustomer {
  readonly customerId: string;
  readonly terms: Terms;
  readonly trialEndsAt: Date | null;
  readonly createdAt: Date;
}

/** Customers whose signup was stored longer than `ageSeconds` ago and whose workflow nobody saw start. */
export async function findUnstarted(
  db: Database,
  { ageSeconds, limit }: { readonly ageSeconds: number; readonly limit: number },
): Promise<readonly UnstartedCustomer[]> {
  const rows = await db
    .selectFrom('customers')
    .select(['customerId', 'terms', 'trialEndsAt', 'createdAt'])
    .where('workflowStartedAt', 'is', null)
    .where('phase', '=', 'onboarding')
    .where('createdAt', '<', sql<Date>`now() - make_interval(secs => ${ageSeconds})`)
    .orderBy('createdAt')
    .limit(limit)
    .execute();
  return rows.map(({ terms, ...row }) => ({ ...row, terms: terms as unknown as Terms }));
}

export async function markStarted(db: Queryable, customerId: string): Promise<void> {
  await db
    .updateTable('customers')
    .set({ workflowStartedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .where('workflowStartedAt', 'is', null)
    .execute();
}
