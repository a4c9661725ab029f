import { findAccountByEmail, replacePasswordHash, type Account } from '../../infra/db/repositories/accounts.ts';
import { normaliseEmail } from '../../infra/input/email-address.ts';
import { subjectOf } from '../../infra/db/repositories/trusted-devices.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { refuseWhenElsewhere } from './elsewhere.ts';
import { whenceOf, type Asker } from './devices.ts';
import { auditSignIn } from './sign-in-audit.ts';
import { guessPassword } from './guessing.ts';
import type { GuessedAccount } from './login-limits.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

export interface SignedIn {
  readonly customerId: string;
  readonly sessionVersion: number;
  readonly email: string;
  readonly companyName: string;
}

const wrong = (): ApiError =>
  new ApiError(401, {
    error: 'Invalid email or password',
    message: 'The email or the password is incorrect.',
    code: 'invalid_credentials',
  });

/** Stores a hash of today's kind, unless the password was changed meanwhile. */
async function rehashPassword({ database }: AppDeps, account: Account, password: string): Promise<void> {
  const { customerId, passwordHash: from } = account;
  if (from !== null) await replacePasswordHash(database, { customerId, from, to: await hashPassword(password) });
}

const signedIn = ({ customerId, sessionVersion, email, companyName }: Account): SignedIn => ({
  ...{ customerId, sessionVersion, email: email ?? '', companyName: companyName ?? '' },
});

/** The account of an address, and the name under which attempts are counted, even if there is no account. */
async function accountOf(
  { database }: AppDeps,
  email: string,
): Promise<{ account: Account | undefined; tried: GuessedAccount }> {
  const name = normaliseEmail(email);
  const account = name === undefined ? undefined : await findAccountByEmail(database, name);
  return { account, tried: { name: name ?? email, sessionVersion: account?.sessionVersion ?? 0 } };
}

/**
 * Checks address and password; unknown and wrong get the same answer in the same time. An older kind of hash is
 * replaced. Only wrong attempts count.
 * @throws ApiError 401, 409 where nobody has a password, or 429 after too many wrong tries.
 */
export async function signIn(
  deps: AppDeps,
  { email, password }: { readonly email: string; readonly password: string },
  asker: Asker,
): Promise<SignedIn> {
  refuseWhenElsewhere(deps);
  const { account, tried } = await accountOf(deps, email);
  const whence = await whenceOf(deps, asker, account && subjectOf(account));
  const guess = await guessPassword(deps.database, tried, whence);
  const { right, rehash } = await verifyPassword(account?.passwordHash, password);
  const action = right ? 'sign_in.ok' : 'sign_in.failed';
  await auditSignIn(deps, { customerId: account?.customerId ?? null, actor: 'visitor', ip: asker.ip, action });
  if (!account || !right) throw wrong();
  await guess.wasRight();
  if (rehash) await rehashPassword(deps, account, password);
  return signedIn(account);
}
