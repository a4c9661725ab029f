import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadApiConfig, loadLifecycleConfig, loadProvisioningConfig } from '../../infra/config.ts';
import type { Env } from '../../infra/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-refusals-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
/** Every setting that has to be set, for every process. */
const GOOD = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  STAFF_TOKEN: 'token-of-the-staff',
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
  SES_SENDER_EMAIL: 'Tenure <hello@example.com>',
  JWT_PRIVATE_KEY: file('private.pem', privateKey),
  JWT_PUBLIC_KEY: file('public.pem', publicKey),
  PULUMI_CONFIG_PASSPHRASE: 'secret',
  GATEWAY_CONTROL_TOKEN: 'token',
};
const LOADERS = {
  api: loadApiConfig,
  'lifecycle-worker': loadLifecycleConfig,
  'provisioning-worker': loadProvisioningConfig,
} as const;

const ALL = ['api', 'lifecycle-worker', 'provisioning-worker'] as const;
const WORKERS = ['lifecycle-worker', 'provisioning-worker'] as const;
const MAILERS = ['api', 'lifecycle-worker'] as const;
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:mails';
const LIVE = { STRIPE_MODE: 'live', STRIPE_SECRET_KEY: 'sk_live_1' };
const LIVE_IN_CLEAR = { ...LIVE, STRIPE_API_BASE: 'http://stripe.example.com' };
const WRONG: readonly [string, readonly (keyof typeof LOADERS)[], Env][] = [
  ['BASE_DOMAIN', ['api', 'provisioning-worker'], { BASE_DOMAIN: 'https://example.com' }],
  ['PULUMI_BACKEND_URL', ['provisioning-worker'], { PULUMI_BACKEND_URL: 'nonsense' }],
  ['PULUMI_BACKEND_URL', ['provisioning-worker'], { PULUMI_BACKEND_URL: 'file:///stacks #1' }],
  ['TENURE_HOME', ['provisioning-worker'], { TENURE_HOME: '/state:1' }],
  ['SES_SENDER_EMAIL', ['lifecycle-worker'], { SES_SENDER_EMAIL: 'not-an-address' }],
  ['SES_CONFIGURATION_SET', MAILERS, { SES_CONFIGURATION_SET: 'events' }],
  ['SES_CONFIGURATION_SET', MAILERS, { SES_EVENTS_TOPIC_ARN: TOPIC }],
  ['SES_CONFIGURATION_SET', MAILERS, { SES_CONFIGURATION_SET: 'no name', SES_EVENTS_TOPIC_ARN: TOPIC }],
  ['SES_EVENTS_TOPIC_ARN', MAILERS, { SES_CONFIGURATION_SET: 'events', SES_EVENTS_TOPIC_ARN: `${TOPIC}:sub` }],
  ['LOG_LEVEL', ALL, { LOG_LEVEL: 'loud' }],
  ['JWT_PRIVATE_KEY', ['api', 'lifecycle-worker'], { JWT_PRIVATE_KEY: join(folder, 'none.pem') }],
  ['JWT_PRIVATE_KEY', ['api', 'lifecycle-worker'], { JWT_PRIVATE_KEY: file('no-key.pem', 'no key') }],
  ['JWT_PUBLIC_KEY', ['provisioning-worker'], { JWT_PUBLIC_KEY: file('no-key.pem', 'no key') }],
  ['STRIPE_MODE', ['api', 'lifecycle-worker'], { STRIPE_MODE: 'production' }],
  ['STRIPE_MODE', ['lifecycle-worker'], { STRIPE_MODE: 'live' }],
  ['STRIPE_MODE', ['lifecycle-worker'], { STRIPE_SECRET_KEY: 'sk_live_1' }],
  ['TRUST_PROXY', ['api'], { TRUST_PROXY: '10.0.0.0/8, proxy.example.com' }],
  ['TRUST_PROXY', ['api'], { TRUST_PROXY: '0.0.0.0/0' }],
  ['TRUST_PROXY', ['api'], { TRUST_PROXY: '10.0.0.0/8, ::/0' }],
  ['TRUST_PROXY', ['api'], { HOST: '0.0.0.0', PUBLIC_URL: 'https://example.com' }],
  ['TRUST_PROXY', ['api'], { NODE_ENV: 'production', PUBLIC_URL: 'https://example.com' }],
  ['PUBLIC_URL', ['api'], { HOST: '0.0.0.0', PUBLIC_URL: 'http://example.com', TRUST_PROXY: 'none' }],
  ['PUBLIC_URL', ALL, { NODE_ENV: 'production', TRUST_PROXY: 'none' }],
  ['PUBLIC_URL', ALL, { PUBLIC_URL: 'https://user:secret@example.com' }],
  ['PUBLIC_URL', ALL, { PUBLIC_URL: 'https://example.com/?from=mail' }],
  ['STAFF_TOKEN', ['api'], { STAFF_TOKEN: 'three words of staff' }],
  ['STAFF_TOKEN', ['api'], { STAFF_TOKEN: 'fifteen-letters' }],
  ['SUPPORT_TOKEN', ['api'], { SUPPORT_TOKEN: 'the-pässword-of-support' }],
  ['STRIPE_API_BASE', ['api', 'lifecycle-worker'], LIVE_IN_CLEAR],
  ['TENURE_PRODUCT', ALL, { TENURE_PRODUCT: 'unheard-of' }],
  ['TENURE_PRODUCT', ['api'], { TENURE_PRODUCT: 'tenure,iotistic' }],
  ['PUBLIC_URL', WORKERS, { TENURE_PRODUCT: 'tenure,iotistic', PUBLIC_URL: 'https://example.com' }],
  ['TEMPORAL_ADDRESS', ALL, { TEMPORAL_ADDRESS: 'https://temporal.example.com' }],
  ['TEMPORAL_TLS_CA', ALL, { TEMPORAL_TLS_CA: join(folder, 'none.pem') }],
  ['TEMPORAL_TLS_CA', ALL, { TEMPORAL_TLS_CA: file('no-key.pem', 'no key') }],
  ['TEMPORAL_TLS_CERT', ALL, { TEMPORAL_TLS_CERT: GOOD.JWT_PUBLIC_KEY }],
  ['TEMPORAL_TLS', ALL, { TEMPORAL_TLS: 'false', TEMPORAL_TLS_CA: GOOD.JWT_PUBLIC_KEY }],
  ['TEMPORAL_TLS', ALL, { TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'key' }],
  ['DATABASE_POOL_SIZE', ALL, { DATABASE_POOL_SIZE: '2.5' }],
];
const CASES = WRONG.flatMap(([name, processes, change]) => processes.map((part) => ({ part, name, change })));

test.each(CASES)('$part refuses $name in one sentence: $change', ({ part, name, change }) => {
  const load = (): unknown => LOADERS[part]({ ...GOOD, ...change });
  expect(load).toThrow(new RegExp(`^${name}\\b[^\\n]+\\.$`));
  expect(load).toThrow(expect.objectContaining({ name: 'ConfigError' }) as Error);
});

test('right settings are taken, also the ones of a real deployment', () => {
  const outside = { NODE_ENV: 'production', HOST: '0.0.0.0', PUBLIC_URL: 'https://example.com/' };
  for (const load of Object.values(LOADERS)) expect(() => load(GOOD)).not.toThrow();
  const config = loadApiConfig({ ...GOOD, ...outside, TRUST_PROXY: '10.0.0.0/8, ::1', BASE_DOMAIN: 'a.example.com' });
  expect(config.api).toMatchObject({ trustProxy: ['10.0.0.0/8', '::1'], publicUrl: 'https://example.com' });
  expect(loadApiConfig({ ...GOOD, ...outside, TRUST_PROXY: 'none' }).api.trustProxy).toEqual([]);
  const events = { SES_CONFIGURATION_SET: 'events', SES_EVENTS_TOPIC_ARN: TOPIC };
  expect(loadApiConfig({ ...GOOD, ...events }).mailEvents).toEqual({ configurationSet: 'events', topicArn: TOPIC });
});

const PROGRAMS = {
  'api/server.ts': 'TEMPORAL_ADDRESS',
  'workers/lifecycle-worker.ts': 'TEMPORAL_ADDRESS',
  'workers/provisioning-worker.ts': 'TEMPORAL_ADDRESS',
  'infra/deploy/migrate.ts': 'TEMPORAL_ADDRESS',
  'infra/tenant-stacks/local/gateway/main.ts': '--home',
};
test.each(Object.entries(PROGRAMS))('%s ends with exactly one sentence on stderr', (script, named) => {
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const env = { PATH: dirname(process.execPath), ...GOOD, TEMPORAL_ADDRESS: 'https://wrong' };
  const { status, stderr, stdout } = spawnSync(process.execPath, [path], { env, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^[^\\n]*${named}[^\\n]*\\.\\n$`));
});

test('S2-3 S2-8: the trial, the key of Stripe and the user pool of the identities come from variables by their names', () => {
  const { STRIPE_SECRET_KEY: key, ...others } = GOOD;
  const pool = { COGNITO_USER_POOL_ID: 'eu-west-1_a1B2c3D4e', COGNITO_CLIENT_ID: 'web, ios', AWS_REGION: 'us-east-1' };
  const env = { ...others, ...pool, STRIPE_API_KEY: key, TRIAL_DAYS: '14' };
  expect(loadApiConfig(env)).toMatchObject({
    terms: { trialDays: 14 },
    issuer: {
      issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e',
      ...{ audiences: ['web', 'ios'], isCognito: true },
    },
  });
  expect(loadLifecycleConfig(env)).toMatchObject({
    userPool: { id: 'eu-west-1_a1B2c3D4e', region: 'eu-west-1' },
    ...{ stripe: { secretKey: key }, mail: { region: 'us-east-1' } },
  });
  const other = { OIDC_ISSUER: 'https://login.example/realms/x/', OIDC_AUDIENCE: 'app' };
  expect(loadApiConfig({ ...GOOD, ...other }).issuer).toEqual({
    ...{ issuer: 'https://login.example/realms/x/', audiences: ['app'], isCognito: false },
  });
});
