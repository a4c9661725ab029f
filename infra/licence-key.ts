import { createHash, createPublicKey } from 'node:crypto';
import type { Database } from './db/database.ts';
import { findLicenceKey, recordLicenceKey } from './db/repositories/licence-key.ts';
import type { LicenceSigner } from './licences.ts';
import type { Probe } from './readiness.ts';
import { ConfigError } from './settings.ts';

/** SHA-256 of the public key, hex: the same however its file is written. `openssl pkey -pubin -outform DER` has its bytes. */
export const fingerprintOf = (publicKeyPem: string): string =>
  createHash('sha256')
    .update(createPublicKey(publicKeyPem).export({ type: 'spki', format: 'der' }))
    .digest('hex');

export const PUT_IT_BACK = 'put that pair back from your backup, to where JWT_PRIVATE_KEY and JWT_PUBLIC_KEY point';

const anotherKey = (recorded: string): string =>
  `is not the key that the instances have (SHA-256 ${recorded}): ${PUT_IT_BACK}`;

/**
 * Refuses a key that is not the one the instances have: they would let nobody in, and stop at their next update. The
 * first one that is seen is recorded in Postgres.
 * @throws ConfigError
 */
export async function requireOwnLicenceKey(database: Database, publicKeyPem: string): Promise<void> {
  const own = fingerprintOf(publicKeyPem);
  const recorded = (await findLicenceKey(database)) ?? (await recordLicenceKey(database, own));
  if (recorded !== own) throw new ConfigError(`JWT_PUBLIC_KEY ${anotherKey(recorded)}.`);
}

/**
 * A signer that signs nothing before its key was found to be the instances' own. A process may start while Postgres is
 * away: then its first signature asks again.
 * @throws ConfigError when Postgres says that it is not.
 */
export async function signerOfOwnKey(database: Database, signer: LicenceSigner): Promise<LicenceSigner> {
  let isOwn = false;
  const requireOwn = async (): Promise<void> => {
    if (isOwn) return;
    await requireOwnLicenceKey(database, signer.publicKeyPem);
    isOwn = true;
  };
  await requireOwn().catch((error: unknown) => {
    if (error instanceof ConfigError) throw error;
  });
  return {
    publicKeyPem: signer.publicKeyPem,
    issue: async (licence) => {
      await requireOwn();
      return signer.issue(licence);
    },
    issueSignIn: async (customerId, way) => {
      await requireOwn();
      return signer.issueSignIn(customerId, way);
    },
  };
}

/** The key is the recorded one, or none is recorded yet. That Postgres does not answer is said by its own probe. */
export const licenceKeyProbe =
  (database: Database, publicKeyPem: string): Probe =>
  async () => {
    try {
      const recorded = await findLicenceKey(database);
      return recorded === undefined || recorded === fingerprintOf(publicKeyPem) ? undefined : anotherKey(recorded);
    } catch {
      return undefined;
    }
  };
