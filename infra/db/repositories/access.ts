import type { Queryable } from '../database.ts';
import { forgetPasswordByLink, holdAccount, markClosed } from './accounts.ts';
import { revokeApiKeys } from './api-keys.ts';
import { revokeLicences } from './licences.ts';
import { deleteLinksOf } from './one-time-links.ts';
import { endSessionsOf } from './sessions.ts';
import { forgetDevicesOf } from './trusted-devices.ts';

/** Ends all access that was given out: sessions, API keys, one-time links. */
async function endWaysIn(db: Queryable, customerId: string): Promise<void> {
  await endSessionsOf(db, customerId);
  await revokeApiKeys(db, customerId);
  await deleteLinksOf(db, customerId);
}

/** The customer has left: ends all access, and revokes the licences. */
export async function revokeAccess(db: Queryable, customerId: string): Promise<void> {
  await revokeLicences(db, customerId);
  await endWaysIn(db, customerId);
}

/**
 * The address was wrong: ends everything that was mailed there, and all access that came from it. A password that the
 * customer chose at signup stays.
 */
export async function endWaysInByMail(db: Queryable, customerId: string): Promise<void> {
  await holdAccount(db, customerId);
  await deleteLinksOf(db, customerId);
  const wasByLink = await forgetPasswordByLink(db, customerId);
  // With a password set by a link, somebody may have signed in and created keys on the account page.
  await revokeApiKeys(db, customerId, wasByLink ? {} : { byLink: true });
  await forgetDevicesOf(db, customerId);
  await endSessionsOf(db, customerId);
}

/** An erasure was ordered. It takes a while; meanwhile nobody gets in, not even with the password. */
export async function closeAccount(db: Queryable, customerId: string): Promise<void> {
  await markClosed(db, customerId);
  await endWaysIn(db, customerId);
}
