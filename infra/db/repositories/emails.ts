import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import { ADDRESS_CORRECTED } from './corrections.ts';

export interface EmailClaim {
  readonly emailId: string;
  /** `failed`: certainly not sent, and still to be sent. `unknown`: nobody knows. `overtaken`: no longer applies. */
  readonly state: 'claimed' | 'sent' | 'failed' | 'unknown' | 'overtaken';
}

export interface NewEmail {
  readonly customerId: string;
  readonly template: string;
  readonly claimKey: string;
  /** What the template needs besides the customer. Nothing personal. */
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

export interface Mail extends EmailClaim, Pick<NewEmail, 'customerId' | 'template' | 'claimKey'> {
  readonly isToSupport: boolean;
}

/** The mail of that id, if there is one. */
export async function findMail(db: Queryable, emailId: string): Promise<Mail | undefined> {
  const row = await db
    .selectFrom('emails')
    .select(['emailId', 'state', 'customerId', 'template', 'claimKey'])
    .where('emailId', '=', emailId)
    .executeTakeFirst();
  return row && { ...row, state: row.state as EmailClaim['state'], isToSupport: row.template === 'alert' };
}

/** Stores a mail to be sent; an existing one with its key stays as it is. */
export async function oweEmail(db: Queryable, email: NewEmail): Promise<void> {
  await db
    .insertInto('emails')
    .values({ ...email, state: 'failed', details: JSON.stringify(email.details) })
    .onConflict((conflict) => conflict.column('claimKey').doNothing())
    .execute();
}

/** Claims stored mails that nobody has tried to send; one that stays untried is claimed again after the same time. */
export const takeUntried = (
  db: Queryable,
  { ageSeconds, limit }: { readonly ageSeconds: number; readonly limit: number },
): Promise<readonly { readonly customerId: string; readonly emailId: string }[]> =>
  db
    .updateTable('emails')
    .set({ claimedAt: sql<Date>`now()` })
    .where('emailId', 'in', (from) =>
      from
        .selectFrom('emails')
        .select('emailId')
        .where('state', '=', 'failed')
        .where('error', 'is', null)
        .where('claimedAt', '<', sql<Date>`now() - make_interval(secs => ${ageSeconds})`)
        .orderBy('claimedAt')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['customerId', 'emailId'])
    .execute();

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

/**
 * Records the end of a call that sent nothing, or whose effect nobody knows. @returns false when the mail is known to
 * be sent: SES may have reported it before the call ended
 */
export async function recordEmailProblem(
  db: Queryable,
  emailId: string,
  state: 'failed' | 'unknown',
  error: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('emails')
    .set({ state, error })
    .where('emailId', '=', emailId)
    .where('state', '!=', 'sent')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** SES accepted the mail, even if the answer was lost. @returns whether that is new */
export async function emailTurnedOutSent(db: Queryable, emailId: string, sesMessageId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('emails')
    // The end of the call is kept: it marks a mail whose sender was told that nobody knows.
    .set({ state: 'sent', sesMessageId, sentAt: sql`now()` })
    .where('emailId', '=', emailId)
    .where('state', 'in', ['claimed', 'unknown', 'failed'])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** SES accepted the mail but will not send it: a mail in doubt has to be sent again. */
export async function emailTurnedOutUnsent(db: Queryable, emailId: string): Promise<void> {
  await db
    .updateTable('emails')
    .set({ state: 'failed', error: 'Reject' })
    .where('emailId', '=', emailId)
    .where('state', '=', 'unknown')
    .execute();
}

/**
 * Whether the customer got such a mail of which its sender was told that nobody knows, at the address they have now: it
 * must not come again under another key.
 */
export async function cameAllTheSame(
  db: Queryable,
  { customerId, template }: Pick<NewEmail, 'customerId' | 'template'>,
): Promise<boolean> {
  const { rows } = await sql`
    select from emails where customer_id = ${customerId} and template = ${template} and state = 'sent' and error is not null
    and claimed_at > coalesce((select max(at) from audit_events a
      where a.customer_id = emails.customer_id and action = ${ADDRESS_CORRECTED}), '-infinity') limit 1`.execute(db);
  return rows.length > 0;
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

/** Marks a mail in doubt to be sent again: a person has decided that it may arrive twice. */
export async function oweUnknownEmail(db: Queryable, emailId: string): Promise<void> {
  await db
    .updateTable('emails')
    .set({ state: 'failed' })
    .where('emailId', '=', emailId)
    .where('state', '=', 'unknown')
    .execute();
}
