import { findSignup } from '../../infra/db/repositories/accounts.ts';
import type { AppDeps } from '../http/deps.ts';
import type { AcceptedSignup } from './signup-rules.ts';
import { verifyPassword } from './passwords.ts';

/** So long after the first a second signup by the same form is taken for the same. */
const MINUTES = 10;

/**
 * The account that this very form has made moments ago: a double click sends it twice. Same browser, same address, same
 * password; anybody else is told that the address is taken.
 */
export async function sameSignup(
  { database }: AppDeps,
  { emailNorm, password }: AcceptedSignup,
  form: string | undefined,
): Promise<{ readonly customerId: string; readonly sessionVersion: number } | undefined> {
  if (form === undefined || password === null) return undefined;
  const account = await findSignup(database, { emailNorm, form, withinMinutes: MINUTES });
  if (!account || !(await verifyPassword(account.passwordHash, password)).right) return undefined;
  return { customerId: account.customerId, sessionVersion: account.sessionVersion };
}
