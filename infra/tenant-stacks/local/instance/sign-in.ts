import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

export const isSecure = (url: string | undefined): boolean => url?.startsWith('https:') === true;

/** Over https it has a prefix that makes browsers accept it from this host alone, because tenants share a domain. */
export const cookieName = (url: string | undefined): string => `${isSecure(url) ? '__Host-' : ''}instance_session`;

/** The session's cookie among those that a browser sent. */
export function cookieIn(header: string | undefined, url: string | undefined): string | undefined {
  const name = `${cookieName(url)}=`;
  return header
    ?.split(/;\s*/)
    .find((cookie) => cookie.startsWith(name))
    ?.slice(name.length);
}

export function hasDeviceKey(authorization: string | undefined, deviceApiKey: string): boolean {
  const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return key !== undefined && sameText(key, deviceApiKey);
}
