import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import pg from 'pg';
import { readStripeFacts } from '../../activities/billing/doctor.ts';
import { createStripeClient } from '../../activities/billing/stripe-client.ts';
import { loadEngineConfig, surveyServices } from '../../infra/config.ts';
import type { Finding } from '../../infra/doctor/finding.ts';
import { exitCodeOf } from '../../infra/doctor/report.ts';
import { startStripeEmulator } from '../../infra/stripe-emulator/server.ts';
import { findEngine } from '../../infra/local-platform/engines/find.ts';
import { lazyTemporal } from '../../infra/temporal/client.ts';
import { readTemporalFacts } from '../../infra/temporal/doctor.ts';
import { examineAll } from '../../workers/doctor/examine.ts';
import type { Here } from '../../workers/doctor/here.ts';
import { setUpStripe } from '../../workers/stripe/set-up.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract/customer.ts';
import { freePort, startPlatform, type TestPlatform } from '../support/embedded.ts';
import { eventually } from '../support/eventually.ts';
import { findStripeOpenapi } from '../support/stripe-openapi.ts';
import { tenure } from '../support/default-product.ts';

const secret = (): string => randomBytes(24).toString('hex');
const STRIPE_KEY = `sk_test_${secret()}`;
const PUBLIC_URL = 'https://tenure.example';
const TOPIC_ARN = 'arn:aws:sns:eu-central-1:123456789012:mails';

/**
 * Speaks SES's query protocol, as AWS documents it, for the requests we make. It hides whether Amazon's own answers
 * still look like this, its signatures, and its throttling.
 */
class Ses {
  identities: Record<string, string> = {};
  allowed = 200;
  enabled = false;
  published: readonly string[] = [];
  readonly asked = new Set<string>();
  private readonly server = createServer((request, response) => {
    void (async () => {
      const body = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
      const action = body.get('Action') ?? '';
      this.asked.add(action);
      const result = `<${action}Result>${this.answers[action]?.() ?? ''}</${action}Result>`;
      response.setHeader('content-type', 'text/xml');
      response.end(`<${action}Response xmlns="http://ses.amazonaws.com/doc/2010-12-01/">${result}</${action}Response>`);
    })();
  });
  private readonly answers: Readonly<Record<string, () => string>> = {
    GetSendQuota: () =>
      `<Max24HourSend>${String(this.allowed)}.0</Max24HourSend><SentLast24Hours>3.0</SentLast24Hours><MaxSendRate>1.0</MaxSendRate>`,
    DescribeConfigurationSet: () => {
      const types = this.published.map((type) => `<member>${type}</member>`).join('');
      const to = `<SNSDestination><TopicARN>${TOPIC_ARN}</TopicARN></SNSDestination>`;
      const destination = `<Enabled>true</Enabled><MatchingEventTypes>${types}</MatchingEventTypes>${to}`;
      return `<EventDestinations><member><Name>a</Name>${destination}</member></EventDestinations>`;
    },
    GetAccountSendingEnabled: () => `<Enabled>${String(this.enabled)}</Enabled>`,
    GetIdentityVerificationAttributes: () => {
      const entries = Object.entries(this.identities).map(
        ([name, status]) =>
          `<entry><key>${name}</key><value><VerificationStatus>${status}</VerificationStatus></value></entry>`,
      );
      return `<VerificationAttributes>${entries.join('')}</VerificationAttributes>`;
    },
  };

  async start(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const ses = new Ses();
let platform: TestPlatform;
let emulator: Awaited<ReturnType<typeof startStripeEmulator>>;
let folder: string;
let settings: Record<string, string>;

async function keys(): Promise<Record<string, string>> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = { JWT_PRIVATE_KEY: join(folder, 'private.pem'), JWT_PUBLIC_KEY: join(folder, 'public.pem') };
  await writeFile(files.JWT_PRIVATE_KEY, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(files.JWT_PUBLIC_KEY, publicKey.export({ type: 'spki', format: 'pem' }));
  return files;
}

const DATABASE = `empty_${randomBytes(6).toString('hex')}`;
/** With the settings that a person changes when the doctor says so. */
let mended: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-doctor-'));
  const [running, endpoint, pulumi] = await Promise.all([startPlatform(), ses.start(), findEngine('pulumi')]);
  platform = running;
  const own = new URL(running.database.url);
  await asAdmin([`create database ${DATABASE} owner ${own.username}`]);
  own.pathname = `/${DATABASE}`;
  emulator = await startStripeEmulator({
    ...{ port: 0, dataFile: join(folder, 'stripe.db'), secretKey: STRIPE_KEY, webhooks: [] },
    openapiFile: await findStripeOpenapi(),
  });
  settings = {
    ...{ PATH: dirname(process.execPath), TENURE_HOME: join(folder, 'state'), TENURE_CACHE: loadEngineConfig().cache },
    ...{ DATABASE_URL: own.href, TENANT_DATABASE_URL: own.href },
    ...{ TEMPORAL_ADDRESS: running.temporal.address, TEMPORAL_NAMESPACE: 'live' },
    ...{ STRIPE_SECRET_KEY: STRIPE_KEY, STRIPE_WEBHOOK_SECRET: `whsec_${secret()}`, STRIPE_API_BASE: emulator.url },
    ...{ SES_ENDPOINT: endpoint, SES_SENDER_EMAIL: 'Tenure <hello@tenure.example>' },
    ...{ SES_CONFIGURATION_SET: 'tenure', SES_EVENTS_TOPIC_ARN: TOPIC_ARN },
    ...{ AWS_REGION: 'eu-central-1', PUBLIC_URL, TRUST_PROXY: '10.0.0.0/8', NODE_ENV: 'production' },
    ...{ STAFF_TOKEN: 'letmein-letmein-', GATEWAY_CONTROL_TOKEN: secret(), PULUMI_CONFIG_PASSPHRASE: secret() },
    ...{ PULUMI_CLI_PATH: pulumi, PULUMI_BACKEND_URL: `file://${join(folder, 'pulumi')}` },
    ...(await keys()),
  };
  mended = { STAFF_TOKEN: secret(), TENANT_DATABASE_URL: running.database.adminUrl };
});
afterAll(async () => {
  ses.stop();
  await emulator.close();
  await asAdmin([`drop database if exists ${DATABASE} with (force)`]);
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly output: string;
}

function run(script: string, args: readonly string[], change: Record<string, string> = {}): Promise<Ended> {
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], { env: { ...settings, ...change } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
}

const here = (change: Record<string, string>): Here => ({
  survey: surveyServices(() => ({ ...settings, ...change })),
  home: undefined,
});

/** The doctor's findings that are not ok, as `state part: check`, and the exit code it would have. */
async function troubles(rehearsal: boolean, change: Record<string, string> = {}) {
  const { findings } = await examineAll(here(change), { rehearsal });
  const found = findings.flatMap(({ state, part, check }) => (state === 'ok' ? [] : [`${state} ${part}: ${check}`]));
  return { findings, found, code: exitCodeOf(findings) };
}

const asAdmin = async (statements: readonly string[], database = 'postgres'): Promise<void> => {
  const url = new URL(platform.database.adminUrl);
  url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};

/** A namespace created by a person who has not read what Tenure needs. */
async function makeBareNamespace(): Promise<void> {
  const { workflowService, operatorService } = platform.temporal.connection;
  const namespace = 'live';
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const searchAttributes = { [SEARCH_ATTRIBUTES.plan]: encodeSearchAttributeIndexedValueType('KEYWORD') ?? 0 };
  await eventually('an attribute in a new namespace', async () => {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return SEARCH_ATTRIBUTES.plan in customAttributes;
  });
}

/** Runs a service until it has warned of all of that. */
async function warnings(script: string, ...expected: readonly string[]): Promise<void> {
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const child = spawn(process.execPath, [path], { env: { ...settings, PORT: '0' } });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (log += text.toString()));
  const ended = once(child, 'exit');
  try {
    await eventually(`warnings of ${script}`, () => {
      if (child.exitCode !== null) throw new Error(log);
      return expected.every((sentence) => log.includes(`"msg":"missing: ${sentence}`));
    });
    expect(log).toContain('"remedy":"');
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const attribute = (name: keyof typeof SEARCH_ATTRIBUTES): string =>
  `missing Temporal: search attribute ${SEARCH_ATTRIBUTES[name]}`;
const inStripe = ['Starter', 'Professional', 'Enterprise'].map((plan) => `missing Stripe: price of ${plan}`);
const inMail = ['sender identity', 'production access', 'sending', 'events'].map((check) => `missing Mail: ${check}`);

test('a namespace that is not there is an answer, and no silence', async () => {
  const client = lazyTemporal({
    ...{ address: platform.temporal.address, namespace: 'nowhere', tls: false, apiKey: undefined },
  });
  await expect(readTemporalFacts(client, 'nowhere')).resolves.toMatchObject({ namespace: { told: undefined } });
  await client.connection.close();
});

test('with nothing made ready, every missing thing is named', async () => {
  await makeBareNamespace();
  const { code, found, findings } = await troubles(false);
  expect(found).toEqual([
    ...['cannot tell Settings: JWT_PUBLIC_KEY', 'missing Settings: STAFF_TOKEN'],
    ...['missing Postgres: schema', 'missing Postgres: owner of the database', 'missing Temporal: retention'],
    ...[attribute('profile'), attribute('attention'), attribute('trialEndsAt')],
    ...['missing Stripe: STRIPE_API_BASE', 'missing Stripe: secret key', ...inStripe],
    ...['missing Stripe: webhook endpoint', ...inMail],
    ...['missing Instances: creating roles', 'missing Instances: creating databases'],
    "cannot tell Instances: Pulumi's backend",
  ]);
  expect(findings.find(({ check }) => check === "apart from Tenure's database")).toMatchObject({
    ...{ state: 'ok', found: expect.stringMatching(/^no: /) as string },
  });
  expect(code).toBe(1);
});

test('the processes start all the same, and warn of what they need', async () => {
  // This was the advised remedy for Postgres' schema, and for all of Temporal.
  expect(await run('infra/deploy/migrate.ts', [])).toMatchObject({ code: 0 });
  await Promise.all([
    warnings('api/server.ts', 'STAFF_TOKEN: it can be guessed'),
    warnings('workers/lifecycle-worker.ts', 'webhook endpoint: none sends to', 'production access: the account is in'),
    warnings('workers/provisioning-worker.ts', 'creating roles: the role may not'),
  ]);
});

test('what Stripe lacks is made on order', async () => {
  const order = { apply: true, live: false, webhookUrl: undefined, say: () => undefined };
  expect(await setUpStripe(here({}), order)).toBe(0);
});

test('an event that nobody takes at the address is counted once its minute is over', async () => {
  const stripe = createStripeClient({ secretKey: STRIPE_KEY, apiBase: emulator.url });
  const { url } = await stripe.webhookEndpoints.create({
    ...{ url: `http://127.0.0.1:${String(await freePort())}/webhooks/stripe`, enabled_events: ['customer.created'] },
  });
  await stripe.customers.create({});
  const about = { live: false, profile: tenure };
  const later = Date.now() + 120_000;
  expect(await readStripeFacts(stripe, about)).toMatchObject({ undelivered: { told: 0 } });
  expect(await readStripeFacts(stripe, { ...about, now: later })).toMatchObject({ undelivered: { told: 1 } });
  const { data } = await stripe.webhookEndpoints.list();
  for (const endpoint of data.filter((each) => each.url === url)) await stripe.webhookEndpoints.del(endpoint.id);
  expect(await readStripeFacts(stripe, { ...about, now: later })).toMatchObject({ undelivered: { told: 0 } });
});

test('what others broke since is named', async () => {
  const another = `insert into stack_backend (identity) values ('another')`;
  const anotherKey = `update licence_key set fingerprint = 'another'`;
  await asAdmin(['alter table usage owner to postgres', 'delete from stack_backend', another, anotherKey], DATABASE);
  const { found } = await troubles(true, mended);
  expect(found).toEqual([
    ...['missing Settings: JWT_PUBLIC_KEY', 'missing Postgres: rights of the role'],
    ...['missing Postgres: audit trail', 'missing Postgres: owner of the database', ...inMail],
    "missing Instances: Pulumi's backend",
  ]);
  // No process that signs, or hands out the key, starts with another key.
  const services = ['api/server.ts', 'workers/lifecycle-worker.ts', 'workers/provisioning-worker.ts'];
  const ends = await Promise.all(services.map((script) => run(script, [], { ...mended, PORT: '0' })));
  const refusal = expect.stringContaining(
    'JWT_PUBLIC_KEY is not the key that the instances have (SHA-256 another): put',
  ) as string;
  expect(ends).toEqual(services.map(() => ({ code: 1, output: refusal })));
  // In a container with the settings of one process, only the services of that process are checked.
  const own = { ...mended, STAFF_TOKEN: '', STRIPE_SECRET_KEY: '', SES_SENDER_EMAIL: '', JWT_PRIVATE_KEY: '' };
  const one = await run('workers/doctor/main.ts', ['--json', '--process', 'provisioning-worker'], own);
  const lacking = (JSON.parse(one.output) as Finding[]).filter(({ state }) => state !== 'ok');
  expect(lacking.map(({ check }) => check)).toEqual(['JWT_PUBLIC_KEY', "Pulumi's backend"]);
});

test('mended by the remedies nothing is missing, and no secret was printed', async () => {
  const forgotten = ['delete from stack_backend', 'delete from licence_key'];
  await asAdmin(['alter table usage owner to tenure_template', ...forgotten], DATABASE);
  expect(await run('infra/deploy/migrate.ts', [], { DATABASE_ADMIN_URL: platform.database.adminUrl })).toMatchObject({
    code: 0,
  });
  Object.assign(ses, {
    ...{ allowed: 50_000, enabled: true, identities: { 'tenure.example': 'Success' } },
    published: ['send', 'delivery', 'bounce', 'complaint', 'reject'],
  });
  // A backend that is not a folder: Pulumi itself opens it.
  const backend = { PULUMI_BACKEND_URL: `${settings['DATABASE_URL'] ?? ''}?sslmode=disable` };
  const { output, code } = await run('workers/doctor/main.ts', ['--staging'], { ...mended, ...backend });
  expect(code).toBe(0);
  expect(output).toMatch(/Nothing is missing\.\n$/);
  const passwords = [settings['DATABASE_URL'], platform.database.adminUrl].map((url = '') => new URL(url).password);
  const secrets = Object.entries({ ...settings, ...mended }).filter(([name]) => /_TOKEN|_SECRET|PASSPHRASE/.test(name));
  for (const told of [...passwords, ...secrets.map(([, value]) => value)]) expect(output).not.toContain(told);
});

test.each([[['--process', 'nope'], '--process must be one of api, lifecycle-worker, provisioning-worker.']])(
  '%j is refused, with how it is used',
  async (args, sentence) => {
    const { code, output } = await run('workers/doctor/main.ts', args);
    expect(code).toBe(2);
    expect(output).toContain(`${sentence}\nUsage:`);
  },
);

test('services that are away are said to be, and hold up none of the others', async () => {
  const nowhere = `127.0.0.1:${String(await freePort())}`;
  const away = {
    ...{
      TEMPORAL_ADDRESS: nowhere,
      STRIPE_API_BASE: `http://${nowhere}`,
      PULUMI_BACKEND_URL: `postgres://${nowhere}/x`,
    },
    TENANT_DATABASE_URL: `postgres://${nowhere}/postgres`,
  };
  const { code, found } = await troubles(true, { ...mended, ...away });
  expect(found).toEqual([
    ...['cannot tell Temporal: server', 'cannot tell Stripe: secret key'],
    ...["cannot tell Instances: tenants' Postgres", "cannot tell Instances: Pulumi's backend"],
  ]);
  expect(code).toBe(4);
});
