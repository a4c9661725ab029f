import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface EmailClaim {
  readonly emailId: string;
  /** `failed`: certainly not sent, and owed. `unknown`: nobody knows. `overtaken`: not owed any more. */
  readonly state: 'claimed' | 'sent' | 'failed' | 'unknown' | 'overtaken';
}

export interface NewEmail {
  readonly customerId: string;
  readonly template: string;
  readonly claimKey: string;
  /** What the template is told beside the customer. Nothing personal. */
  readonly details: Readonly<Record<string, string | number>>;
}

/**
 * Claims the right to send one mail: the unique key makes it one for ever.
 * @returns the claim and whether it is new; an old one says what became of it
 */
export async function claimEmail(db: Queryable, email: NewEmail): Promise<EmailClaim & { readonly isNew: boolean }> {
  const claimed = await db
    .insertInto('emails')
    .values({ ...email, details: JSON.stringify(email.details) })
    .onConflict((conflict) => conflict.column('claimKey').doNothing())
    .returning('emailId')
    .executeTakeFirst();
  if (claimed) return { emailId: claimed.emailId, state: 'claimed', isNew: true };
  const known = await findEmail(db, email.claimKey);
  if (!known) throw new Error('The claim on a mail went away while it was read.');
  return { emailId: known.emailId, state: known.state, isNew: false };
}

/** The mail of that key, if any was ever claimed; a claim is old when no call to SES can still be under way for it. */
export async function findEmail(
  db: Queryable,
  claimKey: string,
): Promise<(EmailClaim & { readonly isOld: boolean }) | undefined> {
  const row = await db
    .selectFrom('emails')
    .select(['emailId', 'state', sql<boolean>`claimed_at < now() - interval '10 seconds'`.as('isOld')])
    .where('claimKey', '=', claimKey)
    .executeTakeFirst();
  return row && { ...row, state: row.state as EmailClaim['state'] };
}

/**
 * Lets a mail that certainly did not go out be sent again.
 * @returns false when somebody else has claimed it meanwhile
 */
export async function reclaimEmail(db: Queryable, emailId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('emails')
    .set({ state: 'claimed', error: null, claimedAt: sql<Date>`now()` })
    .where('emailId', '=', emailId)
    .where('state', '=', 'failed')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @throws Error when there is no such mail */
export async function getEmail(db: Queryable, emailId: string): Promise<NewEmail> {
  const row = await db
    .selectFrom('emails')
    .select(['customerId', 'template', 'claimKey', 'details'])
    .where('emailId', '=', emailId)
    .executeTakeFirstOrThrow();
  return { ...row, details: row.details as NewEmail['details'] };
}

/** The customer has no use for it any more. */
export async function overtakeEmail(db: Queryable, emailId: string): Promise<void> {
  await db
    .updateTable('emails')
    .set({ state: 'overtaken' })
    .where('emailId', '=', emailId)
    .where('state', '=', 'failed')
    .execute();
}

export async function recordEmailSent(db: Queryable, emailId: string, sesMessageId: string | null): Promise<void> {
  await db
    .updateTable('emails')
    .set({ state: 'sent', sesMessageId, sentAt: sql`now()`, error: null })
    .where('emailId', '=', emailId)
    .execute();
}

export async function recordEmailProblem(
  db: Queryable,
  emailId: string,
  state: 'failed' | 'unknown',
  error: string,
): Promise<void> {
  await db.updateTable('emails').set({ state, error }).where('emailId', '=', emailId).execute();
}

export type WhatBecame = Pick<EmailClaim, 'state'> & Pick<NewEmail, 'template'>;

/** What became of that mail of the customer; undefined when there is none. */
export async function whatBecameOf(
  db: Queryable,
  customerId: string,
  emailId: string,
): Promise<WhatBecame | undefined> {
  const row = await db
    .selectFrom('emails')
    .select(['state', 'template'])
    .where('customerId', '=', customerId)
    .where('emailId', '=', emailId)
    .executeTakeFirst();
  return row && { ...row, state: row.state as EmailClaim['state'] };
}

/** Owes a mail again of which nobody knows whether it went out: a person has decided that it may come twice. */
export async function oweUnknownEmail(db: Queryable, emailId: string): Promise<void> {
  await db
    .updateTable('emails')
    .set({ state: 'failed' })
    .where('emailId', '=', emailId)
    .where('state', '=', 'unknown')
    .execute();
}
