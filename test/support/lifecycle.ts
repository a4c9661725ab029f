import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkerOptions, type WorkflowBundle } from '@temporalio/worker';
import fastify, { type FastifyBaseLogger } from 'fastify';
import type Stripe from 'stripe';
import { createStripeClient } from '../../activities/billing/stripe-client.ts';
import type { Pool } from '../../activities/identities/index.ts';
import { createOwnMails } from '../../activities/email/index.ts';
import { createMailer, type Mailer } from '../../activities/email/mailer.ts';
import { createSesClient } from '../../activities/email/ses-client.ts';
import { signUp } from '../../api/accounts/sign-up.ts';
import type { AppDeps } from '../../api/http/deps.ts';
import { sendCommand } from '../../api/support/commands.ts';
import { advanceClock } from '../../api/support/customer-commands.ts';
import { UnderWay } from '../../api/support/under-way.ts';
import { ApiError } from '../../api/http/errors.ts';
import { errorHandler } from '../../api/http/plugins/error-handler.ts';
import { stripeWebhook } from '../../api/webhooks/stripe.ts';
import { openDatabase, type Database } from '../../infra/db/database.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { startStripeEmulator } from '../../infra/stripe-emulator/server.ts';
import type { NewFault } from '../../infra/stripe-emulator/faults.ts';
import type { RequestEntry } from '../../infra/stripe-emulator/request-log.ts';
import type { ValidationReport } from '../../infra/stripe-emulator/validation.ts';
import { loadLicenceSigner } from '../../infra/licences.ts';
import { createLogger } from '../../infra/logger.ts';
import { startSweepers } from '../../infra/sweepers/index.ts';
import { startOnboarding } from '../../infra/temporal/start-onboarding.ts';
import { createLifecycleActivities } from '../../workers/lifecycle-activities.ts';
import { sharedOptions } from '../../workers/worker-options.ts';
import type { CommandOrigin, CommandName, Commands } from '../../workflows/contract/commands.ts';
import { CUSTOMER_STATUS, customerWorkflowId, type CustomerStatus } from '../../workflows/contract/customer.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { ChargeWhen } from '../../workflows/domain/billing-state.ts';
import type { Product } from '../../infra/product/define-product.ts';
import type { LinkBases } from '../../infra/product/link-base.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import type { SignupChoice } from '../../workflows/domain/terms.ts';
import { createDatabase, createTemporal } from './embedded.ts';
import { eventually } from './eventually.ts';
import { workflowBundle } from './lifecycle-bundle.ts';
import { Failpoints } from './lifecycle-failpoints.ts';
import { Inbox, type Mail } from './lifecycle-inbox.ts';
import { StandInStacks } from './lifecycle-stand-in.ts';
import { startLocalTarget, type LocalTarget } from './lifecycle-target.ts';
import type { OwnStepInput } from '../../workflows/domain/steps.ts';
import { findStripeOpenapi } from './stripe-openapi.ts';
import { tenure } from './default-product.ts';

/** One per process, however many harnesses it has. */
let quietTemporal: Runtime | undefined;

const SECRET_KEY = `sk_test_${randomBytes(12).toString('hex')}`;
const WEBHOOK_SECRET = `whsec_${randomBytes(12).toString('hex')}`;
export const SUPPORT = 'support@tenure.example';
export const DAY = 86_400_000;
const RETENTION = { stripeEvents: 90, stepAttempts: 90, mails: 90, alerts: 90, outages: 90, hostNames: 90 };

export interface HarnessOptions {
  /** `local` runs the real target with the Pulumi engine; otherwise stacks are stand-ins in memory. */
  readonly target?: 'local' | 'stand-in';
  readonly profile?: Partial<Profile>;
  readonly testClocks?: boolean;
  /** The file of Temporal's database; it is in memory when there is none. */
  readonly temporalFile?: string;
  readonly lifecycleWorker?: Partial<WorkerOptions>;
  /** Activities of a product's own steps, in both workers. */
  readonly ownActivities?: Readonly<Record<string, (input: OwnStepInput) => Promise<unknown>>>;
  /** The product's own mails, and the activities that send them. */
  readonly mails?: Product['mails'];
  readonly senders?: Product['senders'];
  /** That has the identities of customers. */
  readonly pool?: Pool;
  /** Further products that the workers serve, with the addresses of their pages. */
  readonly beside?: readonly (Pick<Product, 'profile' | 'mails'> & { readonly publicUrl: string })[];
  /** Whether Stripe's event gets lost on its way, by its text. */
  readonly losesEvent?: (text: string) => boolean;
  /** `elsewhere`: no worker here; `arrangement` is what workers in other processes need to serve this harness. */
  readonly workers?: 'here' | 'elsewhere';
}

export interface SignedUp {
  readonly customerId: string;
  readonly email: string;
  readonly companyName: string;
  readonly password: string;
  readonly fullName: string;
}

export interface SignUpOptions extends Partial<Omit<SignedUp, 'customerId'>>, SignupChoice {
  readonly beforeStart?: (customerId: string) => Promise<void> | void;
  readonly profile?: Partial<Profile>;
}

const unreachable = { withDeadline: () => Promise.reject(new Error('Not reached.')) } as unknown as Client;

type Argument<N extends CommandName> = Omit<Commands[N]['argument'], keyof CommandOrigin>;

const keyFiles = (folder: string) => ({
  privateKeyPath: join(folder, 'licence.pem'),
  publicKeyPath: join(folder, 'licence.pub.pem'),
});

async function makeKeys(folder: string): Promise<ReturnType<typeof keyFiles>> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = keyFiles(folder);
  await writeFile(files.privateKeyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(files.publicKeyPath, publicKey.export({ type: 'spki', format: 'pem' }));
  return files;
}

/**
 * The whole product in one process, on the real engines: Temporal, Postgres, the Stripe emulator checked against Stripe's
 * OpenAPI document, an SES endpoint, both workers with the real activities, the webhook route and the sweepers.
 */
export class LifecycleHarness {
  readonly failpoints = new Failpoints();
  databaseUrl = '';
  /** A superuser's URL of the same database. */
  adminUrl = '';
  database!: Database;
  temporal!: TestWorkflowEnvironment;
  inbox!: Inbox;
  stripe!: Stripe;
  stripeUrl = '';
  stacks!: StandInStacks;
  /** The real target, on harnesses that have it. */
  target: LocalTarget | undefined;
  deps!: AppDeps;
  private mailer!: Mailer;
  folder = '';
  secrets = { stripe: SECRET_KEY, webhook: WEBHOOK_SECRET, passphrase: randomBytes(12).toString('hex') };
  private readonly options: HarnessOptions;
  private readonly closers: (() => Promise<unknown>)[] = [];
  private makeLifecycleWorker!: () => Promise<Worker>;
  private makeProvisioningWorker!: () => Promise<Worker>;
  private running: { lifecycle?: Running; provisioning?: Running } = {};

  private constructor(options: HarnessOptions) {
    this.options = options;
  }

  static async start(options: HarnessOptions = {}): Promise<LifecycleHarness> {
    const harness = new LifecycleHarness(options);
    quietTemporal ??= Runtime.install({ logger: new DefaultLogger('ERROR') });
    harness.folder = await mkdtemp(join(tmpdir(), 'tenure-harness-'));
    const adminUrl = await harness.startStores();
    await harness.startOutside(adminUrl);
    if (options.workers !== 'elsewhere') await harness.startWorkers();
    return harness;
  }

  private async startStores(): Promise<string> {
    const { temporalFile } = this.options;
    const [stored, temporal, inbox] = await Promise.all([
      createDatabase(),
      createTemporal(temporalFile === undefined ? {} : { dbFilename: temporalFile }),
      Inbox.start(),
    ]);
    this.databaseUrl = stored.url;
    const adminUrl = new URL(stored.adminUrl);
    adminUrl.pathname = new URL(stored.url).pathname;
    this.adminUrl = adminUrl.href;
    this.database = openDatabase(stored.url);
    this.temporal = temporal;
    this.inbox = inbox;
    this.closers.push(
      () => rm(this.folder, { recursive: true, force: true }),
      () => stored.drop(),
      () => this.database.destroy(),
      () => temporal.teardown(),
      () => inbox.close(),
    );
    return stored.adminUrl;
  }

  private async startOutside(adminDatabaseUrl: string): Promise<void> {
    const logger = createLogger('harness', 'silent');
    const licences = await loadLicenceSigner(await makeKeys(this.folder));
    if (this.options.target === 'local')
      this.target = await startLocalTarget({
        ...{ folder: this.folder, database: this.database, adminDatabaseUrl },
        licencePublicKey: licences.publicKeyPem,
        passphrase: this.secrets.passphrase,
      });
    this.stacks = new StandInStacks(this.database);
    const stripe = { secretKey: SECRET_KEY, webhookSecret: WEBHOOK_SECRET, live: false };
    const config = {
      api: { host: '127.0.0.1', port: 0, publicUrl: 'http://localhost:1', trustProxy: [], staffToken: 'staff' },
      signup: { enabled: true, perHour: 1_000_000 },
      stripe: { ...stripe, testClocks: this.options.testClocks ?? true, apiBase: undefined as string | undefined },
      temporal: {
        ...{ address: this.temporal.address, namespace: 'default', tls: false },
        apiKey: undefined,
        uiUrl: undefined,
      },
      tenants: this.target?.deps.tenants ?? {
        ...{ home: this.folder, adminDatabaseUrl, domain: 'localhost:1', gatewayPort: 1 },
        scheme: 'http',
        ...{ gatewayControlUrl: 'http://127.0.0.1:1', gatewayControlToken: 'none', healthMs: 0, backupMaxMb: 20 },
      },
      terms: { target: undefined, trialDays: undefined, maxTrialExtensions: undefined, retryInitialMs: 100 },
    };
    this.deps = {
      ...{ config, database: this.database, everyProduct: this.database, temporal: this.temporal.client },
      ...{ licences, logger },
      profile: { ...tenure, ...this.options.profile },
    };
    this.mailer = this.makeMailer();
    const webhookUrl = await this.listen();
    await this.startStripe(webhookUrl);
    config.stripe.apiBase = this.stripeUrl;
    this.stripe = createStripeClient(config.stripe);
    const sweepers = startSweepers({ ...this.sweeperDeps(), intervalMs: 500 });
    this.closers.push(() => sweepers.stop());
    const { target } = this;
    if (target) this.closers.push(() => target.stop());
  }

  private async listen(): Promise<string> {
    const loggerInstance: FastifyBaseLogger = this.deps.logger;
    const app = fastify({ loggerInstance, forceCloseConnections: true }).withTypeProvider<TypeBoxTypeProvider>();
    errorHandler(app);
    app.addHook('preHandler', async ({ body }, reply) => {
      if (this.options.losesEvent?.(String(body))) await reply.send({ received: true });
    });
    stripeWebhook(app, this.deps);
    this.closers.push(() => app.close());
    return `${await app.listen({ host: '127.0.0.1', port: 0 })}/webhooks/stripe`;
  }

  private async startStripe(webhookUrl: string): Promise<void> {
    const emulator = await startStripeEmulator({
      ...{ port: 0, dataFile: join(this.folder, 'stripe.db'), secretKey: SECRET_KEY },
      webhooks: [{ url: webhookUrl, secret: WEBHOOK_SECRET }],
      openapiFile: await findStripeOpenapi(),
    });
    this.stripeUrl = emulator.url;
    this.closers.push(() => emulator.close());
  }

  private async startWorkers(): Promise<void> {
    const workflows: WorkflowBundle = await workflowBundle();
    const shared = sharedOptions(this.database, this.deps.logger);
    const options = {
      ...shared,
      connection: this.temporal.nativeConnection,
      namespace: 'default',
      // Inside the ledger, which sees a failpoint as it would see an activity that fails on its own.
      interceptors: {
        activity: [
          ...(shared.interceptors?.activity ?? []),
          (context: Parameters<Failpoints['interceptor']>[0]) => ({ inbound: this.failpoints.interceptor(context) }),
        ],
      },
    };
    const { database, stripe } = this;
    const { config, licences: signer, logger } = this.deps;
    const { ownActivities } = this.options;
    const activities = {
      ...ownActivities,
      ...createOwnMails({ mailer: this.mailer, database, temporal: this.temporal.client }, this.options.senders ?? {}),
      ...createLifecycleActivities({
        ...{ database, stripe, signer, logger, mailer: this.mailer, temporal: this.temporal.client },
        pool: this.options.pool,
        config: { ...config, ...this.pages() },
      }),
    };
    this.makeLifecycleWorker = () =>
      Worker.create({
        ...{ ...options, activities, taskQueue: TASK_QUEUE.lifecycle, workflowBundle: workflows },
        stickyQueueScheduleToStartTimeout: '1s',
        ...this.options.lifecycleWorker,
      });
    const stacks = { ...ownActivities, ...(this.target?.activities ?? this.stacks.activities()) };
    this.makeProvisioningWorker = () =>
      Worker.create({ ...options, activities: stacks, taskQueue: TASK_QUEUE.provisioning });
    this.running = {
      lifecycle: runInBackground(await this.makeLifecycleWorker()),
      provisioning: runInBackground(await this.makeProvisioningWorker()),
    };
  }

  private makeMailer(): Mailer {
    const mail = this.mail();
    // The inbox is in this process too, which compiles for seconds at a time: that must not count as a lost answer.
    const ses = createSesClient(mail, 20_000);
    ses.config.credentials = () => Promise.resolve({ accessKeyId: 'test', secretAccessKey: 'test' });
    const product = { profile: this.deps.profile, mails: this.options.mails ?? {} };
    const { beside = [] } = this.options;
    return createMailer({ database: this.database, ses, mail, products: [product, ...beside], ...this.pages() });
  }

  private pages(): LinkBases {
    const { beside = [] } = this.options;
    return {
      publicUrl: this.deps.config.api.publicUrl,
      publicUrls: Object.fromEntries(beside.map(({ profile, publicUrl }) => [profile.name, publicUrl])),
    };
  }

  sweeperDeps() {
    return {
      ...this.deps,
      tellSupport: this.mailer.sendOutage,
      tellOfDifference: this.mailer.sendDifference,
      retention: RETENTION,
    };
  }

  private mail() {
    return { region: 'us-east-1', sender: 'noreply@tenure.example', endpoint: this.inbox.url, support: SUPPORT };
  }

  /** What a worker in another process needs; the target must be `local`. */
  async arrangement() {
    if (!this.target) throw new Error('A worker elsewhere needs the local target.');
    const bundle = join(this.folder, 'workflows.js');
    await writeFile(bundle, ((await workflowBundle()) as { readonly code: string }).code);
    return {
      ...{
        bundle,
        stacks: this.target.settings,
        databaseUrl: this.databaseUrl,
        temporalAddress: this.temporal.address,
      },
      config: {
        ...this.deps.config,
        publicUrl: this.deps.config.api.publicUrl,
        stripe: { ...this.deps.config.stripe, secretKey: SECRET_KEY },
      },
      mail: this.mail(),
      ...{ licence: keyFiles(this.folder) },
    };
  }

  async stopWorker(which: 'lifecycle' | 'provisioning'): Promise<void> {
    await this.running[which]?.stop();
    this.running = { ...this.running, [which]: undefined };
  }

  async startWorker(which: 'lifecycle' | 'provisioning'): Promise<void> {
    const make = which === 'lifecycle' ? this.makeLifecycleWorker : this.makeProvisioningWorker;
    this.running = { ...this.running, [which]: runInBackground(await make()) };
  }

  /** Ends everything; fails when an exchange with Stripe did not match Stripe's own OpenAPI document. */
  async close(): Promise<void> {
    const report = (await (await fetch(`${this.stripeUrl}/_control/validation`)).json()) as ValidationReport;
    const endings = [
      () => this.stopWorker('lifecycle'),
      () => this.stopWorker('provisioning'),
      ...this.closers.reverse(),
    ];
    const problems: unknown[] = [];
    for (const end of endings) await end().catch((error: unknown) => problems.push(error));
    if (problems.length > 0) throw new AggregateError(problems, 'The harness did not close well.');
    if (report.unvalidated > 0 || report.failures.length > 0)
      throw new Error(`The exchanges with Stripe strayed from its contract: ${JSON.stringify(report, null, 2)}`);
    if (report.validated === 0) throw new Error('Nothing was validated.');
  }

  /**
   * Signs a customer up as the API does. `beforeStart` runs when the signup is stored and the workflow is not started
   * yet, which is the state that a process leaves when it dies in between.
   */
  async signUp({ beforeStart, profile, ...given }: SignUpOptions = {}): Promise<SignedUp> {
    const name = randomUUID().slice(0, 8);
    const signup = {
      ...{ email: `owner-${name}@acme.example`, companyName: `Acme ${name}` },
      ...{ password: 'Correct-Horse-7', fullName: 'Ada Acme', ...given },
    };
    const deps = { ...this.deps, profile: { ...this.deps.profile, ...profile } };
    const accepted = { ...signup, emailNorm: signup.email.toLowerCase(), plan: deps.profile.plans[0] };
    const reply = await signUp(beforeStart ? { ...deps, temporal: unreachable } : deps, accepted, { ip: '127.0.0.1' });
    const customerId = reply.customer.customer_id;
    if (beforeStart) {
      await beforeStart(customerId);
      const { terms, trialEndsAt, createdAt } = await this.row(customerId);
      await startOnboarding(deps, { customerId, terms, trialEndsAt, createdAt });
    }
    return { ...signup, customerId };
  }

  /** Signs up and waits for the trial. */
  async inTrial(given: SignUpOptions = {}): Promise<SignedUp> {
    const customer = await this.signUp(given);
    await this.untilPhase(customer.customerId, 'trial');
    return customer;
  }

  /** Sends a command as the API does; the same `commandId` takes effect once. */
  async command<N extends CommandName>(
    customerId: string,
    name: N,
    argument: Argument<N>,
    commandId: string = randomUUID(),
  ): Promise<Commands[N]['result']> {
    const auditId = await appendAudit(this.database, { customerId, actor: 'staff', action: `command.${name}` });
    const whole = { actor: 'staff', auditId, ...argument } as unknown as Commands[N]['argument'];
    return sendCommand(this.deps, customerId, name, whole, { commandId });
  }

  /** Opens the Checkout that converts a trial; repeated until the trial has read its subscription. */
  async checkout(customerId: string, chargeWhen: ChargeWhen): Promise<string> {
    const ask = () => this.command(customerId, 'convertTrial', { chargeWhen });
    return (await eventually('a checkout', ask)).checkoutUrl;
  }

  /** Moves the customer's clock through every phase on the way. */
  async advance(customerId: string, to: Date | number): Promise<void> {
    const order = { customerId, actor: 'staff', commandId: randomUUID() };
    const ask = (): Promise<unknown> =>
      advanceClock(this.deps, order, new Date(to).toISOString()).catch((error: unknown) => {
        if (isUnknown(error)) return ask();
        throw error;
      });
    await ask();
  }

  status(customerId: string): Promise<CustomerStatus> {
    return this.handle(customerId).query<CustomerStatus>(CUSTOMER_STATUS);
  }

  async stepStates(customerId: string): Promise<CustomerStatus['steps']> {
    return (await this.status(customerId)).steps;
  }

  handle(customerId: string): WorkflowHandle {
    return this.temporal.client.workflow.getHandle(customerWorkflowId(customerId));
  }

  row(customerId: string): Promise<Customer> {
    return getCustomer(this.database, customerId);
  }

  async trialEndsAt(customerId: string): Promise<number> {
    return (await this.row(customerId)).trialEndsAt?.getTime() ?? Number.NaN;
  }

  /** The subjects of the customer's mails, oldest first. */
  async subjects(customer: SignedUp): Promise<string[]> {
    return (await this.inbox.to(customer.email)).map(({ subject }) => subject);
  }

  async supportMails(customerId: string): Promise<Mail[]> {
    return (await this.inbox.to(SUPPORT)).filter(({ subject }) => subject.includes(customerId));
  }

  ledger(customerId: string) {
    return this.database
      .selectFrom('onboardingSteps')
      .selectAll()
      .where('customerId', '=', customerId)
      .orderBy('startedAt')
      .execute();
  }

  /** What the customer may do, after each change. */
  async standings(customerId: string): Promise<unknown[]> {
    const changes = await this.database
      .selectFrom('auditEvents')
      .select('details')
      .where('customerId', '=', customerId)
      .where('action', '=', 'standing.changed')
      .orderBy('auditId')
      .execute();
    return changes.map(({ details }) => (details as { readonly to?: unknown }).to);
  }

  alerts(customerId: string) {
    return this.database.selectFrom('alerts').selectAll().where('customerId', '=', customerId).execute();
  }

  untilPhase(customerId: string, phase: Customer['phase']): Promise<Customer> {
    return this.untilRow(customerId, `phase ${phase}`, (row) => row.phase === phase);
  }

  untilRow(customerId: string, what: string, is: (row: Customer) => boolean): Promise<Customer> {
    const probe = async (): Promise<Customer | undefined> => {
      const row = await this.row(customerId);
      return is(row) ? row : undefined;
    };
    return eventually(`${what} of ${customerId}`, probe);
  }

  async stripeFault(fault: NewFault): Promise<void> {
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${this.stripeUrl}/_control/faults`, { method: 'POST', headers, body: JSON.stringify(fault) });
  }

  async clearFaults(): Promise<void> {
    this.failpoints.clear();
    this.inbox.clearFaults();
    await fetch(`${this.stripeUrl}/_control/faults`, { method: 'DELETE' });
  }

  async stripeRequests(): Promise<readonly RequestEntry[]> {
    const reply = await fetch(`${this.stripeUrl}/_control/requests`);
    return ((await reply.json()) as { requests: RequestEntry[] }).requests;
  }

  /** Does what the customer would do on Stripe's hosted page. */
  async pay(checkoutUrl: string, card = '4242424242424242'): Promise<void> {
    const id = new URL(checkoutUrl).pathname.split('/').at(-1) ?? '';
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ card, name: 'Ada Acme' });
    const reply = await fetch(`${this.stripeUrl}/_control/checkout/${id}/complete`, { method: 'POST', headers, body });
    if (!reply.ok) throw new Error(`The checkout was refused: ${await reply.text()}`);
  }

  /** Everything of this customer in Stripe, deleted customers not counted. */
  async inStripe(customerId: string) {
    const query = `metadata['customer_id']:'${customerId}'`;
    const customers = (await this.stripe.customers.search({ query })).data;
    const lists = await Promise.all(
      customers.map(({ id }) => this.stripe.subscriptions.list({ customer: id, status: 'all' })),
    );
    const subscriptions = lists.flatMap(({ data }) => data);
    const live = subscriptions.filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired');
    return { customers, subscriptions, live };
  }
}

/** A machine that is busy may not answer in time; repeated under the same id, a command takes effect once. */
export const isUnknown = (error: unknown): boolean =>
  error instanceof UnderWay || (error instanceof ApiError && error.statusCode === 504);

interface Running {
  readonly stop: () => Promise<void>;
}

function runInBackground(worker: Worker): Running {
  const ended = worker.run();
  return {
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}
