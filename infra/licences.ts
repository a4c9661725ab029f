import { createHash, createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SignJWT } from 'jose';
import { ConfigError, type Config } from './config.ts';

export interface NewLicence {
  readonly customerId: string;
  readonly plan: string;
  readonly maxDevices: number;
  /** What else the plan includes: nothing is named if absent. */
  readonly features?: readonly string[] | undefined;
  readonly limits?: Readonly<Record<string, number>> | undefined;
  readonly expiresAt: Date;
}

/** The claim `features`: devices were in it before plans had features. */
export const featuresClaim = ({
  maxDevices,
  features = [],
}: Pick<NewLicence, 'maxDevices' | 'features'>): Readonly<Record<string, number | true>> => ({
  ...Object.fromEntries(features.map((feature) => [feature, true] as const)),
  maxDevices,
});

/** Audience of licences. Those issued by older versions have none and stay good. */
export const LICENCE_AUDIENCE = 'instance-licence';

/** Audience of the tokens that sign a customer in to their instance: a licence is none of them. */
export const SIGN_IN_AUDIENCE = 'instance-sign-in';

/** Claim of those tokens, and of the sessions that instances make from them. */
export const SESSION_VERSION = 'ver';
/** Names the account's session that they came from. */
export const SESSION_ENTRY = 'entry';

export interface WayIn {
  readonly sessionVersion: number;
  readonly entry: string;
}

export interface LicenceSigner {
  /** Signs a licence (RS256). The hash is SHA-256 of the token, hex: what the history keeps. */
  issue(licence: NewLicence): Promise<{ readonly token: string; readonly hash: string }>;
  /**
   * Signs what lets the customer in to their own instance, once, within a minute: it travels in an address. The version is
   * that of the account's sessions: the instance ends those of older ones, and those of one entry when it is told.
   */
  issueSignIn(customerId: string, way: WayIn): Promise<string>;
  readonly publicKeyPem: string;
}

/** Reads the key pair. @throws Error naming the variable whose file cannot be used. */
export async function loadLicenceSigner(paths: Config['licence']): Promise<LicenceSigner> {
  const privateKey = createPrivateKey(await readKey('JWT_PRIVATE_KEY', paths.privateKeyPath));
  const publicKeyPem = await readKey('JWT_PUBLIC_KEY', paths.publicKeyPath);
  const fits = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) === exportPem(publicKeyPem);
  if (!fits) throw new ConfigError('JWT_PUBLIC_KEY is not the public half of JWT_PRIVATE_KEY.');
  return {
    publicKeyPem,
    issue: async ({ customerId, plan, limits = {}, expiresAt, ...included }) => {
      const seconds = Math.floor(expiresAt.getTime() / 1000);
      // `expiresAt` beside `exp`: instances built on S1 read it by that name.
      const token = await new SignJWT({ plan, features: featuresClaim(included), limits, expiresAt: seconds })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setIssuer('tenure')
        .setAudience(LICENCE_AUDIENCE)
        .setSubject(customerId)
        .setIssuedAt()
        .setExpirationTime(seconds)
        .sign(privateKey);
      return { token, hash: createHash('sha256').update(token).digest('hex') };
    },
    issueSignIn: (customerId, { sessionVersion, entry }) =>
      new SignJWT({ [SESSION_VERSION]: sessionVersion, [SESSION_ENTRY]: entry })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .setIssuer('tenure')
        .setAudience(SIGN_IN_AUDIENCE)
        .setSubject(customerId)
        .setJti(randomUUID())
        .setExpirationTime('1m')
        .sign(privateKey),
  };
}

const exportPem = (pem: string): string | Buffer => createPublicKey(pem).export({ type: 'spki', format: 'pem' });

async function readKey(variable: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${variable} must name a readable PEM file.`, { cause });
  }
}
