import { setPasswordHash } from '../../infra/db/repositories/accounts.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { linkIsGood, spendLinks, takeLink } from '../../infra/db/repositories/one-time-links.ts';
import { emptyBuckets } from '../../infra/db/repositories/rate-limits.ts';
import { endSessionsOf } from '../../infra/db/repositories/sessions.ts';
import type { Database } from '../../infra/db/database.ts';
import { hashToken } from '../../infra/tokens.ts';
import type { AppDeps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { sendAccountMail } from './account-mail.ts';
import { lockoutBuckets } from './login-limits.ts';
import { brokenPasswordRules, hashPassword } from './passwords.ts';

const PURPOSE = 'set_password';

/** Whether a link would still work; looking does not use it up. */
export const passwordLinkIsGood = (database: Database, linkToken: string): Promise<boolean> =>
  linkIsGood(database, hashToken(linkToken), PURPOSE);

interface Exchanged {
  readonly customerId: string;
  /** Of the sessions to come. */
  readonly sessionVersion: number;
}

/** One transaction: of two who hold the link, one sets the password, and the other changes nothing. */
async function exchange(database: Database, linkToken: string, passwordHash: string): Promise<Exchanged | undefined> {
  return database.transaction().execute(async (db) => {
    const customerId = await takeLink(db, hashToken(linkToken), PURPOSE);
    if (customerId === undefined) return undefined;
    await setPasswordHash(db, customerId, { passwordHash, byLink: true });
    await spendLinks(db, customerId, PURPOSE);
    const sessionVersion = await endSessionsOf(db, customerId);
    const customer = await findCustomer(db, customerId);
    // Guesses of others must not keep out the owner, who has just shown that the mailbox is theirs.
    if (customer?.emailNorm != null) await emptyBuckets(db, lockoutBuckets(customer.emailNorm));
    await appendAudit(db, { customerId, actor: 'customer', action: 'password.set' });
    return { customerId, sessionVersion };
  });
}

/**
 * Uses a link up: sets the password, ends every session of the customer and every other such link, and tells the owner
 * by mail.
 * @returns the customer; undefined when the link is used, expired or unknown
 * @throws ApiError 400 naming the rules the password breaks; the link is good for another try then
 */
export async function setPassword(deps: AppDeps, linkToken: string, password: string): Promise<Exchanged | undefined> {
  if (!(await passwordLinkIsGood(deps.database, linkToken))) return undefined;
  const broken = brokenPasswordRules(password);
  if (broken[0] !== undefined)
    throw invalid(
      broken[0],
      broken.map((message) => ({ field: 'password', message })),
    );
  const exchanged = await exchange(deps.database, linkToken, await hashPassword(password));
  if (exchanged) await sendAccountMail(deps, exchanged.customerId, 'passwordChanged');
  return exchanged;
}
