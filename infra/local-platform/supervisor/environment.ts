import { modeOfKey } from '../../config/forms.ts';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadEngineConfig } from '../../config.ts';
import { isOfTheSystem, isUsedBy, type ProcessName } from '../../config/table.ts';
import type { EnginePaths } from '../engines/find.ts';
import type { Env } from '../../settings.ts';
import { APP, EMBEDDED_POOL } from '../identities/app.ts';
import { DATABASE, local, loopback, type Api, type Settled } from './arrangement.ts';
import { MARK } from './leftovers.ts';

/** Programs load a third faster when Node keeps what it compiled. */
const compileCache = (): Env => ({ NODE_COMPILE_CACHE: join(loadEngineConfig().cache, 'compiled') });

const select = (environment: Env, isWanted: (name: string) => boolean): Env =>
  Object.fromEntries(Object.entries(environment).filter(([name, value]) => value !== undefined && isWanted(name)));

/** What any program needs to run at all. Parts that must not know our settings get only this. */
export const bareEnvironment = ({ config, home }: Settled): Env => ({
  ...select(config.environment, isOfTheSystem),
  ...compileCache(),
  [MARK]: home,
});

const postgresUrl = ({ ports }: Settled, role: string, password: string, database: string): string =>
  `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${String(ports.postgres)}/${database}`;

function database(arrangement: Settled): Env {
  if (arrangement.config.databaseUrl !== undefined) return {};
  return { DATABASE_URL: postgresUrl(arrangement, DATABASE, arrangement.secrets.databasePassword, DATABASE) };
}

/** The superuser's URL: it creates the tenants' databases and roles. */
function tenantDatabase(arrangement: Settled): Env {
  if (arrangement.config.databaseUrl !== undefined) return {};
  return {
    TENANT_DATABASE_URL: postgresUrl(arrangement, 'postgres', arrangement.secrets.postgresPassword, 'postgres'),
  };
}

function temporal({ config, ports }: Settled): Env {
  if (config.temporal) return {};
  return {
    TEMPORAL_ADDRESS: `127.0.0.1:${String(ports.temporal)}`,
    TEMPORAL_NAMESPACE: config.namespace,
    TEMPORAL_TLS: 'false',
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_UI_URL: local(ports.temporalUi),
  };
}

function stripe({ config, ports, secrets }: Settled): Env {
  if (config.externalStripe) {
    const { STRIPE_SECRET_KEY: key, STRIPE_API_KEY: other } = config.environment;
    return { STRIPE_MODE: modeOfKey(key ?? other ?? '') };
  }
  return {
    STRIPE_MODE: 'test',
    STRIPE_SECRET_KEY: secrets.stripeSecretKey,
    STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
    STRIPE_API_BASE: loopback(ports.stripe),
    STRIPE_TEST_CLOCKS: 'true',
  };
}

function mail({ config, ports }: Settled): Env {
  if (config.externalMail) return {};
  const given = config.environment;
  return {
    SES_ENDPOINT: loopback(ports.mail),
    AWS_REGION: given['AWS_REGION'] ?? 'us-east-1',
    SES_SENDER_EMAIL: given['SES_SENDER_EMAIL'] ?? 'hello@tenure.example',
    SUPPORT_EMAIL: given['SUPPORT_EMAIL'] ?? 'support@tenure.example',
    ...localCredentials(given),
  };
}

/** The inbox asks for a signature and checks none; real credentials have no business there, unless a real pool needs them. */
function localCredentials({ COGNITO_USER_POOL_ID: pool = '' }: Env): Env {
  if (pool.trim() !== '') return {};
  return {
    ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    ...{ AWS_SESSION_TOKEN: undefined, AWS_PROFILE: undefined },
  };
}

/** Products whose customers have their identities elsewhere have them at the embedded issuer, unless told of another. */
function identities({ config, ports }: Settled): Env {
  return config.issuer ? {} : { OIDC_ISSUER: local(ports.identities), OIDC_AUDIENCE: APP };
}

/** It forgets whom the worker deletes, by the call that deletes somebody in Cognito. */
function userPool({ config, ports }: Settled): Env {
  if (config.issuer) return {};
  return {
    COGNITO_USER_POOL_ID: EMBEDDED_POOL,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: loopback(ports.identities),
  };
}

/** Settings that were given take precedence; these fill the gaps. */
function defaults({ config, home, ports, apis, secrets, keys }: Settled): Env {
  return {
    HOST: '127.0.0.1',
    // What a product's own target needs is not on every machine; this one is.
    TENANT_TARGET: 'local',
    PUBLIC_URL: config.environment['PORTAL_URL'] ?? apis.map(({ port }) => local(port)).join(),
    STAFF_TOKEN: secrets.staffToken,
    HOOK_SECRET: secrets.hookSecret,
    SIGNUPS_PER_HOUR: '1000',
    JWT_PRIVATE_KEY: keys.privateKey,
    JWT_PUBLIC_KEY: keys.publicKey,
    PULUMI_CONFIG_PASSPHRASE: secrets.pulumiPassphrase,
    PULUMI_BACKEND_URL: pathToFileURL(join(home, 'pulumi')).href,
    BASE_DOMAIN: `localhost:${String(ports.gateway)}`,
  };
}

const isSet = ([, value]: [string, string | undefined]): boolean => value !== undefined && value.trim() !== '';

/** All settings: those given to `npm start`, completed with the addresses of the embedded parts. */
function allSettings(arrangement: Settled, engines: EnginePaths): Env {
  const { config, home, ports, secrets } = arrangement;
  const given = Object.fromEntries(Object.entries(config.environment).filter(isSet));
  return {
    ...defaults(arrangement),
    ...given,
    ...database(arrangement),
    ...temporal(arrangement),
    ...stripe(arrangement),
    ...identities(arrangement),
    ...tenantDatabase(arrangement),
    TENURE_HOME: home,
    TENURE_PRODUCT: config.products.map(({ source }) => source).join(),
    TENANTS_HOME: join(home, 'tenants'),
    TENANT_GATEWAY_PORT: String(ports.gateway),
    GATEWAY_CONTROL_URL: loopback(ports.gatewayControl),
    GATEWAY_CONTROL_TOKEN: secrets.gatewayToken,
    TEMPORAL_CLI_PATH: engines.temporal,
    PULUMI_CLI_PATH: engines.pulumi,
    // Two workers on one machine cannot share a port: each is given its own.
    WORKER_HEALTH_HOST: '127.0.0.1',
    WORKER_HEALTH_PORT: undefined,
  };
}

/** Where a worker shows its counters. Whether it works is asked of Temporal. */
const counts = (port: number): Env => ({ WORKER_HEALTH_PORT: String(port) });

/** What differs from one API to the next. */
function ofApi({ apis }: Settled, all: Env, api: Api): Env {
  const own = (name: string): string | undefined => all[name]?.split(',')[apis.indexOf(api)]?.trim();
  return {
    ...{ TENURE_PRODUCT: api.product.source, PORT: String(api.port) },
    ...{ PUBLIC_URL: own('PUBLIC_URL'), APP_URL: own('APP_URL') },
  };
}

/** The environment of a process: what any program needs, and only those settings that it uses. */
export type EnvironmentOf = (process: ProcessName | Api) => Env;

export function environments(arrangement: Settled, engines: EnginePaths): EnvironmentOf {
  const [bare, all] = [bareEnvironment(arrangement), allSettings(arrangement, engines)];
  const { lifecycleWorker } = arrangement.ports;
  // Another process than the one that sends mail may need real credentials of AWS.
  const ofLifecycle = { ...all, ...mail(arrangement), ...userPool(arrangement), ...counts(lifecycleWorker) };
  const used = (settings: Env, by: ProcessName): Env => ({
    ...bare,
    ...select(settings, (name) => isUsedBy(name, by)),
  });
  return (process) => {
    const api = typeof process === 'object' ? process : process === 'api' ? arrangement.apis[0] : undefined;
    if (api) return used({ ...all, ...ofApi(arrangement, all, api) }, 'api');
    if (process === 'lifecycle-worker') return used(ofLifecycle, process);
    return used({ ...all, ...counts(arrangement.ports.provisioningWorker) }, process as ProcessName);
  };
}
