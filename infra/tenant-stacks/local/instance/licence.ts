import { compactVerify, importSPKI } from 'jose';
import { LICENCE_AUDIENCE } from '../../../licences.ts';

export interface Licence {
  readonly maxDevices: number;
  readonly expiresAt: Date;
}

/** The licence is not ours, was changed, or is for another customer: nothing runs on it. */
export class LicenceInvalidError extends Error {
  override readonly name = 'LicenceInvalidError';
}

interface Claims {
  /** The customer it was issued to. */
  readonly sub?: string;
  readonly aud?: string;
  readonly exp?: number;
  readonly expiresAt?: string | number;
  readonly maxDevices?: number;
  readonly features?: { readonly maxDevices?: number };
}

function expiryOf({ exp, expiresAt }: Claims): Date {
  const seconds = typeof expiresAt === 'string' ? Date.parse(expiresAt) / 1000 : (expiresAt ?? exp);
  if (seconds === undefined || !Number.isFinite(seconds)) throw new LicenceInvalidError('The licence has no end.');
  return new Date(seconds * 1000);
}

/** Whether this tenant is the customer that the token was signed for. */
export const isFor = (customerId: string | undefined, namespace: string): boolean =>
  `customer-${customerId?.replace('_', '-') ?? ''}` === namespace;

/**
 * Checks who signed the licence (RS256 only). An expired one is returned all the same: it makes the instance read-only
 * and does not stop it.
 * @throws LicenceInvalidError when the signature is not that of `publicKey`, or the licence is for another tenant.
 */
export async function verifyLicence(token: string, publicKey: string, namespace: string): Promise<Licence> {
  const key = await importSPKI(publicKey, 'RS256').catch((cause: unknown) => {
    throw new LicenceInvalidError('The licence public key is not a PEM key.', { cause });
  });
  const { payload } = await compactVerify(token, key, { algorithms: ['RS256'] }).catch((cause: unknown) => {
    throw new LicenceInvalidError('The licence is not signed by us. Issue a new one and apply the stack again.', {
      cause,
    });
  });
  const claims = JSON.parse(new TextDecoder().decode(payload)) as Claims;
  if (!isFor(claims.sub, namespace)) throw new LicenceInvalidError('The licence was issued to another customer.');
  // Tokens that sign people in are signed with the same key, and are not licences.
  if (claims.aud !== undefined && claims.aud !== LICENCE_AUDIENCE)
    throw new LicenceInvalidError('What was signed is not a licence.');
  return { maxDevices: claims.features?.maxDevices ?? claims.maxDevices ?? 0, expiresAt: expiryOf(claims) };
}
