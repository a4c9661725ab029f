import { findAccount, type Account } from '../../infra/db/repositories/accounts.ts';
import { subjectOf } from '../../infra/db/repositories/trusted-devices.ts';
import type { AppDeps } from '../http/deps.ts';
import { notConfirmed, notFound, type ApiError } from '../http/errors.ts';
import { whenceOf, type Asker } from './devices.ts';
import { guessPassword } from './guessing.ts';
import { verifyPassword } from './passwords.ts';
import { auditSignIn } from './sign-in-audit.ts';

/** What a person types again before something that cannot be undone. */
export interface Confirmation {
  readonly password?: string | undefined;
  readonly companyName?: string | undefined;
}

async function open({ database }: AppDeps, customerId: string): Promise<Account> {
  const account = await findAccount(database, customerId);
  if (!account) throw notFound('account');
  return account;
}

export const wrongPassword = (field: string): ApiError =>
  notConfirmed(field, 'That is not the password of this account.');

/**
 * Proves that the person who is signed in knows the password, and does not just sit at the keyboard. Wrong passwords
 * count as at the sign-in.
 * @returns the hash it was verified against: before changing it, check under the account's lock that it is still the
 * same
 * @throws ApiError 403, or 429 after too many wrong tries
 */
export async function confirmPassword(
  deps: AppDeps,
  asker: Asker,
  { customerId, field, password }: { readonly customerId: string; readonly field: string; readonly password: string },
): Promise<string | null> {
  const account = await open(deps, customerId);
  const whence = await whenceOf(deps, asker, subjectOf(account));
  const guess = await guessPassword(
    deps.database,
    { name: account.emailNorm ?? customerId, sessionVersion: account.sessionVersion },
    whence,
  );
  const { right } = await verifyPassword(account.passwordHash, password);
  if (!right) {
    const failed = { customerId, actor: 'customer', ip: asker.ip, details: { field } };
    await auditSignIn(deps, { ...failed, action: 'password.not_confirmed' });
    throw wrongPassword(field);
  }
  await guess.wasRight();
  return account.passwordHash;
}

/**
 * Proves that the owner means it: by the password or, if they have none yet, by the company name.
 * @throws ApiError 403, or 429 after too many wrong passwords
 */
export async function confirmOwner(
  deps: AppDeps,
  asker: Asker,
  customerId: string,
  { password = '', companyName = '' }: Confirmation,
): Promise<void> {
  const account = await open(deps, customerId);
  if (account.passwordHash !== null) {
    await confirmPassword(deps, asker, { customerId, field: 'password', password });
    return;
  }
  if (companyName.trim() !== '' && companyName.trim() === account.companyName?.trim()) return;
  throw notConfirmed('company_name', 'Type your company name as your account shows it.');
}
