import { hash, verify } from '@node-rs/argon2';
import bcrypt from 'bcryptjs';

/** argon2id (the library's default) with 19 MiB, two passes: OWASP's first choice, about 18 ms. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

interface Rule {
  readonly message: string;
  holds(password: string): boolean;
}

/** In the order of what is told first (S1-1, S1-17). */
const RULES: readonly Rule[] = [
  { message: 'Password must be at least 8 characters', holds: (password) => Array.from(password).length >= 8 },
  { message: 'Password must contain at least 1 uppercase letter', holds: (password) => /\p{Lu}/u.test(password) },
  { message: 'Password must contain at least 1 number', holds: (password) => /\d/.test(password) },
];

/** The rules a new password breaks, in words. */
export const brokenPasswordRules = (password: string): readonly string[] =>
  RULES.filter((rule) => !rule.holds(password)).map(({ message }) => message);

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2ID);

const isBcrypt = (passwordHash: string): boolean => /^\$2[aby]\$/.test(passwordHash);

/** Checked when there is no such account, so that the answer takes as long as for a wrong password. */
let decoy: Promise<string> | undefined;

export interface Verdict {
  readonly right: boolean;
  /** The hash is of an older kind; store a new one. */
  readonly rehash: boolean;
}

/** Verifies against argon2id or bcrypt (accounts brought along from S1 and S3); takes its time for no hash at all. */
export async function verifyPassword(passwordHash: string | null | undefined, password: string): Promise<Verdict> {
  if (passwordHash == null) {
    decoy ??= hashPassword('no such account');
    await verify(await decoy, password);
    return { right: false, rehash: false };
  }
  if (isBcrypt(passwordHash)) return { right: await bcrypt.compare(password, passwordHash), rehash: true };
  return { right: await verify(passwordHash, password), rehash: false };
}
