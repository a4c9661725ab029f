import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { sql } from 'kysely';
import { buildApp } from '../../api/http/app.ts';
import type { App } from '../../api/http/app-type.ts';
import type { AppDeps } from '../../api/http/deps.ts';
import { openDatabase, type Database } from '../../infra/db/database.ts';
import type { DB } from '../../infra/db/schema.ts';
import { loadLicenceSigner } from '../../infra/licences.ts';
import { createLogger } from '../../infra/logger.ts';
import { proofOf } from '../../api/accounts/staff-tokens.ts';
import { insertSession, type StaffRole } from '../../infra/db/repositories/sessions.ts';
import { hashToken, newToken } from '../../infra/tokens.ts';
import { sweepUntriedMails } from '../../infra/sweepers/index.ts';
import { createDatabase } from '../support/embedded.ts';
import { tenure } from '../support/default-product.ts';

export const STAFF_TOKEN = 'staff-token-of-the-harness';
export const SUPPORT_TOKEN = 'support-token-of-the-harness';
export const WEBHOOK_SECRET = 'whsec_of_the_harness';

interface Sent {
  readonly workflowId: string;
  readonly name: string;
  readonly argument: unknown;
  readonly id?: string;
}

/**
 * Stands in for Temporal at this level only: these tests are about what the API asks of it, and about what the API does
 * with the answers. The real server answers in test/workflows and test/e2e.
 */
export class ScriptedTemporal {
  readonly started = new Map<string, unknown>();
  readonly updates: Sent[] = [];
  readonly signals: Sent[] = [];
  /** Answers to the next updates, in order; an answer may throw. The last one stays. */
  answers: (() => unknown)[] = [];
  /** Replies to queries; a query without one is not answered by any worker. */
  queries: Record<string, (argument: unknown) => unknown> = {};
  /** The results of workflows that the API waits for. */
  results: Record<string, (argument: unknown) => unknown> = {};
  down = false;

  refuse(sentence: string, type = 'CommandRefused'): void {
    this.answers = [
      () => {
        throw new WorkflowUpdateFailedError('refused', ApplicationFailure.nonRetryable(sentence, type));
      },
    ];
  }

  private answer(): unknown {
    const next = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    return next?.();
  }

  private reach(): void {
    if (this.down) throw Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
  }

  client(): Client {
    const start = (name: string, options: { workflowId: string }) => {
      this.reach();
      if (this.started.has(options.workflowId))
        throw new WorkflowExecutionAlreadyStartedError('already', options.workflowId, name);
      this.started.set(options.workflowId, { name, ...options });
      return Promise.resolve(getHandle(options.workflowId));
    };
    const execute = async (name: string, options: { workflowId: string; args: unknown[] }): Promise<unknown> => {
      await start(name, options);
      return this.results[name]?.(options.args[0]);
    };
    const getHandle = (workflowId: string) => ({
      startUpdate: async (name: string, { args: [argument], updateId: id }: { args: [unknown]; updateId: string }) => {
        this.updates.push({ workflowId, name, argument, id });
        await Promise.resolve();
        this.reach();
        return { result: () => Promise.resolve().then(() => this.answer()) };
      },
      executeUpdate: () =>
        Promise.resolve().then(() => {
          this.reach();
          return this.answer();
        }),
      signal: (name: string, argument: unknown) => {
        this.reach();
        if (!this.started.has(workflowId)) throw new WorkflowNotFoundError('none', workflowId, undefined);
        this.signals.push({ workflowId, name, argument });
        return Promise.resolve();
      },
      result: () => {
        const started = this.started.get(workflowId) as { name: string; args: unknown[] } | undefined;
        return Promise.resolve().then(() => this.results[started?.name ?? '']?.(started?.args[0]));
      },
      query: (name: string, argument: unknown) =>
        Promise.resolve().then(() => {
          const reply = this.queries[name];
          if (!reply) throw new Error('no worker');
          return reply(argument);
        }),
    });
    const workflowService = { listWorkflowExecutions: () => (this.reach(), Promise.resolve({})) };
    const withDeadline = (_deadline: unknown, work: () => unknown) => Promise.resolve().then(work);
    return { workflow: { start, execute, getHandle }, workflowService, withDeadline } as unknown as Client;
  }
}

export interface ApiHarness {
  readonly app: App;
  readonly deps: AppDeps;
  readonly database: Database;
  readonly temporal: ScriptedTemporal;
  /** Everything that was logged. */
  readonly log: () => string;
  readonly count: (table: keyof DB) => Promise<number>;
  /** Another app on the same database. */
  readonly another: (change: Partial<AppDeps>) => Promise<App>;
  /** A superuser's URL of the same database. */
  readonly adminUrl: string;
  /** The URL of the database for Tenure's own role. */
  readonly databaseUrl: string;
  readonly stop: () => Promise<void>;
}

async function keys(): Promise<{ readonly folder: string; readonly paths: Parameters<typeof loadLicenceSigner>[0] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-api-'));
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const paths = { privateKeyPath: join(folder, 'private.pem'), publicKeyPath: join(folder, 'public.pem') };
  await writeFile(paths.privateKeyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(paths.publicKeyPath, publicKey.export({ type: 'spki', format: 'pem' }));
  return { folder, paths };
}

export const CONFIG: AppDeps['config'] = {
  api: {
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'http://localhost:3100',
    trustProxy: ['10.1.0.0/16'],
    staffToken: STAFF_TOKEN,
    supportToken: SUPPORT_TOKEN,
  },
  signup: { enabled: true, perHour: 1_000 },
  stripe: {
    webhookSecret: WEBHOOK_SECRET,
    apiBase: undefined,
    testClocks: true,
    live: false,
  },
  temporal: { namespace: 'default', uiUrl: 'http://ui.test' },
  tenants: { scheme: 'http', domain: 'localhost:3180' },
  terms: { target: undefined, trialDays: undefined, maxTrialExtensions: undefined, retryInitialMs: undefined },
};

/** The app over its own database. */
export async function createApiHarness(): Promise<ApiHarness> {
  const [created, { folder, paths }] = await Promise.all([createDatabase(), keys()]);
  const database = openDatabase(created.url, { max: 4 });
  const temporal = new ScriptedTemporal();
  const lines: string[] = [];
  const logger = createLogger('api', 'debug', { write: (line) => void lines.push(line) });
  const deps: AppDeps = {
    config: CONFIG,
    database: openDatabase(created.url, { max: 4 }, tenure.name),
    everyProduct: database,
    temporal: temporal.client(),
    licences: await loadLicenceSigner(paths),
    profile: tenure,
    logger,
  };
  const opened = [database, deps.database];
  /** An API connects for its own product. */
  const databaseOf = (product: string): Database => {
    if (product === tenure.name) return deps.database;
    const own = openDatabase(created.url, { max: 4 }, product);
    opened.push(own);
    return own;
  };
  const apps = [await buildApp(deps)];
  const another = async (change: Partial<AppDeps>): Promise<App> => {
    const app = await buildApp({ ...deps, database: databaseOf(change.profile?.name ?? tenure.name), ...change });
    apps.push(app);
    return app;
  };
  const count = async (table: keyof DB): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(database);
    return rows[0]?.n ?? 0;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.close()));
    await Promise.all(opened.map((one) => one.destroy()));
    await created.drop();
    await rm(folder, { recursive: true });
  };
  const [app] = apps as [App];
  const adminUrl = new URL(created.adminUrl);
  adminUrl.pathname = new URL(created.url).pathname;
  const urls = { adminUrl: adminUrl.href, databaseUrl: created.url };
  return { app, deps, database, temporal, ...urls, log: () => lines.join(''), count, another, stop };
}

let signups = 0;

/** A signup with every field valid. */
export const goodSignup = (change: object = {}) => ({
  email: `person${String((signups += 1))}@example.com`,
  password: 'Abcdefg1',
  company_name: 'Acme Rockets',
  ...change,
});

export interface Member {
  readonly customerId: string;
  readonly email: string;
  readonly token: string;
  readonly headers: { readonly authorization: string };
}

/** A customer who has signed up and signed in. */
export async function member({ app }: Pick<ApiHarness, 'app'>, change: object = {}): Promise<Member> {
  const payload = goodSignup(change);
  const signup = await app.inject({ method: 'POST', url: '/api/customers/signup', payload });
  const { customer } = signup.json<{ customer: { customer_id: string } }>();
  const { email, password } = payload;
  const login = await app.inject({ method: 'POST', url: '/api/customers/login', payload: { email, password } });
  const { token } = login.json<{ token: string }>();
  return { customerId: customer.customer_id, email, token, headers: { authorization: `Bearer ${token}` } };
}

/** A session of the staff, as the console opens one. */
export async function staffSession({ deps, database }: ApiHarness, staffRole: StaffRole): Promise<Member['headers']> {
  const token = newToken();
  const owner = { staffRole, staffProof: proofOf(deps, staffRole, token) };
  await insertSession(database, { tokenHash: hashToken(token), owner, absoluteSeconds: 600 });
  return { authorization: `Bearer ${token}` };
}

export const supporter = { authorization: `Bearer ${SUPPORT_TOKEN}` };
export const staff = { authorization: `Bearer ${STAFF_TOKEN}` };

/** The workflows that are started for the customer's waiting mails, once nobody else has sent them in time. */
export async function sweptLater(harness: ApiHarness, { customerId }: Pick<Member, 'customerId'>): Promise<unknown[]> {
  const emails = harness.database.updateTable('emails').set({ claimedAt: new Date(0) });
  await emails.where('customerId', '=', customerId).execute();
  harness.temporal.started.clear();
  await sweepUntriedMails(harness.deps);
  const started = [...harness.temporal.started.values()] as { args: [{ customerId: string }] }[];
  return started.filter(({ args: [mail] }) => mail.customerId === customerId);
}
