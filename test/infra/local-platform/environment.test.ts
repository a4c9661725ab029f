import { EMBEDDED_POOL } from '../../../infra/local-platform/identities/app.ts';
import { SETTINGS, type ProcessName } from '../../../infra/config/table.ts';
import { loadPlatformConfig } from '../../../infra/config.ts';
import type { Arrangement } from '../../../infra/local-platform/supervisor/arrangement.ts';
import { bareEnvironment, environments } from '../../../infra/local-platform/supervisor/environment.ts';

/** The settings with which a holder can do harm, and the parts that need each. */
const SECRETS: Readonly<Record<string, readonly ProcessName[]>> = {
  DATABASE_URL: ['api', 'lifecycle-worker', 'provisioning-worker'],
  TENANT_DATABASE_URL: ['provisioning-worker'],
  STAFF_TOKEN: ['api'],
  SUPPORT_TOKEN: ['api'],
  STRIPE_SECRET_KEY: ['lifecycle-worker'],
  STRIPE_API_KEY: ['lifecycle-worker'],
  STRIPE_WEBHOOK_SECRET: ['api'],
  HOOK_SECRET: ['api'],
  AWS_ACCESS_KEY_ID: ['lifecycle-worker'],
  AWS_SECRET_ACCESS_KEY: ['lifecycle-worker'],
  JWT_PRIVATE_KEY: ['api', 'lifecycle-worker'],
  PULUMI_CONFIG_PASSPHRASE: ['provisioning-worker'],
  GATEWAY_CONTROL_TOKEN: ['provisioning-worker'],
  // A product's own setting: its steps run in the workers.
  PRODUCT_KEY: ['api', 'lifecycle-worker', 'provisioning-worker'],
};

const given = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, `given-${name}`]));
const arrangement = {
  config: {
    ...loadPlatformConfig({}, {}),
    environment: {
      ...given,
      SUPPORT_TOKEN: 'x',
      COGNITO_USER_POOL_ID: '',
      PRODUCT_KEY: 'z',
      SECRET_OF_ANOTHER_PROGRAM: 'y',
      LC_ALL: 'C',
      NODE_OPTIONS: '--a',
    },
  },
  home: '/state',
  ports: {
    api: 1,
    gateway: 2,
    gatewayControl: 3,
    temporal: 4,
    temporalUi: 5,
    postgres: 6,
    stripe: 7,
    mail: 8,
    temporalUiServer: 9,
    identities: 11,
    lifecycleWorker: 12,
    provisioningWorker: 13,
  },
  apis: [{ part: 'api', product: { source: 'tenure', settings: {} }, port: 1 }],
  secrets: {
    ...{ postgresPassword: 'super', databasePassword: 'plain', staffToken: 's', pulumiPassphrase: 'p' },
    ...{ gatewayToken: 'g', stripeSecretKey: 'sk_test_1', stripeWebhookSecret: 'whsec_1' },
  },
  keys: { privateKey: '/k', publicKey: '/p' },
} as unknown as Arrangement;
const environmentOf = environments(arrangement, { temporal: '/t', pulumi: '/u/bin/pulumi' });

test.each(['api', 'lifecycle-worker', 'provisioning-worker'] as const)('%s is given its own secrets only', (part) => {
  const environment = environmentOf(part);
  const own = Object.keys(SECRETS).filter((name) => SECRETS[name]?.includes(part));
  expect(Object.keys(SECRETS).filter((name) => name in environment)).toEqual(own);
  expect(environment).not.toHaveProperty('SECRET_OF_ANOTHER_PROGRAM');
  expect(environment).toMatchObject({ LC_ALL: 'C', NODE_OPTIONS: '--a', TENURE_SUPERVISED_BY: '/state' });
  expect(JSON.stringify(environment).includes('super')).toBe(part === 'provisioning-worker');
});

test('the parts beside Tenure are given no setting at all', () => {
  const system = new Set(['PATH', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_ENV']);
  const known = Object.keys(bareEnvironment(arrangement)).filter((name) => name in SETTINGS && !system.has(name));
  expect(known).toEqual([]);
});

test('real credentials are kept from the mail inbox, unless a real user pool needs them', () => {
  const own = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 'real', AWS_SESSION_TOKEN: 'session' };
  const worker = (more: object) => {
    const { config } = arrangement;
    const changed = { ...arrangement, config: { ...config, environment: { ...config.environment, ...own, ...more } } };
    return environments(changed, { temporal: '/t', pulumi: '/u/bin/pulumi' })('lifecycle-worker');
  };
  expect(worker({})).toMatchObject({ AWS_ACCESS_KEY_ID: 'local' });
  expect(worker({}).AWS_SESSION_TOKEN).toBeUndefined();
  expect(worker({ COGNITO_USER_POOL_ID: 'us-east-1_a1B2c3D4e' })).toMatchObject(own);
});

test('only the lifecycle worker is told of the embedded issuer as of a user pool, and only where no other is given', () => {
  const told = (of: ReturnType<typeof environments>, process: ProcessName) => {
    const { COGNITO_USER_POOL_ID: pool, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: at } = of(process);
    return [pool, at];
  };
  const clean = { ...arrangement, config: { ...arrangement.config, environment: {} } };
  const of = environments(clean, { temporal: '/t', pulumi: '/p/bin/pulumi' });
  expect(told(of, 'lifecycle-worker')).toEqual([EMBEDDED_POOL, 'http://127.0.0.1:11']);
  for (const other of ['api', 'provisioning-worker'] as const) expect(told(of, other)).toEqual([undefined, undefined]);
  const issuer = { issuer: 'https://issuer.example', audiences: ['x'], isCognito: false };
  const given = environments({ ...clean, config: { ...clean.config, issuer } }, { temporal: '/t', pulumi: '/p' });
  expect(told(given, 'lifecycle-worker')).toEqual([undefined, undefined]);
});

test('each worker shows its counters at a port of its own', () => {
  const port = (process: ProcessName) => environmentOf(process).WORKER_HEALTH_PORT;
  expect((['lifecycle-worker', 'provisioning-worker', 'api'] as const).map(port)).toEqual(['12', '13', undefined]);
});

test('of several products each has an API of its own, and the workers serve all of them', () => {
  const apis = ['securebase', '/own/product'].map((source, index) => ({
    ...{ part: `api-${String(index)}`, product: { source, settings: {} }, port: 10 + index },
  }));
  const products = apis.map(({ product }) => product);
  const several = { ...arrangement, apis, config: { ...arrangement.config, environment: {}, products } };
  const of = environments(several, { temporal: '/t', pulumi: '/p/bin/pulumi' });
  const told = (process: Parameters<typeof of>[0]) => {
    const { TENURE_PRODUCT, PUBLIC_URL, PORT } = of(process);
    return { TENURE_PRODUCT, PUBLIC_URL, PORT };
  };
  const [first, second] = ['http://localhost:10', 'http://localhost:11'];
  expect(apis.map(told)).toEqual([
    { TENURE_PRODUCT: 'securebase', PUBLIC_URL: first, PORT: '10' },
    { TENURE_PRODUCT: '/own/product', PUBLIC_URL: second, PORT: '11' },
  ]);
  const both = { TENURE_PRODUCT: 'securebase,/own/product', PUBLIC_URL: `${first},${second}`, PORT: undefined };
  expect([told('lifecycle-worker'), told('provisioning-worker')]).toEqual([both, both]);
});
