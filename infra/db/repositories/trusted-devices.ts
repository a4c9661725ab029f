import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import type { CustomerSession } from './sessions.ts';

/**
 * What a device has signed in to: an account as it is under one password, so that a sign-in that was under way when the
 * password changed makes nothing known under the new one; or the console.
 */
export const subjectOf = ({ customerId, sessionVersion }: CustomerSession): string =>
  `${customerId}/${String(sessionVersion)}`;
export const STAFF_SUBJECT = 'staff';

/** Only the hash of a device's token is stored. */
interface Device {
  readonly subject: string;
  readonly tokenHash: string;
}

/** Somebody has signed in rightly with it; idempotent. */
export async function trustDevice(db: Queryable, device: Device): Promise<void> {
  await db
    .insertInto('trustedDevices')
    .values(device)
    .onConflict((conflict) => conflict.columns(['subject', 'tokenHash']).doUpdateSet({ lastUsedAt: sql<Date>`now()` }))
    .execute();
}

export async function isTrustedDevice(db: Queryable, { subject, tokenHash }: Device): Promise<boolean> {
  const row = await db
    .selectFrom('trustedDevices')
    .select('subject')
    .where('subject', '=', subject)
    .where('tokenHash', '=', tokenHash)
    .executeTakeFirst();
  return row !== undefined;
}

export async function forgetDevicesOf(db: Queryable, customerId: string): Promise<void> {
  await db
    .deleteFrom('trustedDevices')
    .where(sql<boolean>`split_part(subject, '/', 1) = ${customerId}`)
    .execute();
}

export async function forgetOldDevices(db: Queryable): Promise<void> {
  await db
    .deleteFrom('trustedDevices')
    .where('lastUsedAt', '<', sql<Date>`now() - interval '180 days'`)
    .execute();
}
