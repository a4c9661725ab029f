import { createHash, timingSafeEqual } from 'node:crypto';
import { importSPKI, jwtVerify, SignJWT } from 'jose';
import { SIGN_IN_AUDIENCE } from '../../../licences.ts';
import { isFor } from './licence.ts';

const COOKIE = 'instance_session';
const LIFE_SECONDS = 8 * 3600;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
export const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
export const isSecure = (url: string | undefined): boolean => url?.startsWith('https:') === true;
const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/** A session cookie, which browsers send over https only where the instance is reached by it. */
export async function sessionCookie(jwtSecret: string, url = ''): Promise<string> {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(`${String(LIFE_SECONDS)}s`)
    .sign(keyOf(jwtSecret));
  return `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${String(LIFE_SECONDS)}${isSecure(url) ? '; Secure' : ''}`;
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

/**
 * Lets in who comes from their account page, with what the platform has signed for this tenant; each token once. This
 * process remembers which were used: after a restart, one could be used again for what is left of its minute.
 */
export class PlatformSignIn {
  /** Ids of the tokens that were used, with the time from which they are refused anyway. */
  private readonly used = new Map<string, number>();

  async isGood(token: string, { publicKey, namespace }: { readonly publicKey: string; readonly namespace: string }) {
    const rules = { algorithms: ['RS256'], audience: SIGN_IN_AUDIENCE, requiredClaims: ['exp', 'jti', 'sub'] };
    try {
      const { payload } = await jwtVerify(token, await importSPKI(publicKey, 'RS256'), rules);
      return isFor(payload.sub, namespace) && this.takes(payload.jti ?? '', payload.exp ?? 0);
    } catch {
      return false;
    }
  }

  private takes(id: string, expiresAt: number): boolean {
    const now = Date.now() / 1000;
    for (const [old, until] of this.used) if (until < now) this.used.delete(old);
    if (this.used.has(id)) return false;
    this.used.set(id, expiresAt);
    return true;
  }
}
