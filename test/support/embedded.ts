import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { migrate } from '../../infra/db/migrate.ts';
import { ensureDatabase } from '../../infra/local-platform/postgres/database.ts';
import { startPostgres } from '../../infra/local-platform/postgres/start.ts';
import { findEngines } from '../../infra/local-platform/engines/find.ts';
import { identify, withLock } from '../../infra/local-platform/engines/lock.mjs';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract/customer.ts';
import { RUN_FOLDER } from './jest/settings.ts';
import { endAbandonedRuns, makeRunFolder, readServer, writeServer, type TestServer } from './test-run.ts';

/** The migrated database that all others are copied from, and the plain role that uses them. */
const TEMPLATE = 'tenure_template';
const PASSWORD = randomBytes(12).toString('hex');

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

async function bootServer(folder: string): Promise<TestServer> {
  await endAbandonedRuns();
  const { pid, url: adminUrl } = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    password: PASSWORD,
    logFile: join(folder, 'postgres.log'),
    fsync: false,
    unref: true,
  });
  const server = { ...identify(pid), url: adminUrl };
  // Recorded before it is migrated: a failing migration must not leave a server that nobody ends.
  await writeServer(folder, server);
  await migrate(await ensureDatabase({ adminUrl, name: TEMPLATE, password: PASSWORD }), { adminUrl });
  return server;
}

/** One Postgres for the whole jest run, started by the first test file that needs it. */
async function testServer(): Promise<TestServer> {
  const folder = RUN_FOLDER;
  await makeRunFolder(folder);
  return withLock(join(folder, 'server.lock'), async () => (await readServer(folder)) ?? (await bootServer(folder)));
}

async function asAdmin(adminUrl: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

interface TestDatabase {
  /** The URL for the plain role that uses the database, as in Tenure's own processes. */
  readonly url: string;
  /** The URL for the superuser, as whom the provisioning worker creates tenants' databases. */
  readonly adminUrl: string;
  readonly drop: () => Promise<void>;
}

/** A separate database with the newest schema and no rows, in some 50 ms. Drop it in `afterAll`. */
export async function createDatabase(): Promise<TestDatabase> {
  const { url: adminUrl } = await testServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(
    adminUrl,
    `create database ${name} template ${TEMPLATE}`,
    `grant connect on database ${name} to ${TEMPLATE}`,
  );
  const url = new URL(adminUrl);
  url.username = TEMPLATE;
  url.pathname = `/${name}`;
  return { url: url.href, adminUrl, drop: () => asAdmin(adminUrl, `drop database if exists ${name} with (force)`) };
}

const searchAttributes = [
  defineSearchAttributeKey(SEARCH_ATTRIBUTES.plan, SearchAttributeType.KEYWORD),
  defineSearchAttributeKey(SEARCH_ATTRIBUTES.profile, SearchAttributeType.KEYWORD),
  defineSearchAttributeKey(SEARCH_ATTRIBUTES.attention, SearchAttributeType.KEYWORD),
  defineSearchAttributeKey(SEARCH_ATTRIBUTES.trialEndsAt, SearchAttributeType.DATETIME),
];

/**
 * Customers of tests live fast, and by default the server delays a run that follows another within a second, and a
 * retry that is due within one.
 */
const LIVE_FAST = { 'history.workflowIdReuseMinimalInterval': '1ms', 'history.timerProcessorMaxTimeShift': '10ms' };

/** A separate Temporal server with our search attributes, in memory by default. Call `teardown()` in `afterAll`. */
export async function createTemporal(options: { readonly dbFilename?: string } = {}): Promise<TestWorkflowEnvironment> {
  const { temporal } = await findEngines();
  const executable = { type: 'existing-path', path: temporal } as const;
  const extraArgs = Object.entries(LIVE_FAST).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}="${value}"`,
  ]);
  const server = { executable, searchAttributes, extraArgs, ...options };
  return TestWorkflowEnvironment.createLocal({ server });
}

export interface TestPlatform {
  readonly database: TestDatabase;
  readonly temporal: TestWorkflowEnvironment;
  readonly stop: () => Promise<void>;
}

/** The real Postgres and the real Temporal server for one test file. Call `stop()` in `afterAll`. */
export async function startPlatform(): Promise<TestPlatform> {
  const [database, temporal] = await Promise.all([createDatabase(), createTemporal()]);
  const stop = async (): Promise<void> => {
    await temporal.teardown();
    await database.drop();
  };
  return { database, temporal, stop };
}
