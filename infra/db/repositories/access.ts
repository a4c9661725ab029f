import type { Queryable } from '../database.ts';
import { forgetPasswordByLink, holdAccount, markClosed } from './accounts.ts';
import { revokeApiKeys } from './api-keys.ts';
import { revokeLicences } from './licences.ts';
import { deleteLinksOf } from './one-time-links.ts';
import { endSessionsOf } from './sessions.ts';
import { forgetDevicesOf } from './trusted-devices.ts';

/** Ends every way in that was given out: sessions, API keys, one-time links. */
async function endWaysIn(db: Queryable, customerId: string): Promise<void> {
  await endSessionsOf(db, customerId);
  await revokeApiKeys(db, customerId);
  await deleteLinksOf(db, customerId);
}

/** The customer has left: nothing that was given out lets anybody in, and no licence is good any more. */
export async function revokeAccess(db: Queryable, customerId: string): Promise<void> {
  await revokeLicences(db, customerId);
  await endWaysIn(db, customerId);
}

/**
 * The address was wrong: all that was mailed there, and all that came of it, lets nobody in any more. A password that the
 * customer chose at signup stays.
 */
export async function endWaysInByMail(db: Queryable, customerId: string): Promise<void> {
  await holdAccount(db, customerId);
  await deleteLinksOf(db, customerId);
  const wasByLink = await forgetPasswordByLink(db, customerId);
  // With a password by link somebody may have signed in, and made keys on the account page.
  await revokeApiKeys(db, customerId, wasByLink ? {} : { byLink: true });
  await forgetDevicesOf(db, customerId);
  await endSessionsOf(db, customerId);
}

/** An erasure was ordered. Its work takes a while; nobody gets in meanwhile, not with the password either. */
export async function closeAccount(db: Queryable, customerId: string): Promise<void> {
  await markClosed(db, customerId);
  await endWaysIn(db, customerId);
}
