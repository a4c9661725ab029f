import { createHash, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';

const COOKIE = 'instance_session';
const LIFE_SECONDS = 8 * 3600;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/** A session cookie; not `Secure`, as the local target is served over plain HTTP on loopback. */
export async function sessionCookie(jwtSecret: string): Promise<string> {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(`${String(LIFE_SECONDS)}s`)
    .sign(keyOf(jwtSecret));
  return `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${String(LIFE_SECONDS)}`;
}

export async function hasSession(cookieHeader: string | undefined, jwtSecret: string): Promise<boolean> {
  const token = cookieHeader
    ?.split(/;\s*/)
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
  if (token === undefined) return false;
  return jwtVerify(token, keyOf(jwtSecret), { algorithms: ['HS256'] }).then(
    () => true,
    () => false,
  );
}

export function hasDeviceKey(authorization: string | undefined, deviceApiKey: string): boolean {
  return authorization !== undefined && sameText(authorization, `Bearer ${deviceApiKey}`);
}
