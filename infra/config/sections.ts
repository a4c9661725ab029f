import { createPrivateKey, createPublicKey } from 'node:crypto';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DATABASE_LIMITS } from '../db/connections.ts';
import { ConfigError, type Settings } from '../settings.ts';
import { readOrRefuse } from './read-all.ts';
import {
  isBackend,
  isConfigurationSet,
  isHost,
  isLinkBase,
  isLoopback,
  isMailbox,
  isOrigin,
  isProxy,
  isTopicArn,
} from './forms.ts';
import { linkBaseOf } from './products.ts';
import { readStaffToken, readSupportToken } from './staff-tokens.ts';
import type { SettingName } from './table.ts';
import type { Config, MailEvents, TemporalTls } from './types.ts';

export const WEB = ['http:', 'https:'] as const;
const POSTGRES = ['postgres:', 'postgresql:'] as const;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Folders below it appear in lists of folders (PATH), and in files that are read line by line. */
export function readHome(settings: Settings): string {
  const home = resolve(settings.text('TENURE_HOME') ?? '.tenure');
  if (!home.includes(delimiter) && !/\p{Cc}/u.test(home)) return home;
  throw new ConfigError(`TENURE_HOME must be a folder without "${delimiter}" or control characters in its path.`);
}

export const readLogLevel = (settings: Settings): string =>
  settings.matching('LOG_LEVEL', (level) => LEVELS.includes(level), `one of ${LEVELS.join(', ')}`) ?? 'info';

/** No port, no health endpoint. It shows what is down, so by default only this machine can reach it. */
export const readHealth = (settings: Settings): { readonly host: string; readonly port: number | undefined } => ({
  host: settings.text('WORKER_HEALTH_HOST') ?? '127.0.0.1',
  port: settings.number('WORKER_HEALTH_PORT', { max: 65_535, whole: true }),
});

export const readMetrics = (settings: Settings): { readonly host: string; readonly port: number | undefined } => ({
  host: settings.text('METRICS_HOST') ?? '127.0.0.1',
  port: settings.number('METRICS_PORT', { max: 65_535, whole: true }),
});

export const readDatabaseUrl = (settings: Settings): string =>
  settings.url('DATABASE_URL', POSTGRES) ?? settings.need('DATABASE_URL');

/** A superuser. Tenure's own role cannot change the audit trail that this one owns or gives away. */
export const readMigrationUrl = (settings: Settings): string | undefined =>
  settings.url('DATABASE_ADMIN_URL', POSTGRES);

export const readDatabase = (settings: Settings): Config['database'] => ({
  url: readDatabaseUrl(settings),
  limits: {
    max: settings.count('DATABASE_POOL_SIZE', DATABASE_LIMITS.max, { min: 8, max: 1_000 }),
    connectMs: settings.count('DATABASE_CONNECT_MS', DATABASE_LIMITS.connectMs),
    statementMs: settings.count('DATABASE_STATEMENT_MS', DATABASE_LIMITS.statementMs),
  },
});

function readPem(settings: Settings, name: SettingName): Buffer | undefined {
  const pem = settings.file(name);
  if (pem && !pem.includes('-----BEGIN ')) throw new ConfigError(`${name} must name a PEM file.`);
  return pem;
}

function readTls(settings: Settings): TemporalTls | undefined {
  const [ca, crt, key] = [
    readPem(settings, 'TEMPORAL_TLS_CA'),
    readPem(settings, 'TEMPORAL_TLS_CERT'),
    readPem(settings, 'TEMPORAL_TLS_KEY'),
  ];
  if ((crt === undefined) !== (key === undefined))
    throw new ConfigError('TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY must be set both, or neither of the two.');
  const name = settings.matching('TEMPORAL_TLS_SERVER_NAME', isHost, 'a host name');
  if (!ca && !crt && name === undefined) return undefined;
  return {
    ...(ca && { serverRootCACertificate: ca }),
    ...(crt && key && { clientCertPair: { crt, key } }),
    ...(name !== undefined && { serverNameOverride: name }),
  };
}

export function readTemporal(settings: Settings): Config['temporal'] {
  const [apiKey, tls] = [settings.text('TEMPORAL_API_KEY'), readTls(settings)];
  const encrypted = settings.flag('TEMPORAL_TLS', apiKey !== undefined || tls !== undefined);
  if (tls && !encrypted) throw new ConfigError('TEMPORAL_TLS must not be false beside TEMPORAL_TLS_… files or names.');
  if (apiKey !== undefined && !encrypted)
    throw new ConfigError('TEMPORAL_TLS must not be false beside TEMPORAL_API_KEY, which would travel in clear.');
  const address = settings.matching('TEMPORAL_ADDRESS', isHost, 'host:port');
  return {
    address: address ?? settings.need('TEMPORAL_ADDRESS'),
    namespace: settings.text('TEMPORAL_NAMESPACE') ?? 'default',
    tls: tls ?? encrypted,
    apiKey,
    reconnectMs: settings.count('TEMPORAL_RECONNECT_MS', 2_000, { min: 100, max: 120_000 }),
  };
}

/** Either one without the other would be a mistake. */
export function readMailEvents(settings: Settings): MailEvents | undefined {
  const configurationSet = settings.matching(
    'SES_CONFIGURATION_SET',
    isConfigurationSet,
    'a name of at most 64 letters, digits, "-" and "_"',
  );
  const form = 'the ARN of an SNS topic (arn:aws:sns:<region>:<account>:<name>)';
  const topicArn = settings.matching('SES_EVENTS_TOPIC_ARN', isTopicArn, form);
  if (configurationSet !== undefined && topicArn !== undefined) return { configurationSet, topicArn };
  if (configurationSet === topicArn) return undefined;
  throw new ConfigError('SES_CONFIGURATION_SET and SES_EVENTS_TOPIC_ARN must be set both, or neither of the two.');
}

export function readMail(settings: Settings): Config['mail'] {
  const form = 'an e-mail address';
  const sender = settings.matching('SES_SENDER_EMAIL', isMailbox, form) ?? settings.need('SES_SENDER_EMAIL');
  return {
    region: settings.text('AWS_REGION') ?? 'us-east-1',
    sender,
    endpoint: settings.url('SES_ENDPOINT', WEB),
    support: settings.matching('SUPPORT_EMAIL', isMailbox, form) ?? sender,
    events: readMailEvents(settings),
  };
}

/** Stripe may send an event again for up to a month: until then its row identifies it. */
const LEAST_DAYS = { min: 31, max: 36_500 };

export const readRetention = (settings: Settings): Config['retention'] => ({
  stripeEvents: settings.count('KEEP_STRIPE_EVENTS_DAYS', 90, LEAST_DAYS),
  stepAttempts: settings.count('KEEP_STEP_ATTEMPTS_DAYS', 365, LEAST_DAYS),
  mails: settings.count('KEEP_MAILS_DAYS', 730, LEAST_DAYS),
  alerts: settings.count('KEEP_ALERTS_DAYS', 365, LEAST_DAYS),
  outages: settings.count('KEEP_OUTAGES_DAYS', 365, LEAST_DAYS),
  hostNames: settings.count('KEEP_HOST_NAMES_DAYS', 90, LEAST_DAYS),
});

function readKey(settings: Settings, name: 'JWT_PRIVATE_KEY' | 'JWT_PUBLIC_KEY'): string {
  const path = resolve(settings.need(name));
  const pem = settings.file(name) ?? Buffer.of();
  try {
    const key = name === 'JWT_PRIVATE_KEY' ? createPrivateKey(pem) : createPublicKey(pem);
    if (key.asymmetricKeyType === 'rsa') return path;
  } catch {
    // Reported below: the library's message would quote the file.
  }
  throw new ConfigError(`${name} must name a PEM file with an RSA key; ${path} is not one.`);
}

export const readPublicKey = (settings: Settings): string => readKey(settings, 'JWT_PUBLIC_KEY');

export const readLicence = (settings: Settings): Config['licence'] =>
  readOrRefuse({
    privateKeyPath: () => readKey(settings, 'JWT_PRIVATE_KEY'),
    publicKeyPath: () => readPublicKey(settings),
  });

/** Whether other machines can reach it: then links and cookies need https. */
const isExposed = (settings: Settings, host: string): boolean =>
  !isLoopback(host) || settings.text('NODE_ENV') === 'production';

function readProxies(settings: Settings, exposed: boolean): readonly string[] {
  const proxies = settings.list('TRUST_PROXY');
  if (exposed && proxies.length === 0)
    throw new ConfigError(
      'TRUST_PROXY must name the proxies before the API, or be "none", outside development: rate limits count addresses.',
    );
  if (proxies.length === 1 && proxies[0] === 'none') return [];
  const wrong = proxies.find((proxy) => !isProxy(proxy));
  if (wrong !== undefined)
    throw new ConfigError(
      `TRUST_PROXY must list the addresses or networks (10.0.0.0/8) of your proxies, or be "none"; "${wrong}" is neither.`,
    );
  return proxies;
}

function readOrigins(settings: Settings, exposed: boolean): readonly string[] {
  const origins = settings.list('ALLOWED_ORIGINS');
  const wrong = origins.find((origin) => !isOrigin(origin) || (exposed && !origin.startsWith('https:')));
  if (wrong !== undefined)
    throw new ConfigError(
      `ALLOWED_ORIGINS must be origins such as https://portal.example, without a path or "*"${exposed ? ', and https outside development' : ''}, not "${wrong}".`,
    );
  return origins;
}

function readAppUrl(settings: Settings, exposed: boolean): string | undefined {
  const url = settings.text('APP_URL');
  if (url !== undefined && (!isLinkBase(url) || (exposed && !url.startsWith('https:'))))
    throw new ConfigError(
      `APP_URL must be the address of a page such as https://app.example/billing, without a user, query or fragment${exposed ? ', and https outside development' : ''}.`,
    );
  return url;
}

export function readApi(settings: Settings): Config['api'] {
  const port = settings.port(['PORT', 'ONBOARDING_SERVICE_PORT'], 3100);
  const host = settings.text('HOST') ?? '127.0.0.1';
  const exposed = isExposed(settings, host);
  return readOrRefuse<Config['api']>({
    host: () => host,
    port: () => port,
    staffToken: () => readStaffToken(settings),
    supportToken: () => readSupportToken(settings),
    publicUrl: () => linkBaseOf(settings.text('PUBLIC_URL', 'PORTAL_URL'), port, exposed),
    trustProxy: () => readProxies(settings, exposed),
    allowedOrigins: () => readOrigins(settings, exposed),
    appUrl: () => readAppUrl(settings, exposed),
  });
}

export function readDomain(settings: Settings): string {
  const port = settings.port('TENANT_GATEWAY_PORT', 3180);
  return settings.matching('BASE_DOMAIN', isHost, 'a host name, with or without a port') ?? `localhost:${String(port)}`;
}

export function readScheme(settings: Settings): Config['tenants']['scheme'] {
  const scheme = settings.text('TENANT_SCHEME')?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return scheme;
  if (scheme !== undefined) throw new ConfigError(`TENANT_SCHEME must be http or https, not "${scheme}".`);
  return settings.list('PUBLIC_URL', 'PORTAL_URL').some((url) => url.startsWith('https:')) ? 'https' : 'http';
}

export const readTenants = (settings: Settings, home: string): Config['tenants'] =>
  readOrRefuse<Config['tenants']>({
    home: () => resolve(settings.text('TENANTS_HOME') ?? join(home, 'tenants')),
    adminDatabaseUrl: () => settings.url('TENANT_DATABASE_URL', POSTGRES) ?? readDatabaseUrl(settings),
    scheme: () => readScheme(settings),
    domain: () => readDomain(settings),
    gatewayPort: () => settings.port('TENANT_GATEWAY_PORT', 3180),
    gatewayControlUrl: () => settings.url('GATEWAY_CONTROL_URL', WEB) ?? 'http://127.0.0.1:3181',
    gatewayControlToken: () => settings.need('GATEWAY_CONTROL_TOKEN'),
    backupMaxMb: () => settings.number('TENANT_BACKUP_MAX_MB', { min: 1, max: 1_000_000 }) ?? 10_000,
    healthMs: () => settings.number('INSTANCE_HEALTH_MS', { max: 25_000 }) ?? 20_000,
  });

export const readPulumi = (settings: Settings, home: string): Config['pulumi'] => ({
  backendUrl:
    settings.matching(
      'PULUMI_BACKEND_URL',
      isBackend,
      'a URL such as file:///folder, s3://bucket or postgres://server',
    ) ?? pathToFileURL(join(home, 'pulumi')).href,
  passphrase: settings.need('PULUMI_CONFIG_PASSPHRASE'),
});
