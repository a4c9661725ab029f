import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface EmailClaim {
  readonly emailId: string;
  readonly state: 'claimed' | 'sent' | 'failed' | 'unknown';
}

/**
 * Claims the right to send one mail: the unique key makes it one for ever (reliability E1).
 * @returns the claim and whether it is new; an old one says what became of it
 */
export async function claimEmail(
  db: Queryable,
  email: { readonly customerId: string; readonly template: string; readonly claimKey: string },
): Promise<EmailClaim & { readonly isNew: boolean }> {
  const claimed = await db
    .insertInto('emails')
    .values(email)
    .onConflict((conflict) => conflict.column('claimKey').doNothing())
    .returning('emailId')
    .executeTakeFirst();
  if (claimed) return { emailId: claimed.emailId, state: 'claimed', isNew: true };
  const known = await db
    .selectFrom('emails')
    .select(['emailId', 'state'])
    .where('claimKey', '=', email.claimKey)
    .executeTakeFirstOrThrow();
  return { emailId: known.emailId, state: known.state as EmailClaim['state'], isNew: false };
}

/** Lets a mail that certainly did not go out be sent again. */
export async function reclaimEmail(db: Queryable, emailId: string): Promise<void> {
  await db.updateTable('emails').set({ state: 'claimed', error: null }).where('emailId', '=', emailId).execute();
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
