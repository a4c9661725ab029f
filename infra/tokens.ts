import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, URL-safe. Not a UUID (ASVS 11.5.1). */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** The hash that is stored for a token: long random text needs no salt. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Compares in constant time, whatever the lengths. */
export const sameToken = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
