import { decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose';
import type { IssuerConfig } from '../config/types.ts';
import { IssuerKeys, IssuerUnavailableError } from './issuer-keys.ts';
import { isSubject } from './subject.ts';

export { IssuerUnavailableError };

/** Signatures by a private key only: with a shared secret, the issuer's public key could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Clocks differ by seconds. */
const TOLERANCE_SECONDS = 30;
const LONGEST = 16_384;

/** What a good token says of its bearer. */
export interface TokenIdentity {
  readonly subject: string;
  /** When the bearer last signed in, as far as the token says: a token may be renewed without. */
  readonly signedInAt: Date;
  readonly userName?: unknown;
  /** Only one that the issuer has verified. */
  readonly email?: unknown;
  readonly givenName?: unknown;
  readonly familyName?: unknown;
}

export type TokenVerifier = (token: string) => Promise<TokenIdentity | undefined>;

/** Whether it can be such a token: nothing else that is sent as a bearer has two dots. */
export const looksLikeToken = (token: string): boolean =>
  token.length <= LONGEST && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);

const isFor = ({ aud, client_id: client }: JWTPayload, { audiences, isCognito }: IssuerConfig): boolean => {
  if (aud !== undefined) return [aud].flat().some((one) => audiences.includes(one));
  // Cognito's access tokens name the app client instead.
  return isCognito && typeof client === 'string' && audiences.includes(client);
};

/** Cognito signs other things with the same keys. */
const isKindOf = ({ token_use: use }: JWTPayload, { isCognito }: IssuerConfig): boolean =>
  !isCognito || use === 'id' || use === 'access';

/** Some issuers only say when they issued it. */
const signedInAt = ({ auth_time: at, iat = 0 }: JWTPayload): Date =>
  new Date(1_000 * (typeof at === 'number' ? Math.min(at, iat) : iat));

const identityIn = (claims: JWTPayload & { readonly sub: string }): TokenIdentity => ({
  subject: claims.sub,
  signedInAt: signedInAt(claims),
  userName: claims['cognito:username'] ?? claims['username'],
  ...(claims['email_verified'] === true && { email: claims['email'] }),
  givenName: claims['given_name'],
  familyName: claims['family_name'],
});

/** A token that names no key could be tried with any. */
function namesKey(token: string): boolean {
  try {
    return typeof decodeProtectedHeader(token).kid === 'string';
  } catch {
    return false;
  }
}

/**
 * Checks the tokens of one issuer.
 * @returns undefined for every token that is not good now
 * @throws IssuerUnavailableError when nobody knows, because the issuer cannot be asked for its keys
 */
export function createTokenVerifier(config: IssuerConfig, now: () => number = () => Date.now()): TokenVerifier {
  const { issuer } = config;
  const keys = new IssuerKeys(issuer, now);
  return async (token) => {
    if (!looksLikeToken(token) || !namesKey(token)) return undefined;
    try {
      const { payload } = await jwtVerify(token, keys.key, {
        ...{ issuer, algorithms: ALGORITHMS, clockTolerance: TOLERANCE_SECONDS, currentDate: new Date(now()) },
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      const { sub } = payload;
      if (!isSubject(sub) || !isFor(payload, config) || !isKindOf(payload, config)) return undefined;
      return identityIn({ ...payload, sub });
    } catch (error) {
      if (error instanceof IssuerUnavailableError) throw error;
      return undefined;
    }
  };
}
