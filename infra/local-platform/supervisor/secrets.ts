import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DamagedFileError, readJson, replaceFile } from '../../files.ts';

const token = (bytes = 24): string => randomBytes(bytes).toString('base64url');
/** Stripe's keys are letters and digits only. */
const alphanumeric = (): string => randomBytes(24).toString('hex');

const MAKERS = {
  staffToken: token,
  postgresPassword: token,
  databasePassword: token,
  pulumiPassphrase: token,
  gatewayToken: token,
  hookSecret: token,
  stripeSecretKey: () => `sk_test_${alphanumeric()}`,
  stripeWebhookSecret: () => `whsec_${alphanumeric()}`,
} as const;

export type Secrets = Readonly<Record<keyof typeof MAKERS, string>>;

export interface KeyFiles {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Data that cannot be read without the secrets that it was created with. */
const MADE_WITH: Readonly<Record<string, readonly (keyof typeof MAKERS)[]>> = {
  postgres: ['postgresPassword', 'databasePassword'],
  [join('pulumi', '.pulumi')]: ['pulumiPassphrase'],
};

/** With a number or a list the start would fail later, in a part that cannot name the file. */
const isSecret = (value: unknown): value is string | undefined =>
  value === undefined || (typeof value === 'string' && value !== '');

const neededBy = (home: string): readonly string[] =>
  Object.entries(MADE_WITH).flatMap(([data, names]) => (existsSync(join(home, data)) ? names : []));

export const secretsFile = (home: string): string => join(home, 'secrets.json');

/**
 * Generated at the first start and kept. A secret that a newer version needs is added.
 * @throws DamagedFileError when they are damaged, or when some are missing that existing data needs
 */
export async function ensureSecrets(home: string): Promise<Secrets> {
  const file = secretsFile(home);
  const found = await readJson<Readonly<Record<string, unknown>>>(file);
  if (found !== undefined && !Object.values(found).every(isSecret)) throw new DamagedFileError(file);
  const known = (found ?? {}) as Partial<Record<string, string>>;
  if (neededBy(home).some((name) => known[name] === undefined))
    throw new DamagedFileError(file, found === undefined ? 'missing' : 'incomplete');
  const entries = Object.entries(MAKERS).map(([name, make]) => [name, known[name] ?? make()] as const);
  if (entries.some(([name]) => known[name] === undefined))
    await replaceFile(file, JSON.stringify(Object.fromEntries(entries), undefined, 2));
  return Object.fromEntries(entries) as Secrets;
}

/** @returns undefined when there is no such file. @throws DamagedFileError when it holds no key */
async function readKey(file: string, read: (pem: string) => KeyObject): Promise<KeyObject | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    return read(await readFile(file, 'utf8'));
  } catch {
    throw new DamagedFileError(file);
  }
}

/**
 * The RSA key pair that signs licences, as PEM files; generated at the first start. The public half follows from the
 * private one, so it is written again when it is missing or damaged.
 * @throws DamagedFileError when the private half is damaged, or missing while the public one is there
 */
export async function ensureLicenceKeys(home: string): Promise<KeyFiles> {
  const files = { privateKey: join(home, 'keys', 'licence.pem'), publicKey: join(home, 'keys', 'licence.pub.pem') };
  const known = await readKey(files.privateKey, createPrivateKey);
  const published = await readKey(files.publicKey, createPublicKey).catch(() => undefined);
  if (known === undefined && existsSync(files.publicKey)) throw new DamagedFileError(files.privateKey, 'missing');
  if (known !== undefined && published !== undefined) return files;
  const privateKey = known ?? (await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })).privateKey;
  if (known === undefined) await replaceFile(files.privateKey, pem(privateKey, 'pkcs8'));
  await replaceFile(files.publicKey, pem(createPublicKey(privateKey), 'spki'));
  return files;
}

const pem = (key: KeyObject, type: 'pkcs8' | 'spki'): string => key.export({ type, format: 'pem' }).toString();
