import { hash, verify } from '@node-rs/argon2';
import bcrypt from 'bcryptjs';
import { LONGEST_PASSWORD } from '../schemas/common.ts';

/** argon2id (the library's default) with 19 MiB, two passes: OWASP's first choice, about 18 ms. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const TOO_LONG = `Password must be at most ${String(LONGEST_PASSWORD)} characters`;

interface Rule {
  readonly message: string;
  holds(password: string): boolean;
}

/** In the order in which they are reported. */
const RULES: readonly Rule[] = [
  { message: 'Password must be at least 8 characters', holds: (password) => Array.from(password).length >= 8 },
  { message: 'Password must contain at least 1 uppercase letter', holds: (password) => /\p{Lu}/u.test(password) },
  { message: 'Password must contain at least 1 number', holds: (password) => /\d/.test(password) },
];

/** Normalised, because a keyboard may send é as one character or as two (NIST SP 800-63B requires this). */
const normalised = (password: string): string => password.normalize('NFKC');

/**
 * The rules that a new password breaks, in words. One that is too long is not checked further, because that could take
 * long.
 */
export function brokenPasswordRules(password: string): readonly string[] {
  if (Array.from(password).length > LONGEST_PASSWORD) return [TOO_LONG];
  const spelled = normalised(password);
  return RULES.filter((rule) => !rule.holds(spelled)).map(({ message }) => message);
}

export const hashPassword = (password: string): Promise<string> => hash(normalised(password), ARGON2ID);

/** Such a hash covers only the first 72 bytes, so a longer password may match although it is a different one. */
const sawWhole = (password: string): boolean => !bcrypt.truncates(password);

const isBcrypt = (passwordHash: string): boolean => /^\$2[aby]\$/.test(passwordHash);

/** Verified when there is no such account, so that the answer takes as long as for a wrong password. */
let decoy: Promise<string> | undefined;

export interface Verdict {
  readonly right: boolean;
  /** The hash is of an older kind: store a new one. */
  readonly rehash: boolean;
}

/** A hash that cannot be read matches nothing: an error would reveal that the account exists. */
async function matches(passwordHash: string, spelling: string): Promise<boolean> {
  try {
    return await (isBcrypt(passwordHash) ? bcrypt.compare(spelling, passwordHash) : verify(passwordHash, spelling));
  } catch {
    return false;
  }
}

/**
 * Verifies against argon2id, or bcrypt for imported accounts; takes the same time without a hash. A hash from before
 * passwords were normalised is of the password as it was typed.
 */
export async function verifyPassword(passwordHash: string | null | undefined, password: string): Promise<Verdict> {
  decoy ??= hashPassword('no such account');
  const against = passwordHash ?? (await decoy);
  const spellings = [...new Set([normalised(password), password])];
  for (const spelling of spellings)
    if (await matches(against, spelling)) {
      const rehash = isBcrypt(against) ? sawWhole(spelling) : spelling !== normalised(password);
      return { right: passwordHash != null, rehash };
    }
  return { right: false, rehash: false };
}
