/** The processes that read settings. `start` is the supervisor behind `npm start`, `cli` the command line of support. */
export type ProcessName = 'api' | 'lifecycle-worker' | 'provisioning-worker' | 'gateway' | 'migrate' | 'start' | 'cli';

const [api, lifecycle, provisioning] = ['api', 'lifecycle-worker', 'provisioning-worker'] as const;
const SERVICES = [api, lifecycle, provisioning] as const;
/** The processes that use Postgres or Temporal as Tenure. */
const USERS = [...SERVICES, 'migrate'] as const;
const STRIPE = [lifecycle, 'start'] as const;
const MAIL = [lifecycle, 'start'] as const;
const TERMS = [api] as const;

/**
 * Every setting, and the processes that use it: no other process is given it by `npm start` or by docker-compose.yml,
 * and none can read it. The README's table says what each one means.
 */
export const SETTINGS = {
  TENURE_HOME: [provisioning, 'start', 'cli'],
  TENURE_URL: ['cli'],
  TENURE_TOKEN: ['cli'],
  TENURE_TOKEN_FILE: ['cli'],
  TENURE_CACHE: [lifecycle, provisioning, 'start'],
  TEMPORAL_CLI_PATH: ['start'],
  PULUMI_CLI_PATH: [provisioning, 'start'],
  TENURE_PRODUCT: [...SERVICES, 'start'],
  NODE_ENV: SERVICES,
  LOG_LEVEL: SERVICES,
  CACHED_WORKFLOWS: [lifecycle],
  LIFECYCLE_SLOTS: [lifecycle],
  PROVISIONING_SLOTS: [provisioning],
  WORKFLOW_POLLERS: [lifecycle],
  ACTIVITY_POLLERS: [lifecycle, provisioning],
  KEEP_STRIPE_EVENTS_DAYS: [lifecycle],
  KEEP_STEP_ATTEMPTS_DAYS: [lifecycle],
  KEEP_MAILS_DAYS: [lifecycle],
  KEEP_ALERTS_DAYS: [lifecycle],
  KEEP_OUTAGES_DAYS: [lifecycle],
  KEEP_HOST_NAMES_DAYS: [lifecycle],
  WORKER_HEALTH_HOST: [lifecycle, provisioning],
  WORKER_HEALTH_PORT: [lifecycle, provisioning],
  ALLOWED_ORIGINS: [api],
  APP_URL: [api],
  METRICS_HOST: [api],
  METRICS_PORT: [api],
  HOST: [api],
  PORT: [api, 'start'],
  ONBOARDING_SERVICE_PORT: [api, 'start'],
  PUBLIC_URL: SERVICES,
  PORTAL_URL: SERVICES,
  TRUST_PROXY: [api],
  STAFF_TOKEN: [api],
  SUPPORT_TOKEN: [api],
  COGNITO_USER_POOL_ID: [api, lifecycle, 'start'],
  COGNITO_CLIENT_ID: [api, 'start'],
  OIDC_ISSUER: [api, 'start'],
  OIDC_AUDIENCE: [api, 'start'],
  HOOK_SECRET: [api, 'start'],
  HOOK_ADDRESSES: [api, 'start'],
  SIGNUP_ENABLED: [api],
  SIGNUPS_PER_HOUR: [api],
  DATABASE_URL: [...USERS, 'start'],
  DATABASE_ADMIN_URL: ['migrate', 'start'],
  DATABASE_POOL_SIZE: SERVICES,
  DATABASE_CONNECT_MS: SERVICES,
  DATABASE_STATEMENT_MS: SERVICES,
  TEMPORAL_ADDRESS: [...USERS, 'start'],
  TEMPORAL_NAMESPACE: [...USERS, 'start'],
  TEMPORAL_TLS: [...USERS, 'start'],
  TEMPORAL_TLS_CA: [...USERS, 'start'],
  TEMPORAL_TLS_CERT: [...USERS, 'start'],
  TEMPORAL_TLS_KEY: [...USERS, 'start'],
  TEMPORAL_TLS_SERVER_NAME: [...USERS, 'start'],
  TEMPORAL_API_KEY: [...USERS, 'start'],
  TEMPORAL_RECONNECT_MS: [...USERS, 'start'],
  TEMPORAL_UI_URL: [api],
  STRIPE_SECRET_KEY: STRIPE,
  STRIPE_API_KEY: STRIPE,
  STRIPE_PILOT_COUPON: STRIPE,
  STRIPE_MODE: [api, lifecycle],
  STRIPE_API_BASE: [api, lifecycle],
  STRIPE_TEST_CLOCKS: [api, lifecycle],
  STRIPE_WEBHOOK_SECRET: [api, 'start'],
  STRIPE_OPENAPI: ['start'],
  AWS_REGION: [...MAIL, provisioning],
  SES_SENDER_EMAIL: MAIL,
  SES_ENDPOINT: MAIL,
  SUPPORT_EMAIL: MAIL,
  SES_CONFIGURATION_SET: [api, ...MAIL],
  SES_EVENTS_TOPIC_ARN: [api, ...MAIL],
  JWT_PRIVATE_KEY: [api, lifecycle],
  JWT_PUBLIC_KEY: SERVICES,
  PULUMI_BACKEND_URL: [provisioning],
  PULUMI_CONFIG_PASSPHRASE: [provisioning],
  TENANT_BACKUP_MAX_MB: [provisioning],
  TENANT_DATABASE_URL: [provisioning],
  TENANTS_HOME: [provisioning],
  BASE_DOMAIN: [api, provisioning],
  TENANT_SCHEME: [api, provisioning],
  TENANT_GATEWAY_PORT: [api, provisioning, 'start'],
  GATEWAY_CONTROL_PORT: ['start'],
  GATEWAY_CONTROL_URL: [provisioning],
  GATEWAY_CONTROL_TOKEN: [provisioning],
  INSTANCE_HEALTH_MS: [provisioning],
  AWS_LANDING_ZONE_PARENT: [provisioning],
  AWS_LANDING_ZONE_EMAIL: [provisioning],
  AWS_LANDING_ZONE_PLUGIN: [provisioning],
  AWS_IDENTITY_CENTER_ARN: [provisioning],
  AWS_IDENTITY_STORE_ID: [provisioning],
  TENANT_TARGET: TERMS,
  TRIAL_DAYS: TERMS,
  TRIAL_DEFAULT_DAYS: TERMS,
  MAX_TRIAL_EXTENSIONS: TERMS,
  RETRY_INITIAL_MS: TERMS,
  TEMPORAL_PORT: ['start'],
  TEMPORAL_UI_PORT: ['start'],
  TEMPORAL_UI_SERVER_PORT: ['start'],
  POSTGRES_PORT: ['start'],
  STRIPE_EMULATOR_PORT: ['start'],
  MAIL_PORT: ['start'],
  IDENTITIES_PORT: ['start'],
  LIFECYCLE_WORKER_PORT: ['start'],
  PROVISIONING_WORKER_PORT: ['start'],
  npm_lifecycle_event: ['start', 'cli'],
  PATH: [provisioning, 'start'],
  HTTPS_PROXY: [provisioning, 'start'],
  https_proxy: [provisioning, 'start'],
  ALL_PROXY: [provisioning, 'start'],
} as const satisfies Readonly<Record<string, readonly ProcessName[]>>;

export type SettingName = keyof typeof SETTINGS;

/** The prefix of a product's own settings. */
export const PRODUCT_PREFIX = 'PRODUCT_';

/** The prefix of what the AWS SDK reads its credentials from. */
export const AWS_PREFIX = 'AWS_';

/** The prefix of what names the price of a plan by its id in Stripe. */
export const PRICE_PREFIX = 'STRIPE_PRICE_';

export type Prefix = typeof PRODUCT_PREFIX | typeof AWS_PREFIX | typeof PRICE_PREFIX;

/** Variables that are not ours, or that are named after a plan. */
const FOREIGN: Readonly<Record<string, readonly ProcessName[]>> = {
  [AWS_PREFIX]: [...MAIL, provisioning],
  [PRICE_PREFIX]: STRIPE,
  [PRODUCT_PREFIX]: [api, lifecycle, provisioning, 'start'],
};

const usersOf = (name: string): readonly ProcessName[] =>
  name in SETTINGS
    ? SETTINGS[name as SettingName]
    : (Object.entries(FOREIGN).find(([prefix]) => name.startsWith(prefix))?.[1] ?? []);

/** Whether that process reads the variable. */
export const isUsedBy = (name: string, process: ProcessName): boolean => usersOf(name).includes(process);

/** What any program needs to run at all: its paths, its language and clock, how it reaches the network, Node's own. */
const SYSTEM =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TMP|TEMP|SystemRoot|APPDATA|LOCALAPPDATA|NODE_\w+|SSL_CERT_(FILE|DIR)|(https?|all|no)_proxy)$/i;

export const isOfTheSystem = (name: string): boolean => SYSTEM.test(name);
