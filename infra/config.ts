import * as read from './config/sections.ts';
import { readCache, readEngines, type EngineConfig } from './config/engines.ts';
import { readHooks, readIssuer, readUserPool } from './config/identities.ts';
import { hasRealStripe, readStripe, readStripeMode } from './config/stripe.ts';
import type { Config } from './config/types.ts';
import { readLandingZones } from './config/landing-zones.ts';
import { readProduct, readProducts, readSources } from './config/products.ts';
import { readAll, readOrRefuse, type Read, type Sections } from './config/read-all.ts';
import type { ProcessName } from './config/table.ts';
import { PLATFORM_PORTS, type PlatformPort } from './platform-ports.ts';
import { ConfigError, Settings, type Env } from './settings.ts';

// Nothing else in the project reads `process.env` (the `pre` script of `npm start` and `npm test` excepted: it runs
// before TypeScript can). Each process has a loader of its own, which reads and checks the settings it uses, and throws
// a ConfigError that names the first one that is missing or wrong.

export { ConfigError };
export type { Config, EngineConfig };

export type ApiConfig = Pick<
  Config,
  'logLevel' | 'product' | 'api' | 'issuer' | 'hooks' | 'signup' | 'database' | 'temporal' | 'licence' | 'terms'
> & {
  readonly stripe: Omit<Config['stripe'], 'secretKey'>;
  readonly tenants: Pick<Config['tenants'], 'domain' | 'scheme'>;
  readonly mailEvents: Config['mail']['events'];
  readonly metrics: ReturnType<typeof read.readMetrics>;
};

const apiSections = (settings: Settings): Sections<ApiConfig> => ({
  logLevel: () => read.readLogLevel(settings),
  product: () => readProduct(settings),
  api: () => read.readApi(settings),
  issuer: () => readIssuer(settings),
  hooks: () => readHooks(settings),
  signup: () => ({
    enabled: settings.flag('SIGNUP_ENABLED', true),
    perHour: settings.number('SIGNUPS_PER_HOUR', { min: 1 }),
  }),
  database: () => read.readDatabase(settings),
  temporal: () => ({ ...read.readTemporal(settings), uiUrl: settings.url('TEMPORAL_UI_URL', read.WEB) }),
  stripe: () => {
    const webhookSecret = () => settings.need('STRIPE_WEBHOOK_SECRET');
    const { mode, ...rest } = readOrRefuse({ mode: () => readStripeMode(settings), webhookSecret });
    return { ...mode, ...rest };
  },
  mailEvents: () => read.readMailEvents(settings),
  metrics: () => read.readMetrics(settings),
  licence: () => read.readLicence(settings),
  tenants: () => ({ scheme: read.readScheme(settings), domain: read.readDomain(settings) }),
  terms: () => ({
    target: settings.text('TENANT_TARGET'),
    trialDays: settings.number(['TRIAL_DAYS', 'TRIAL_DEFAULT_DAYS'], { min: 0.00001, max: 730 }),
    maxTrialExtensions: settings.number('MAX_TRIAL_EXTENSIONS', { max: 100 }),
    retryInitialMs: settings.number('RETRY_INITIAL_MS', { min: 1, max: 3_600_000 }),
  }),
});

/** @throws ConfigError */
export const loadApiConfig = (env: Env = process.env): ApiConfig => readOrRefuse(apiSections(new Settings('api', env)));

export type LifecycleConfig = Pick<
  Config,
  'logLevel' | 'products' | 'database' | 'temporal' | 'mail' | 'licence' | 'retention' | 'userPool'
> & {
  /** Keeps the workflows' bundle (`TENURE_CACHE`). */
  readonly cache: string;
  readonly health: ReturnType<typeof read.readHealth>;
  /** How much is done in parallel. Without a number of workflows kept in memory, as many are kept as fit. */
  readonly load: {
    readonly cachedWorkflows: number | undefined;
    readonly activitySlots: number;
    readonly workflowPollers: number;
    readonly activityPollers: number;
  };
  readonly stripe: Omit<Config['stripe'], 'webhookSecret'>;
};

const lifecycleSections = (settings: Settings): Sections<LifecycleConfig> => ({
  logLevel: () => read.readLogLevel(settings),
  products: () => readProducts(settings),
  cache: () => readCache(settings),
  health: () => read.readHealth(settings),
  database: () => read.readDatabase(settings),
  temporal: () => read.readTemporal(settings),
  load: () => ({
    cachedWorkflows: settings.number('CACHED_WORKFLOWS', { min: 1, whole: true }),
    activitySlots: settings.count('LIFECYCLE_SLOTS', 100),
    workflowPollers: settings.count('WORKFLOW_POLLERS', 10, { min: 2 }),
    activityPollers: settings.count('ACTIVITY_POLLERS', 10),
  }),
  stripe: () => readStripe(settings),
  mail: () => read.readMail(settings),
  userPool: () => readUserPool(settings),
  retention: () => read.readRetention(settings),
  licence: () => read.readLicence(settings),
});

/** @throws ConfigError */
export const loadLifecycleConfig = (env: Env = process.env): LifecycleConfig =>
  readOrRefuse(lifecycleSections(new Settings('lifecycle-worker', env)));

export type ProvisioningConfig = Pick<
  Config,
  'home' | 'logLevel' | 'products' | 'database' | 'temporal' | 'pulumi' | 'tenants' | 'landingZones'
> & {
  readonly health: ReturnType<typeof read.readHealth>;
  readonly load: { readonly activitySlots: number; readonly activityPollers: number };
  readonly licencePublicKeyPath: string;
};

const provisioningSections = (settings: Settings): Sections<ProvisioningConfig> => ({
  home: () => read.readHome(settings),
  products: () => readProducts(settings),
  database: () => read.readDatabase(settings),
  logLevel: () => read.readLogLevel(settings),
  health: () => read.readHealth(settings),
  temporal: () => read.readTemporal(settings),
  load: () => ({
    activitySlots: settings.count('PROVISIONING_SLOTS', 4),
    activityPollers: settings.count('ACTIVITY_POLLERS', 4),
  }),
  pulumi: () => read.readPulumi(settings, read.readHome(settings)),
  tenants: () => read.readTenants(settings, read.readHome(settings)),
  landingZones: () => readLandingZones(settings),
  licencePublicKeyPath: () => read.readPublicKey(settings),
});

/** @throws ConfigError */
export const loadProvisioningConfig = (env: Env = process.env): ProvisioningConfig =>
  readOrRefuse(provisioningSections(new Settings('provisioning-worker', env)));

/** The settings of the three services, with everything that is invalid in them. */
export interface Survey {
  readonly api: Read<ApiConfig>;
  readonly lifecycle: Read<LifecycleConfig>;
  readonly provisioning: Read<ProvisioningConfig>;
}

/** Reads the valid part of each service's settings, for a check where a start would refuse. */
export const surveyServices = (envOf: (service: ProcessName) => Env = () => process.env): Survey => ({
  api: readAll(apiSections(new Settings('api', envOf('api')))),
  lifecycle: readAll(lifecycleSections(new Settings('lifecycle-worker', envOf('lifecycle-worker')))),
  provisioning: readAll(provisioningSections(new Settings('provisioning-worker', envOf('provisioning-worker')))),
});

export interface MigrationConfig {
  readonly databaseUrl: string;
  /** A superuser of that server (`DATABASE_ADMIN_URL`): the audit trail and the database get owners of their own. */
  readonly adminDatabaseUrl: string | undefined;
  /** Undefined: there is no Temporal to prepare. */
  readonly temporal: Config['temporal'] | undefined;
}

/** @throws ConfigError */
export function loadMigrationConfig(env: Env = process.env): MigrationConfig {
  const settings = new Settings('migrate', env);
  return {
    databaseUrl: read.readDatabaseUrl(settings),
    adminDatabaseUrl: read.readMigrationUrl(settings),
    temporal: givenTemporal(settings),
  };
}

const givenTemporal = (settings: Settings): Config['temporal'] | undefined =>
  settings.text('TEMPORAL_ADDRESS') === undefined ? undefined : read.readTemporal(settings);

export interface CliConfig {
  /** State folder of what runs on this machine: it says where the API is when no address is given. */
  readonly home: string;
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** Run by npm or npx: see PlatformConfig. */
  readonly underNpm: boolean;
}

/** @throws ConfigError */
export function loadCliConfig(env: Env = process.env): CliConfig {
  const settings = new Settings('cli', env);
  const fromFile = settings.file('TENURE_TOKEN_FILE')?.toString('utf8').trim();
  return {
    home: read.readHome(settings),
    url: settings.url('TENURE_URL', read.WEB),
    token: settings.text('TENURE_TOKEN') ?? fromFile,
    underNpm: settings.text('npm_lifecycle_event') !== undefined,
  };
}

/** The product of this process, told by an option, which goes before the variable. */
export function chooseProduct(path: string): void {
  process.env['TENURE_PRODUCT'] = path;
}

export const loadEngineConfig = (env: Env = process.env): EngineConfig => readEngines(new Settings('start', env));

/** The settings for `npm start`: which parts are the real ones, and which ports to try first. */
export interface PlatformConfig extends Pick<Config, 'issuer' | 'hooks'> {
  readonly home: string;
  /** Each has an API of its own. */
  readonly products: readonly Config['product'][];
  /** Set when this Postgres replaces the embedded one. */
  readonly databaseUrl: string | undefined;
  /** A superuser of that Postgres, for migrations alone. */
  readonly adminDatabaseUrl: string | undefined;
  /** Set when this server replaces the embedded one. */
  readonly temporal: Config['temporal'] | undefined;
  readonly namespace: string;
  readonly externalStripe: boolean;
  /** Stripe's OpenAPI document: with it the emulator checks every request and reply (`STRIPE_OPENAPI`). */
  readonly stripeOpenapi: string | undefined;
  readonly externalMail: boolean;
  readonly ports: Readonly<Record<PlatformPort, number>>;
  /** Run as an npm script: the shell between npm and us dies of npm's SIGTERM and does not pass it on. */
  readonly underNpm: boolean;
  /** The original environment: each part gets only what it uses. */
  readonly environment: Env;
}

/** The same for what runs already, which was told its products by its own options. */
export const loadRunningConfig = (products: readonly string[]): PlatformConfig =>
  loadPlatformConfig({}, { TENURE_PRODUCT: products.join(), ...process.env });

/** @throws ConfigError naming the variable that is wrong, or the one that is missing beside another. */
export function loadPlatformConfig(given: Env = {}, env: Env = { ...process.env, ...given }): PlatformConfig {
  const settings = new Settings('start', env);
  // A part that refuses them would be restarted again and again.
  read.readMailEvents(settings);
  const realMail = settings.text('AWS_REGION') !== undefined && settings.text('SES_SENDER_EMAIL') !== undefined;
  const ports = Object.entries(PLATFORM_PORTS).map(([part, [name, fallback]]) => [part, settings.port(name, fallback)]);
  return {
    home: read.readHome(settings),
    products: readSources(settings),
    issuer: readIssuer(settings),
    hooks: readHooks(settings),
    databaseUrl: settings.text('DATABASE_URL') === undefined ? undefined : read.readDatabaseUrl(settings),
    adminDatabaseUrl: read.readMigrationUrl(settings),
    temporal: givenTemporal(settings),
    namespace: settings.text('TEMPORAL_NAMESPACE') ?? 'tenure',
    externalStripe: hasRealStripe(settings),
    stripeOpenapi: settings.text('STRIPE_OPENAPI'),
    externalMail: realMail || settings.url('SES_ENDPOINT', read.WEB) !== undefined,
    ports: Object.fromEntries(ports) as Record<PlatformPort, number>,
    underNpm: settings.text('npm_lifecycle_event') !== undefined,
    environment: env,
  };
}
