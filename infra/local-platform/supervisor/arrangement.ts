import { access, constants, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, type PlatformConfig } from '../../config.ts';
import type { Needs } from '../../product/needs.ts';
import { removeDrafts, replaceFile } from '../../files.ts';
import { isDiskFull } from './room.ts';
import { choosePorts, keptPorts, type PortReservations, type Ports } from './ports.ts';
import { ensureLicenceKeys, ensureSecrets, type KeyFiles, type Secrets } from './secrets.ts';

/** Tenure's own role and database on the embedded Postgres. */
export const DATABASE = 'tenure';

const LONGEST_LOG = 10 * 1024 * 1024;
const PRIVATE_FOLDERS = ['keys', 'logs', 'pulumi', 'stripe', 'mail', 'temporal', 'tenants'];

/** What the environments of the parts are made of. */
export interface Settled {
  readonly config: PlatformConfig;
  readonly home: string;
  readonly ports: Ports;
  /** In the order of the products. */
  readonly apis: readonly Api[];
  readonly secrets: Secrets;
  readonly keys: KeyFiles;
}

/** The API of one product. */
export interface Api {
  /** Its name in logs and `processes.json`. */
  readonly part: string;
  readonly product: PlatformConfig['products'][number];
  readonly port: number;
}

const partOf = (index: number): string => (index === 0 ? 'api' : `api-${String(index + 1)}`);

/** The first API gets the port that was asked for, and the others those after it. */
function preferredPorts({ ports, products }: PlatformConfig): Ports {
  const portOf = (index: number): number => (ports.api === 0 ? 0 : ports.api + index);
  return { ...ports, ...Object.fromEntries(products.map((_, index) => [partOf(index), portOf(index)] as const)) };
}

const apisOf = ({ products }: PlatformConfig, ports: Readonly<Record<string, number>>): readonly Api[] =>
  products.map((product, index) => ({ part: partOf(index), product, port: ports[partOf(index)] ?? 0 }));

/** Everything that is decided before anything starts: addresses, secrets, files. */
export interface Arrangement extends Settled {
  readonly reservations: PortReservations;
  readonly gatewayTokenFile: string;
  readonly stripeSecretsFile: string;
  /** Of the hooks, where the embedded issuer calls them; without one, customers are not known by tokens of an issuer. */
  readonly hookSecretFile: string | undefined;
}

export const local = (port: number): string => `http://localhost:${String(port)}`;
/** For programs: `localhost` may resolve to IPv6 first, where nothing listens. */
export const loopback = (port: number): string => `http://127.0.0.1:${String(port)}`;

export const logFile = (home: string, part: string): string => join(home, 'logs', `${part}.log`);

/** The SQLite files in which our parts keep their state. */
export const temporalFile = (home: string): string => join(home, 'temporal', 'temporal.db');
export const stripeFile = (home: string): string => join(home, 'stripe', 'stripe.db');

/** @throws ConfigError when it cannot be created or written */
export async function makeHome(home: string): Promise<void> {
  try {
    // Others may pass, because under root Postgres is another user. What they must not read is in private folders.
    await mkdir(home, { recursive: true, mode: 0o711 });
    await Promise.all(PRIVATE_FOLDERS.map((folder) => mkdir(join(home, folder), { recursive: true, mode: 0o700 })));
    await access(home, constants.W_OK);
  } catch (cause) {
    if (isDiskFull(cause)) throw cause;
    const { path = home } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`TENURE_HOME cannot be used: ${path} is not a folder that this user can write to.`, {
      cause,
    });
  }
}

/** One older log is kept per part. */
async function turnLogs(home: string): Promise<void> {
  const folder = join(home, 'logs');
  for (const name of await readdir(folder)) {
    const { size } = await stat(join(folder, name));
    if (name.endsWith('.log') && size > LONGEST_LOG) await rename(join(folder, name), join(folder, `${name}.old`));
  }
}

/** @param needs - of all products together */
export async function arrange(config: PlatformConfig, needs: Needs, say: (text: string) => void): Promise<Arrangement> {
  const { home } = config;
  // Left by a start that was ended early; a draft of the keys is a secret.
  await Promise.all([home, join(home, 'keys')].map(removeDrafts));
  const [{ ports, reservations }, secrets, keys] = await Promise.all([
    choosePorts(preferredPorts(config), home, say),
    ensureSecrets(home),
    ensureLicenceKeys(home),
    turnLogs(home),
  ]);
  const gatewayTokenFile = join(home, 'keys', 'gateway-token');
  const stripeSecretsFile = join(home, 'keys', 'stripe.json');
  const stripe = { secretKey: secrets.stripeSecretKey, webhookSecret: secrets.stripeWebhookSecret };
  const hookSecretFile = needs.issuer && config.issuer === undefined ? join(home, 'keys', 'hook-secret') : undefined;
  if (hookSecretFile !== undefined) await replaceFile(hookSecretFile, config.hooks.secrets[0] ?? secrets.hookSecret);
  await replaceFile(gatewayTokenFile, secrets.gatewayToken);
  await replaceFile(stripeSecretsFile, JSON.stringify(stripe));
  const apis = apisOf(config, ports);
  return {
    config,
    home,
    ports,
    apis,
    reservations,
    secrets,
    keys,
    gatewayTokenFile,
    stripeSecretsFile,
    hookSecretFile,
  };
}

/** What {@link arrange} decided for what now runs from the state folder. */
export async function arranged(config: PlatformConfig): Promise<Settled> {
  const { home } = config;
  const [ports, secrets, keys] = await Promise.all([
    keptPorts(preferredPorts(config), home),
    ensureSecrets(home),
    ensureLicenceKeys(home),
  ]);
  return { config, home, ports, apis: apisOf(config, ports), secrets, keys };
}
