import { findSignup, type Account } from '../../infra/db/repositories/accounts.ts';
import { getCustomer } from '../../infra/db/repositories/customers.ts';
import { firstLicence } from '../../infra/db/repositories/licences.ts';
import { hashToken } from '../../infra/tokens.ts';
import { subjectOf } from '../../infra/db/repositories/trusted-devices.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import type { SignupReply } from '../schemas/signup.ts';
import { whenceOf, type Asker } from './devices.ts';
import { guessPassword } from './guessing.ts';
import { chosen } from './price-rules.ts';
import { signUp, signupReply } from './sign-up.ts';
import type { AcceptedSignup } from './signup-rules.ts';
import { verifyPassword } from './passwords.ts';

/** How long after the first one a second signup by the same form counts as the same: a double click sends it twice. */
const FORM_MINUTES = 10;
/** A program may have been offline before it sends its signup again. */
const KEY_MINUTES = 24 * 60;

interface Again {
  readonly asker: Asker;
  /** What identifies the first signup. */
  readonly form: string | undefined;
  readonly withinMinutes?: number;
}

/**
 * The account that this same signup has already created: same form, same address, same password; anybody else is told
 * that the address is taken. Wrong passwords count as at the sign-in. @param refusal - what the signup failed with;
 * thrown here too unless there is such an account @throws ApiError 429 after too many wrong passwords
 */
export async function firstSignup(
  deps: AppDeps,
  { emailNorm, password }: AcceptedSignup,
  refusal: unknown,
  { asker, form, withinMinutes = FORM_MINUTES }: Again,
): Promise<Account> {
  const isTaken = refusal instanceof ApiError && refusal.body.code === 'email_taken';
  if (!isTaken || form === undefined || password === null) throw refusal;
  const account = await findSignup(deps.database, { emailNorm, form, withinMinutes });
  if (!account) throw refusal;
  const { sessionVersion } = account;
  const whence = await whenceOf(deps, asker, subjectOf(account));
  const guess = await guessPassword(deps.database, { name: emailNorm, sessionVersion }, whence);
  if (!(await verifyPassword(account.passwordHash, password)).right) throw refusal;
  await guess.wasRight();
  return account;
}

/** Everything but the password, which is verified instead: no such hash of it may be stored. */
const formOfKey = (key: string, signup: AcceptedSignup): string => {
  const { emailNorm, companyName, fullName, plan, region } = signup;
  return hashToken(JSON.stringify([key, emailNorm, companyName, fullName, plan, region, ...chosen(signup)]));
};

/**
 * Signs somebody up, once per key: the same signup sent again within a day creates no other customer, and gets the same
 * answer as the first, as long as the licence in that answer is valid.
 * @throws ApiError as `signUp` does
 */
export async function signUpOnce(
  deps: AppDeps,
  signup: AcceptedSignup,
  asker: Asker,
  key: string | undefined,
): Promise<SignupReply> {
  const form = key === undefined ? undefined : formOfKey(key, signup);
  try {
    return await signUp(deps, signup, { ip: asker.ip, form });
  } catch (refusal) {
    const { customerId } = await firstSignup(deps, signup, refusal, { asker, form, withinMinutes: KEY_MINUTES });
    const { terms, trialEndsAt, slug } = await getCustomer(deps.database, customerId);
    const licence = await firstLicence(deps.database, customerId);
    if (!licence || slug === null) throw refusal;
    return signupReply(deps, signup, { customerId, terms, trialEndsAt, slug, licence });
  }
}
