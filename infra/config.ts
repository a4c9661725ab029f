import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { PLATFORM_PORTS, type PlatformPort } from './platform-ports.ts';
import { ConfigError, Settings, type Env } from './settings.ts';

/**
 * Every setting of every process, read once from the environment. Nothing else in the project reads `process.env`
 * (the `pre` script of `npm start` and `npm test` excepted: it runs before TypeScript can).
 */
export interface Config {
  /** State folder of the embedded arrangement (`TENURE_HOME`). */
  readonly home: string;
  readonly profile: string;
  readonly logLevel: string;
  readonly api: {
    readonly host: string;
    readonly port: number;
    /** Base of every link we hand out. Never taken from a Host header (reliability X9). */
    readonly publicUrl: string;
    readonly trustProxy: readonly string[];
    readonly staffToken: string;
    /** Signs in as support, who reads and replays; without one there is no such sign-in. */
    readonly supportToken?: string | undefined;
  };
  readonly signup: { readonly enabled: boolean; readonly perHour: number | undefined };
  readonly database: { readonly url: string };
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly tls: boolean;
    readonly apiKey: string | undefined;
    readonly uiUrl: string | undefined;
  };
  readonly stripe: {
    readonly secretKey: string;
    readonly webhookSecret: string;
    /** Base URL of a local Stripe server; undefined means Stripe itself. */
    readonly apiBase: string | undefined;
    /** Whether customers get a Stripe test clock of their own. Always false with live keys. */
    readonly testClocks: boolean;
    readonly live: boolean;
  };
  readonly mail: {
    readonly region: string;
    readonly sender: string;
    readonly endpoint: string | undefined;
    readonly support: string;
  };
  readonly licence: { readonly privateKeyPath: string; readonly publicKeyPath: string };
  readonly pulumi: { readonly backendUrl: string; readonly passphrase: string };
  readonly tenants: {
    /** Where instances keep their files. */
    readonly home: string;
    /** Administers the tenants' databases and roles; only the provisioning worker gets it. */
    readonly adminDatabaseUrl: string;
    /** How browsers reach the instances; https where a proxy before the gateway speaks it. */
    readonly scheme: 'http' | 'https';
    /** Instances answer at `<scheme>://<slug>.<domain>`. May carry a port. */
    readonly domain: string;
    readonly gatewayPort: number;
    readonly gatewayControlUrl: string;
    readonly gatewayControlToken: string;
    /** How long an instance may take to answer: less than the 30 s of `checkInstance`, so that the failure says why. */
    readonly healthMs: number;
  };
  readonly terms: {
    readonly trialDays: number | undefined;
    readonly maxTrialExtensions: number | undefined;
    /** First wait before a failed step is tried again, in milliseconds. */
    readonly retryInitialMs: number | undefined;
  };
}

export { ConfigError };

const WEB = ['http:', 'https:'] as const;
const POSTGRES = ['postgres:', 'postgresql:'] as const;

function readStripe(settings: Settings): Config['stripe'] {
  const secretKey = settings.need('STRIPE_SECRET_KEY', 'STRIPE_API_KEY');
  if (!/^(sk|rk)_(test|live)_\w+$/.test(secretKey))
    throw new ConfigError('STRIPE_SECRET_KEY must be a Stripe secret or restricted key (sk_test_… or sk_live_…).');
  const live = /^(sk|rk)_live_/.test(secretKey);
  const testClocks = settings.flag('STRIPE_TEST_CLOCKS', false);
  if (live && testClocks) throw new ConfigError('STRIPE_TEST_CLOCKS must not be true with a live STRIPE_SECRET_KEY.');
  return {
    secretKey,
    live,
    testClocks,
    webhookSecret: settings.need('STRIPE_WEBHOOK_SECRET'),
    apiBase: settings.url('STRIPE_API_BASE', WEB),
  };
}

function readApi(settings: Settings): Config['api'] {
  const port = settings.port(['PORT', 'ONBOARDING_SERVICE_PORT'], 3100);
  const [staffToken, supportToken] = [settings.need('STAFF_TOKEN'), settings.text('SUPPORT_TOKEN')];
  if (supportToken === staffToken) throw new ConfigError('SUPPORT_TOKEN must not be the same as STAFF_TOKEN.');
  return {
    host: settings.text('HOST') ?? '127.0.0.1',
    port,
    publicUrl: (settings.url('PUBLIC_URL', WEB) ?? `http://localhost:${String(port)}`).replace(/\/$/, ''),
    trustProxy: settings.list('TRUST_PROXY'),
    ...{ staffToken, supportToken },
  };
}

function readScheme(settings: Settings): Config['tenants']['scheme'] {
  const scheme = settings.text('TENANT_SCHEME')?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return scheme;
  if (scheme !== undefined) throw new ConfigError(`TENANT_SCHEME must be http or https, not "${scheme}".`);
  return settings.url('PUBLIC_URL', WEB)?.startsWith('https:') === true ? 'https' : 'http';
}

function readTenants(settings: Settings, home: string, databaseUrl: string): Config['tenants'] {
  const gatewayPort = settings.port('TENANT_GATEWAY_PORT', 3180);
  return {
    home: resolve(settings.text('TENANTS_HOME') ?? `${home}/tenants`),
    adminDatabaseUrl: settings.url('TENANT_DATABASE_URL', POSTGRES) ?? databaseUrl,
    scheme: readScheme(settings),
    domain: settings.text('BASE_DOMAIN') ?? `localhost:${String(gatewayPort)}`,
    gatewayPort,
    gatewayControlUrl: settings.url('GATEWAY_CONTROL_URL', WEB) ?? 'http://127.0.0.1:3181',
    gatewayControlToken: settings.need('GATEWAY_CONTROL_TOKEN'),
    healthMs: settings.number('INSTANCE_HEALTH_MS', { max: 25_000 }) ?? 20_000,
  };
}

function readTemporal(settings: Settings): Config['temporal'] {
  const apiKey = settings.text('TEMPORAL_API_KEY');
  return {
    address: settings.need('TEMPORAL_ADDRESS'),
    namespace: settings.text('TEMPORAL_NAMESPACE') ?? 'default',
    tls: settings.flag('TEMPORAL_TLS', apiKey !== undefined),
    apiKey,
    uiUrl: settings.url('TEMPORAL_UI_URL', WEB),
  };
}

/**
 * Reads and checks the settings.
 * @throws ConfigError naming the first variable that is missing or wrong.
 */
export function loadConfig(env: Env = process.env): Config {
  const settings = new Settings(env);
  const home = resolve(settings.text('TENURE_HOME') ?? '.tenure');
  const databaseUrl = settings.url('DATABASE_URL', POSTGRES) ?? settings.need('DATABASE_URL');
  return {
    home,
    profile: settings.text('TENURE_PROFILE') ?? 'tenure',
    logLevel: settings.text('LOG_LEVEL') ?? 'info',
    api: readApi(settings),
    signup: {
      enabled: settings.flag('SIGNUP_ENABLED', true),
      perHour: settings.number('SIGNUPS_PER_HOUR', { min: 1 }),
    },
    database: { url: databaseUrl },
    temporal: readTemporal(settings),
    stripe: readStripe(settings),
    mail: {
      region: settings.text('AWS_REGION') ?? 'us-east-1',
      sender: settings.need('SES_SENDER_EMAIL'),
      endpoint: settings.url('SES_ENDPOINT', WEB),
      support: settings.text('SUPPORT_EMAIL') ?? settings.need('SES_SENDER_EMAIL'),
    },
    licence: {
      privateKeyPath: resolve(settings.need('JWT_PRIVATE_KEY')),
      publicKeyPath: resolve(settings.need('JWT_PUBLIC_KEY')),
    },
    pulumi: {
      backendUrl: settings.text('PULUMI_BACKEND_URL') ?? `file://${home}/pulumi`,
      passphrase: settings.need('PULUMI_CONFIG_PASSPHRASE'),
    },
    tenants: readTenants(settings, home, databaseUrl),
    terms: {
      trialDays: settings.number(['TRIAL_DAYS', 'TRIAL_DEFAULT_DAYS'], { min: 0.00001, max: 730 }),
      maxTrialExtensions: settings.number('MAX_TRIAL_EXTENSIONS', { max: 100 }),
      retryInitialMs: settings.number('RETRY_INITIAL_MS', { min: 1, max: 3_600_000 }),
    },
  };
}

/** Where the engines come from; read before anything else is configured. */
export interface EngineConfig {
  /** Engines are kept in its `engines` folder (`TENURE_CACHE`). */
  readonly cache: string;
  readonly paths: { readonly temporal: string | undefined; readonly pulumi: string | undefined };
  /** With a proxy a direct look whether the download host answers would say nothing. */
  readonly behindProxy: boolean;
  /** `PATH`. */
  readonly searchPath: string;
}

export function loadEngineConfig(env: Env = process.env): EngineConfig {
  const settings = new Settings(env);
  return {
    cache: resolve(settings.text('TENURE_CACHE') ?? join(homedir(), '.cache', 'tenure')),
    paths: { temporal: settings.text('TEMPORAL_CLI_PATH'), pulumi: settings.text('PULUMI_CLI_PATH') },
    behindProxy: settings.text('HTTPS_PROXY', 'https_proxy', 'ALL_PROXY') !== undefined,
    searchPath: settings.text('PATH') ?? '',
  };
}

/** What `npm start` was told from outside: which parts are the real ones, and which ports to try first. */
export interface PlatformConfig {
  readonly home: string;
  /** Set when this Postgres takes the place of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Set when this server takes the place of the embedded one. */
  readonly temporal: Config['temporal'] | undefined;
  readonly namespace: string;
  readonly externalStripe: boolean;
  /** Stripe's OpenAPI document: with it the emulator checks every request and reply (`STRIPE_OPENAPI`). */
  readonly stripeOpenapi: string | undefined;
  readonly externalMail: boolean;
  readonly ports: Readonly<Record<PlatformPort, number>>;
  /** Run as an npm script: the shell between npm and us dies of npm's SIGTERM and does not pass it on. */
  readonly underNpm: boolean;
  /** The environment as it was found: the API and the workers inherit it. */
  readonly environment: Env;
}

function hasRealStripe(settings: Settings): boolean {
  const key = settings.text('STRIPE_SECRET_KEY', 'STRIPE_API_KEY') !== undefined;
  const secret = settings.text('STRIPE_WEBHOOK_SECRET') !== undefined;
  if (key !== secret)
    throw new ConfigError(
      `${key ? 'STRIPE_WEBHOOK_SECRET' : 'STRIPE_SECRET_KEY'} must be set too, or neither of the two.`,
    );
  return key;
}

/** @throws ConfigError naming the variable that is wrong, or the one that is missing beside another. */
export function loadPlatformConfig(env: Env = process.env): PlatformConfig {
  const settings = new Settings(env);
  const realMail = settings.text('AWS_REGION') !== undefined && settings.text('SES_SENDER_EMAIL') !== undefined;
  const ports = Object.entries(PLATFORM_PORTS).map(([part, [name, fallback]]) => [part, settings.port(name, fallback)]);
  return {
    home: resolve(settings.text('TENURE_HOME') ?? '.tenure'),
    databaseUrl: settings.url('DATABASE_URL', POSTGRES),
    temporal: settings.text('TEMPORAL_ADDRESS') === undefined ? undefined : readTemporal(settings),
    namespace: settings.text('TEMPORAL_NAMESPACE') ?? 'tenure',
    externalStripe: hasRealStripe(settings),
    stripeOpenapi: settings.text('STRIPE_OPENAPI'),
    externalMail: realMail || settings.url('SES_ENDPOINT', WEB) !== undefined,
    ports: Object.fromEntries(ports) as Record<PlatformPort, number>,
    underNpm: settings.text('npm_lifecycle_event') !== undefined,
    environment: env,
  };
}
