import { holdAccount, setPasswordHash } from '../../infra/db/repositories/accounts.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { linkIsGood, spendLinks, takeLink } from '../../infra/db/repositories/one-time-links.ts';
import { emptyBuckets } from '../../infra/db/repositories/rate-limits.ts';
import { endSessionsOf, type CustomerSession } from '../../infra/db/repositories/sessions.ts';
import { revokeApiKeys } from '../../infra/db/repositories/api-keys.ts';
import { forgetDevicesOf } from '../../infra/db/repositories/trusted-devices.ts';
import type { Database, Queryable } from '../../infra/db/database.ts';
import { hashToken } from '../../infra/tokens.ts';
import type { AppDeps } from '../http/deps.ts';
import { invalid } from '../http/errors.ts';
import type { AccountMail } from '../../workflows/contract/mails.ts';
import { oweAccountMail, sendAccountMail } from './account-mail.ts';
import { lockoutBuckets } from './login-limits.ts';
import { confirmPassword, wrongPassword } from './confirm.ts';
import type { Asker } from './devices.ts';
import { signOutOfInstance } from './sign-out.ts';
import { refuseWhenElsewhere } from './elsewhere.ts';
import { brokenPasswordRules, hashPassword } from './passwords.ts';

const PURPOSE = 'set_password';

/** Whether a link would still work; checking does not use it up. */
export const passwordLinkIsGood = (database: Database, linkToken: string): Promise<boolean> =>
  linkIsGood(database, hashToken(linkToken), PURPOSE);

interface Changed {
  /** Of the kind that comes now. */
  readonly session: CustomerSession;
  /** The mail that tells the owner. */
  readonly mail: AccountMail;
  /** The name under which attempts are counted. */
  readonly account: string | null;
}

/** One transaction: of two people with the link, one sets the password, and the other changes nothing. */
async function exchange(
  database: Database,
  linkToken: string,
  change: Omit<PasswordChange, 'customerId'>,
): Promise<Changed | undefined> {
  return database.transaction().execute(async (db) => {
    const customerId = await takeLink(db, hashToken(linkToken), PURPOSE);
    if (customerId === undefined) return undefined;
    const changed = await replacePassword(db, { ...change, customerId, byLink: true });
    // Guesses by others must not keep out the owner, who has just proven that the mailbox is theirs.
    if (changed.account !== null) await emptyBuckets(db, lockoutBuckets(changed.account));
    await appendAudit(db, { customerId, actor: 'customer', action: 'password.set' });
    return changed;
  });
}

interface PasswordChange {
  readonly customerId: string;
  readonly passwordHash: string;
  readonly byLink?: true;
  readonly revokeKeys: boolean;
}

/**
 * Everything that the old password gave access to ends: sessions, known browsers and origins, links, and keys if
 * requested.
 */
async function replacePassword(db: Queryable, { customerId, revokeKeys, ...set }: PasswordChange): Promise<Changed> {
  await setPasswordHash(db, customerId, set);
  await spendLinks(db, customerId, PURPOSE);
  // A mailed link to a key is as good as a key.
  if (revokeKeys) await spendLinks(db, customerId, 'reveal_api_key');
  await forgetDevicesOf(db, customerId);
  const account = (await findCustomer(db, customerId))?.emailNorm ?? null;
  const revoked = revokeKeys ? await revokeApiKeys(db, customerId) : [];
  for (const { prefix } of revoked)
    await appendAudit(db, { customerId, actor: 'customer', action: 'api_key.revoked', details: { prefix } });
  const mail = await oweAccountMail(db, customerId, 'passwordChanged');
  return { session: { customerId, sessionVersion: await endSessionsOf(db, customerId) }, mail, account };
}

async function tellOfChange(deps: AppDeps, { session, mail }: Changed): Promise<CustomerSession> {
  await signOutOfInstance(deps, session.customerId);
  await sendAccountMail(deps, mail);
  return session;
}

function refuseBroken(field: string, password: string): void {
  const broken = brokenPasswordRules(password);
  if (broken[0] === undefined) return;
  throw invalid(
    broken[0],
    broken.map((message) => ({ field, message })),
  );
}

/**
 * Uses a link up: sets the password, ends every session of the customer and every other such link, and tells the owner
 * by mail.
 * @returns the customer; undefined when the link is used, expired or unknown
 * @throws ApiError 400 naming the rules the password breaks; the link is good for another try then
 */
export async function setPassword(
  deps: AppDeps,
  linkToken: string,
  { password, revokeKeys }: { readonly password: string; readonly revokeKeys: boolean },
): Promise<CustomerSession | undefined> {
  if (!(await passwordLinkIsGood(deps.database, linkToken))) return undefined;
  refuseBroken('password', password);
  const changed = await exchange(deps.database, linkToken, {
    passwordHash: await hashPassword(password),
    revokeKeys,
  });
  return changed && tellOfChange(deps, changed);
}

export interface PasswordsTyped {
  readonly old: string;
  readonly wanted: string;
  readonly revokeKeys: boolean;
}

/**
 * Changes the password of somebody who is signed in and knows the old one. Every session ends, including this one: open
 * a new one with the returned version.
 * @throws ApiError 400 naming the rules the new one breaks, 403 when the old one is wrong, 429 after too many of those
 */
export async function changePassword(
  deps: AppDeps,
  asker: Asker,
  customerId: string,
  { old, wanted, revokeKeys }: PasswordsTyped,
): Promise<CustomerSession> {
  refuseWhenElsewhere(deps);
  refuseBroken('new_password', wanted);
  const field = 'old_password';
  const verified = await confirmPassword(deps, asker, { customerId, field, password: old });
  const passwordHash = await hashPassword(wanted);
  const changed = await deps.database.transaction().execute(async (db) => {
    // Of two changes at the same time, the second one no longer knows the current password.
    if ((await holdAccount(db, customerId))?.passwordHash !== verified) throw wrongPassword(field);
    const done = await replacePassword(db, { customerId, passwordHash, revokeKeys });
    await appendAudit(db, { customerId, actor: 'customer', action: 'password.changed' });
    return done;
  });
  return tellOfChange(deps, changed);
}
