import { findAccountByEmail, replacePasswordHash } from '../../infra/db/repositories/accounts.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import { normaliseEmail } from '../../infra/input/email-address.ts';
import type { AppDeps } from '../deps.ts';
import { ApiError, tooMany } from '../errors.ts';
import { doorBucket } from './login-limits.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

export interface SignedIn {
  readonly customerId: string;
  readonly sessionVersion: number;
  readonly email: string;
  readonly companyName: string;
}

/** Guesses are counted for the account tried and for where they come from. */
async function limitGuesses({ database }: AppDeps, address: string, origin: string): Promise<void> {
  for (const bucket of [doorBucket('login', 'address', address), doorBucket('login', 'origin', origin)]) {
    const { allowed, retryAfterSeconds } = await takeFromBucket(database, bucket);
    if (!allowed) throw tooMany('sign-in attempts', retryAfterSeconds);
  }
}

/**
 * Checks address and password; unknown and wrong are told alike and take alike. An older kind of hash is replaced.
 * @throws ApiError 401, or 429 after too many tries.
 */
export async function signIn(
  deps: AppDeps,
  { email, password }: { readonly email: string; readonly password: string },
  ip: string,
): Promise<SignedIn> {
  const emailNorm = normaliseEmail(email);
  await limitGuesses(deps, emailNorm ?? email, ip);
  const account = emailNorm === undefined ? undefined : await findAccountByEmail(deps.database, emailNorm);
  const { right, rehash } = await verifyPassword(account?.passwordHash, password);
  if (!account || !right)
    throw new ApiError(401, {
      error: 'Invalid email or password',
      message: 'The email or the password is not right.',
      code: 'invalid_credentials',
    });
  const { customerId, passwordHash, sessionVersion } = account;
  if (rehash && passwordHash !== null)
    await replacePasswordHash(deps.database, { customerId, from: passwordHash, to: await hashPassword(password) });
  return { customerId, sessionVersion, email: account.email ?? '', companyName: account.companyName ?? '' };
}
