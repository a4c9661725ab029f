import { createHash, timingSafeEqual } from 'node:crypto';

export const COOKIE = 'instance_session';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

export const isSecure = (url: string | undefined): boolean => url?.startsWith('https:') === true;

/** The session's cookie among those that a browser sent. */
export const cookieIn = (header: string | undefined): string | undefined =>
  header
    ?.split(/;\s*/)
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);

export function hasDeviceKey(authorization: string | undefined, deviceApiKey: string): boolean {
  return authorization !== undefined && sameText(authorization, `Bearer ${deviceApiKey}`);
}
