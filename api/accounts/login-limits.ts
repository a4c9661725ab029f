import type { Bucket } from '../../infra/db/repositories/rate-limits.ts';
import { networkOrigin } from '../../infra/input/network-origin.ts';
import { hashToken } from '../../infra/tokens.ts';

/** What is counted where somebody says who they are: for the account named, and for where it comes from. */
const LIMITS = {
  login: { address: 10, origin: 200, windowSeconds: 900 },
  forgot: { address: 3, origin: 20, windowSeconds: 3_600 },
} as const;

type Door = keyof typeof LIMITS;

/** The bucket of one account or one origin at one door; `of` is hashed. */
export const doorBucket = (door: Door, by: 'address' | 'origin', of: string): Bucket => ({
  key: `${door}-${by}:${hashToken(by === 'origin' ? networkOrigin(of) : of)}`,
  limit: LIMITS[door][by],
  windowSeconds: LIMITS[door].windowSeconds,
});

/** All that can keep the owner of an address from signing in. */
export const lockoutBuckets = (emailNorm: string): readonly Bucket[] => [
  doorBucket('login', 'address', emailNorm),
  doorBucket('forgot', 'address', emailNorm),
];
