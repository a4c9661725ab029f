import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { isUsedBy, type ProcessName } from '../../../infra/config/table.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly command?: readonly string[];
  readonly healthcheck?: object;
  readonly cap_drop?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly env_file?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
}
interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
}

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as ComposeFile;

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec/compose-spec.json')) as object);

const baseImages = [...read('Dockerfile').matchAll(/^FROM (\S+:\S+)/gm)].map(([, image = '']) => image);
const ours = Object.entries(compose.services).filter(([, { build }]) => build);

test('docker-compose.yml keeps to the Compose Specification', () => {
  validate(compose);
  expect(validate.errors).toBeNull();
});

test('the schema would notice a mistake', () => {
  const wrong = structuredClone(compose) as unknown as { services: Record<string, Record<string, unknown>> };
  wrong.services['api'] = { ...wrong.services['api'], helthcheck: {}, ports: 'all' };
  expect(validate(wrong)).toBe(false);
});

test('API and workers stand apart, beside Postgres, Temporal and its UI', () => {
  expect(Object.keys(compose.services).sort()).toEqual(
    [
      'api',
      'gateway',
      'lifecycle-worker',
      'migrate',
      'postgres',
      'provisioning-worker',
      'temporal',
      'temporal-ui',
    ].sort(),
  );
});

test('the Temporal server and the pulumi image are the pinned versions', () => {
  expect(compose.services['temporal']?.image).toBe('temporalio/auto-setup:1.29.1');
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  expect(read('Dockerfile')).toContain(`pulumi/pulumi-base:${dependencies['@pulumi/pulumi'] ?? ''} `);
});

test.each(ours)('%s runs a program that is there, hardened, as a user without rights', (_name, service) => {
  const script = service.command?.find((word) => word.endsWith('.ts')) ?? '';
  expect(existsSync(new URL(`../../../${script}`, import.meta.url))).toBe(true);
  expect(service.cap_drop).toEqual(['ALL']);
  expect(read('Dockerfile')).toMatch(/^USER 10001:10001$/m);
});

test('no password has a default, and each variable asked for is in env.example', () => {
  const asked = [...text.matchAll(/\$\{(\w+)(.*?)\}/g)];
  expect(asked.length).toBeGreaterThan(0);
  const example = read('infra/deploy/env.example');
  for (const [, name = '', fallback = ''] of asked) {
    // Required, or empty: no secret has a default that others know.
    expect(fallback).toMatch(/^:(\?|-$)/);
    expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
  }
});

test.each(ours)('%s is given the settings it uses, by name, and no others', (name, { environment = {}, env_file }) => {
  expect(env_file).toBeUndefined();
  expect(Object.keys(environment).filter((setting) => !isUsedBy(setting, name as ProcessName))).toEqual([]);
});

test('besides Postgres only the provisioning worker and the job that migrates know the superuser, and only processes that sign licences have their key', () => {
  const knowing = (secret: string) =>
    Object.entries(compose.services)
      .filter(([, service]) => JSON.stringify(service).includes(secret))
      .map(([name]) => name);
  expect(knowing('${POSTGRES_PASSWORD')).toEqual(['postgres', 'migrate', 'provisioning-worker']);
  expect(knowing('${TEMPORAL_DB_PASSWORD')).toEqual(['postgres', 'temporal']);
  expect(knowing('licence_private_key')).toEqual(['api', 'lifecycle-worker']);
  expect(compose.services['gateway']?.environment).toBeUndefined();
});

test('what runs the code of tenants reaches their databases and the provisioning worker, and nothing else of ours', () => {
  const networksOf = (name: string): readonly string[] => compose.services[name]?.networks ?? ['default'];
  const reached = Object.keys(compose.services).filter(
    (name) => name !== 'gateway' && networksOf(name).some((network) => networksOf('gateway').includes(network)),
  );
  expect(reached).toEqual(['postgres', 'provisioning-worker']);
});

test('ports are open to this machine only, images have exact versions, and every process is asked for its health', () => {
  const services = Object.entries(compose.services);
  for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  const foreign = [...services.flatMap(([, { build, image = '' }]) => (build ? [] : [image])), ...baseImages];
  for (const image of foreign) expect(image).toMatch(/:\d+\.\d+/);
  const asked = ours.filter(([, { healthcheck, stop_grace_period: grace }]) => healthcheck && grace);
  expect(asked.map(([name]) => name)).toEqual(['api', 'lifecycle-worker', 'provisioning-worker', 'gateway']);
});
