import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startTemporal, type RunningTemporal } from '../../../infra/local-platform/temporal/start.ts';
import { findEngine } from '../../../infra/local-platform/engines/find.ts';
import { connectTemporal } from '../../../infra/temporal/client.ts';
import { createDatabase, freePort } from '../../support/embedded.ts';
import { Tenure, makeHome } from './support/tenure.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-external #1 %41?-'));
const home = makeHome();
let database: Awaited<ReturnType<typeof createDatabase>>;
let temporal: RunningTemporal;
let tenure: Tenure | undefined;

beforeAll(async () => {
  const binary = await findEngine('temporal');
  const [dbFile, logFile] = [join(folder, 'temporal.db'), join(folder, 'temporal.log')];
  database = await createDatabase();
  temporal = await startTemporal({ binary, dbFile, logFile, port: await freePort(), namespace: 'default' });
});
afterAll(async () => {
  await tenure?.stop();
  await temporal.stop();
  await database.drop();
  for (const path of [folder, dirname(home)]) rmSync(path, { recursive: true, force: true });
});

test("Temporal's file is where it was told to be, whatever the folder is called, and no one else reads it", () => {
  expect(statSync(join(folder, 'temporal.db')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0)).toEqual([]);
  const cutOff = readdirSync(tmpdir()).filter((name) => /^tenure-external ?$/.test(name));
  expect(cutOff).toEqual([]);
});

/** The job that runs before a release. */
const migrate = (settings: Readonly<Record<string, string>>, ...args: string[]) => {
  const script = fileURLToPath(new URL('../../../infra/deploy/migrate.ts', import.meta.url));
  const env = { PATH: dirname(process.execPath), ...settings };
  return spawnSync(process.execPath, [script, ...args], { env, encoding: 'utf8' });
};

test('an option that there is not ends a command with how it is used, and exit code 2', () => {
  const wrong = migrate({}, '--bogus');
  expect(wrong).toMatchObject({ status: 2, stdout: '' });
  expect(wrong.stderr).toMatch(/^Unknown option '--bogus'.*\nUsage: npm run migrate/);
  expect(migrate({}, '--help')).toMatchObject({ status: 0, stderr: '' });
  const away = migrate({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
  expect(away).toMatchObject({ status: 1, stderr: 'Postgres was not migrated: connect ECONNREFUSED 127.0.0.1:1\n' });
});

test('a Postgres and a Temporal of one’s own take the place of the embedded ones', async () => {
  const settings = {
    DATABASE_URL: database.url,
    TENANT_DATABASE_URL: database.adminUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: 'elsewhere',
  };
  // A namespace that does not exist may be a typing error: it is created only on request.
  const refused = new Tenure(home, settings);
  await expect(refused.ended()).resolves.toBe(1);
  expect(refused.output).toContain(`TEMPORAL_NAMESPACE elsewhere does not exist at ${temporal.address}`);
  const migrated = migrate(settings, '--create-namespace');
  expect(migrated).toMatchObject({ status: 0, stdout: expect.stringContaining('has its search attributes') as string });
  expect(migrate({ DATABASE_URL: database.url }).stdout).toContain(
    'Temporal was not prepared: TEMPORAL_ADDRESS is not set.',
  );

  tenure = new Tenure(home, settings);
  const run = await tenure.ready();

  // The embedded servers did not run: they have left neither a process nor data.
  expect(Object.keys(run.pids).sort()).toEqual([
    'api',
    'gateway',
    'lifecycle-worker',
    'mail',
    'provisioning-worker',
    'stripe',
  ]);
  expect(existsSync(join(home, 'postgres'))).toBe(false);
  expect(existsSync(join(home, 'temporal', 'temporal.db'))).toBe(false);
  expect(run).toMatchObject({ databaseUrl: database.url, temporalAddress: temporal.address, namespace: 'elsewhere' });

  // And the external ones did: the API's connections exist, and the namespace was prepared.
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  const { rows } = await admin.query('select 1 from pg_stat_activity where datname = $1', [
    new URL(database.url).pathname.slice(1),
  ]);
  await admin.end();
  expect(rows.length).toBeGreaterThan(0);
  const client = await connectTemporal({
    address: temporal.address,
    namespace: 'elsewhere',
    tls: false,
    apiKey: undefined,
  });
  const { config } = await client.workflowService.describeNamespace({ namespace: 'elsewhere' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
  await expect(client.workflow.count('TenureAttention IS NOT NULL')).resolves.toMatchObject({ count: 0 });
  await client.connection.close();
});

test('a state folder whose customers have lost their Postgres is not begun with an empty one', async () => {
  const lost = makeHome();
  mkdirSync(join(lost, 'tenants', 'customer-cust-1'), { recursive: true });
  const bad = new Tenure(lost);
  await expect(bad.ended()).resolves.toBe(1);
  expect(bad.output).toContain('PG_VERSION is missing: restore the folder postgres from a copy');
  expect(existsSync(join(bad.home, 'postgres'))).toBe(false);
  rmSync(dirname(bad.home), { recursive: true, force: true });
});

test.each([
  ['DATABASE_URL', { DATABASE_URL: 'mysql://localhost/tenure' }],
  ['PORT', { PORT: 'eighty' }],
  ['STRIPE_WEBHOOK_SECRET', { STRIPE_SECRET_KEY: 'sk_test_abc' }],
  ['STRIPE_SECRET_KEY', { STRIPE_SECRET_KEY: 'pk_test_abc', STRIPE_WEBHOOK_SECRET: 'whsec_abc' }],
  [
    'STRIPE_TEST_CLOCKS',
    { STRIPE_SECRET_KEY: 'sk_live_abc', STRIPE_WEBHOOK_SECRET: 'whsec_abc', STRIPE_TEST_CLOCKS: 'true' },
  ],
  ['SES_ENDPOINT', { SES_ENDPOINT: 'localhost' }],
  ['TRIAL_DAYS or TRIAL_DEFAULT_DAYS', { TRIAL_DAYS: 'many' }],
  ['TEMPORAL_TLS', { TEMPORAL_ADDRESS: 'localhost:7233', TEMPORAL_TLS: 'perhaps' }],
])('a bad %s stops the start with one sentence that names it, and nothing runs', async (name, settings) => {
  const bad = new Tenure(makeHome(), settings);
  await expect(bad.ended()).resolves.toBe(1);
  const said = bad.output
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  expect(said.at(-1)).toMatch(new RegExp(`^${name} must .*\\.$`));
  expect(existsSync(join(bad.home, 'logs', 'api.log'))).toBe(false);
  rmSync(dirname(bad.home), { recursive: true, force: true });
});
