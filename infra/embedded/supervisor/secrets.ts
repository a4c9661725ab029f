import { generateKeyPair, randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const token = (bytes = 24): string => randomBytes(bytes).toString('base64url');
/** Stripe's keys are letters and digits only. */
const alphanumeric = (): string => randomBytes(24).toString('hex');

const MAKERS = {
  staffToken: token,
  postgresPassword: token,
  databasePassword: token,
  pulumiPassphrase: token,
  gatewayToken: token,
  stripeSecretKey: () => `sk_test_${alphanumeric()}`,
  stripeWebhookSecret: () => `whsec_${alphanumeric()}`,
} as const;

export type Secrets = Readonly<Record<keyof typeof MAKERS, string>>;

export interface KeyFiles {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Whole or not at all: a start cut short must not leave half a file behind. */
export async function writePrivate(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${String(process.pid)}`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, file);
}

/** Generated at the first start, kept from then on; a secret that a newer version needs is added. */
export async function ensureSecrets(home: string): Promise<Secrets> {
  const file = join(home, 'secrets.json');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const known = JSON.parse(text) as Partial<Record<string, string>>;
  const entries = Object.entries(MAKERS).map(([name, make]) => [name, known[name] ?? make()] as const);
  if (entries.some(([name]) => known[name] === undefined))
    await writePrivate(file, JSON.stringify(Object.fromEntries(entries), undefined, 2));
  return Object.fromEntries(entries) as Secrets;
}

/** The RSA key pair that signs licences, as PEM files. */
export async function ensureLicenceKeys(home: string): Promise<KeyFiles> {
  const files = { privateKey: join(home, 'keys', 'licence.pem'), publicKey: join(home, 'keys', 'licence.pub.pem') };
  const there = await access(files.publicKey).then(
    () => true,
    () => false,
  );
  if (there) return files;
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writePrivate(files.privateKey, pair.privateKey);
  await writePrivate(files.publicKey, pair.publicKey);
  return files;
}
