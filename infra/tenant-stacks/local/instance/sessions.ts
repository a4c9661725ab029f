import { randomUUID } from 'node:crypto';
import { importSPKI, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { SESSION_ENTRY, SESSION_VERSION, SIGN_IN_AUDIENCE } from '../../../licences.ts';
import { isFor } from './licence.ts';
import type { EndedSessions } from '../../target.ts';
import { cookieIn, cookieName, isSecure } from './sign-in.ts';

const LIFE_SECONDS = 8 * 3600;

/** What an instance remembers about sign-ins, in the tenant's own database, where it outlives the process. */
export interface SessionStore {
  useUp(id: string, expiresAt: Date): Promise<boolean>;
  isAnyUsedUp(ids: readonly string[]): Promise<boolean>;
  raiseSessionVersion(version: number): Promise<number>;
  sessionVersion(): Promise<number>;
}

/** What an instance signs its sessions with, and where it is reached. */
interface Reached {
  readonly jwtSecret: string;
  readonly url?: string | undefined;
}

/** What a session was opened with. */
interface WayIn {
  readonly entry?: string | undefined;
}

const cookie = (token: string, seconds: number, url: string | undefined): string =>
  `${cookieName(url)}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${String(seconds)}${isSecure(url) ? '; Secure' : ''}`;

const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);
/** Absent for a session that began with the instance's own key. */
const entryOf = (payload: JWTPayload): string | undefined =>
  typeof payload[SESSION_ENTRY] === 'string' ? payload[SESSION_ENTRY] : undefined;
const versionOf = (payload: JWTPayload): number => Number(payload[SESSION_VERSION] ?? 0);

/**
 * The sessions of an instance. Each carries the version of the account's sessions and the entry of the one it was opened
 * from. When all sessions of the account end, the platform sends a higher version; when a single one ends, its entry; and
 * the sessions here end too.
 */
export class InstanceSessions {
  readonly #store: SessionStore;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  /** A session cookie, which browsers send over https only where the instance is reached by it. */
  async open({ jwtSecret, url }: Reached, way: WayIn = {}): Promise<string> {
    const token = await new SignJWT({
      [SESSION_VERSION]: await this.#store.sessionVersion(),
      [SESSION_ENTRY]: way.entry,
    })
      .setProtectedHeader({ alg: 'HS256' })
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${String(LIFE_SECONDS)}s`)
      .sign(keyOf(jwtSecret));
    return cookie(token, LIFE_SECONDS, url);
  }

  async isOpen(cookieHeader: string | undefined, at: Reached): Promise<boolean> {
    const payload = await this.#read(cookieHeader, at);
    if (payload?.jti === undefined || versionOf(payload) < (await this.#store.sessionVersion())) return false;
    return !(await this.#store.isAnyUsedUp([payload.jti, entryOf(payload) ?? []].flat()));
  }

  /** Ends one session, also for whoever has a copy of its cookie. @returns the cookie that takes it from the browser */
  async close(cookieHeader: string | undefined, at: Reached): Promise<string> {
    const payload = await this.#read(cookieHeader, at);
    if (payload?.jti !== undefined) await this.#store.useUp(payload.jti, new Date((payload.exp ?? 0) * 1000));
    return cookie('', 0, at.url);
  }

  async end({ version, entries }: EndedSessions): Promise<void> {
    await this.#store.raiseSessionVersion(version);
    // No session lasts longer than that, and a used token cannot open another.
    const expiresAt = new Date(Date.now() + 2 * LIFE_SECONDS * 1000);
    for (const entry of entries) await this.#store.useUp(entry, expiresAt);
  }

  /**
   * Signs in a visitor from the account page, by a token that the platform signed for this tenant. Each token works once.
   * @returns undefined for anything else
   */
  async takesFromPlatform(
    token: string,
    { publicKey, namespace }: { publicKey: string; namespace: string },
  ): Promise<WayIn | undefined> {
    const rules = { algorithms: ['RS256'], audience: SIGN_IN_AUDIENCE, requiredClaims: ['exp', 'jti', 'sub'] };
    const key = await importSPKI(publicKey, 'RS256');
    const payload = await jwtVerify(token, key, rules).then(
      (verified) => verified.payload,
      () => undefined,
    );
    if (!payload || !isFor(payload.sub, namespace)) return undefined;
    if ((await this.#store.raiseSessionVersion(versionOf(payload))) > versionOf(payload)) return undefined;
    const entry = entryOf(payload);
    if (entry !== undefined && (await this.#store.isAnyUsedUp([entry]))) return undefined;
    const isNew = await this.#store.useUp(payload.jti ?? '', new Date((payload.exp ?? 0) * 1000));
    return isNew ? { entry } : undefined;
  }

  async #read(cookieHeader: string | undefined, { jwtSecret, url }: Reached): Promise<JWTPayload | undefined> {
    const token = cookieIn(cookieHeader, url);
    if (token === undefined) return undefined;
    return jwtVerify(token, keyOf(jwtSecret), { algorithms: ['HS256'] }).then(
      ({ payload }) => payload,
      () => undefined,
    );
  }
}
