import { findAccountByEmail } from '../../infra/db/repositories/accounts.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import { normaliseEmail } from '../../infra/input/email-address.ts';
import type { AppDeps } from '../deps.ts';
import { tooMany } from '../errors.ts';
import { sendAccountMail } from './account-mail.ts';
import { doorBucket } from './login-limits.ts';

async function sendLink(deps: AppDeps, emailNorm: string): Promise<void> {
  const account = await findAccountByEmail(deps.database, emailNorm);
  if (!account) return;
  const { customerId } = account;
  await appendAudit(deps.database, { customerId, actor: 'visitor', action: 'password.link_asked' });
  await sendAccountMail(deps, customerId, 'passwordLink');
}

/**
 * Mails a link that sets the password to the owner of an address. Whether there is one, and whether the address was
 * asked for too often, shows neither in the answer nor in how long it takes: the work goes on behind it.
 * @throws ApiError 429 when one origin asks too often
 */
export async function askForPasswordLink(deps: AppDeps, email: string, ip: string): Promise<void> {
  const byOrigin = await takeFromBucket(deps.database, doorBucket('forgot', 'origin', ip));
  if (!byOrigin.allowed) throw tooMany('requests', byOrigin.retryAfterSeconds);
  const emailNorm = normaliseEmail(email);
  const byAddress = await takeFromBucket(deps.database, doorBucket('forgot', 'address', emailNorm ?? email));
  if (!byAddress.allowed || emailNorm === undefined) return;
  sendLink(deps, emailNorm).catch((error: unknown) => {
    deps.logger.error({ err: error }, 'a link to set a password could not be sent');
  });
}
