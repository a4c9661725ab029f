import { findAccountByEmail, replacePasswordHash } from '../../infra/db/repositories/accounts.ts';
import { normaliseEmail } from '../../infra/input/email-address.ts';
import type { AppDeps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { whenceOf, type Asker } from './devices.ts';
import { auditSignIn } from './sign-in-audit.ts';
import { guessPassword } from './guessing.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

export interface SignedIn {
  readonly customerId: string;
  readonly sessionVersion: number;
  readonly email: string;
  readonly companyName: string;
}

/**
 * Checks address and password; unknown and wrong are told alike and take alike. An older kind of hash is replaced. Only
 * wrong tries count.
 * @throws ApiError 401, or 429 after too many wrong tries.
 */
export async function signIn(
  deps: AppDeps,
  { email, password }: { readonly email: string; readonly password: string },
  asker: Asker,
): Promise<SignedIn> {
  const emailNorm = normaliseEmail(email);
  const account = emailNorm === undefined ? undefined : await findAccountByEmail(deps.database, emailNorm);
  const whence = await whenceOf(deps, asker, account?.customerId);
  const guess = await guessPassword(deps.database, emailNorm ?? email, whence);
  const { right, rehash } = await verifyPassword(account?.passwordHash, password);
  const customerId = account?.customerId ?? null;
  const { ip } = asker;
  await auditSignIn(deps, { customerId, actor: 'visitor', ip, action: right ? 'sign_in.ok' : 'sign_in.failed' });
  if (!account || !right)
    throw new ApiError(401, {
      error: 'Invalid email or password',
      message: 'The email or the password is not right.',
      code: 'invalid_credentials',
    });
  await guess.wasRight();
  const { passwordHash, sessionVersion } = account;
  if (rehash && passwordHash !== null)
    await replacePasswordHash(deps.database, {
      customerId: account.customerId,
      from: passwordHash,
      to: await hashPassword(password),
    });
  return {
    customerId: account.customerId,
    sessionVersion,
    email: account.email ?? '',
    companyName: account.companyName ?? '',
  };
}
