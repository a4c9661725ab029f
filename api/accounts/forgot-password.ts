import { findAccountByEmail } from '../../infra/db/repositories/accounts.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import { normaliseEmail } from '../../infra/input/email-address.ts';
import type { AppDeps } from '../http/deps.ts';
import { tooMany } from '../http/errors.ts';
import { refuseWhenElsewhere } from './elsewhere.ts';
import { oweAccountMail, sendAccountMail } from './account-mail.ts';
import { linkMails, linksHere, linksOf } from './login-limits.ts';

async function sendLink(deps: AppDeps, emailNorm: string): Promise<void> {
  const { database } = deps;
  const account = await findAccountByEmail(database, emailNorm);
  if (!account) return;
  const { customerId } = account;
  if (!(await takeFromBucket(database, linkMails(emailNorm))).allowed) return;
  const owed = await database.transaction().execute(async (db) => {
    await appendAudit(db, { customerId, actor: 'visitor', action: 'password.link_asked' });
    return oweAccountMail(db, customerId, 'passwordLink');
  });
  await sendAccountMail(deps, owed);
}

/**
 * Mails a link to set the password to the owner of an address. Neither the answer nor its timing shows whether there is
 * an account: the work continues in the background. Requests by others do not block the owner: they are counted by
 * their origin, and an owner who asks within minutes of them finds a working link in the mailbox. @throws ApiError 429
 * when one origin asks too often, in total or for this address
 */
export async function askForPasswordLink(deps: AppDeps, email: string, ip: string): Promise<void> {
  refuseWhenElsewhere(deps);
  const emailNorm = normaliseEmail(email);
  const all = await takeFromBucket(deps.database, linksOf(ip));
  if (!all.allowed) throw tooMany('requests', all.retryAfterSeconds);
  const here = await takeFromBucket(deps.database, linksHere(emailNorm ?? email, ip));
  if (!here.allowed) throw tooMany('requests', here.retryAfterSeconds, { scope: 'for this account from here' });
  if (emailNorm === undefined) return;
  sendLink(deps, emailNorm).catch((error: unknown) => {
    deps.logger.error({ err: error }, 'a link to set a password could not be sent');
  });
}
