import { join } from 'node:path';
import { AdminClient } from '../../../api/cli/admin-client.ts';
import { Visitor } from '../../../api/demo/visitor.ts';
import { World } from '../../../api/demo/world.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { connectTemporal } from '../../../infra/temporal/client.ts';
import type { RunInfo } from '../../../infra/local-platform/supervisor/state-folder.ts';
import { folderOf, readCredentials } from '../../../infra/tenant-stacks/local/folder.ts';
import { tenantNames } from '../../../infra/tenant-stacks/spec.ts';
import { CUSTOMER_STATUS, customerWorkflowId, type CustomerStatus } from '../../../workflows/contract/customer.ts';
import { Tenure, makeHome, type Command, type Run } from '../../infra/local-platform/support/tenure.ts';
import { eventually } from '../../support/eventually.ts';
import { findStripeOpenapi } from '../../support/stripe-openapi.ts';

type FullRun = Run & RunInfo;

/** `npm start` in its own processes, and everything that can be read from outside. */
export class Journey {
  readonly home: string;
  tenure!: Tenure;
  run!: FullRun;
  world!: World;
  support!: AdminClient;
  database!: Database;
  private readonly command: Command | undefined;
  private closers: (() => Promise<unknown>)[] = [];

  /** Without a command, `npm start` in a new home. */
  constructor(home = makeHome(), command?: Command) {
    this.home = home;
    this.command = command;
  }

  async start(settings: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    const usual = { STRIPE_OPENAPI: await findStripeOpenapi(), RETRY_INITIAL_MS: '100', LOG_LEVEL: 'debug' };
    this.tenure = new Tenure(this.home, { ...usual, ...settings }, this.command);
    await this.tenure.ready();
    this.run = this.tenure.running as FullRun;
    this.database = openDatabase(this.run.databaseUrl, { max: 3 });
    const { temporalAddress: address, namespace } = this.run;
    const temporal = await connectTemporal({ address, namespace, tls: false, apiKey: undefined });
    this.closers = [() => temporal.connection.close(), () => this.database.destroy()];
    this.world = new World(this.run, this.database, temporal);
    this.support = new AdminClient(this.run);
    this.runsOf = async (customerId) => {
      const runs = [];
      const query = `WorkflowId = "${customerWorkflowId(customerId)}"`;
      for await (const run of temporal.workflow.list({ query })) runs.push(run.type);
      return runs.reverse();
    };
    this.statusOf = (customerId) =>
      temporal.workflow.getHandle(customerWorkflowId(customerId)).query<CustomerStatus>(CUSTOMER_STATUS);
  }

  /** Workflow types of a customer's runs, the oldest first. */
  runsOf!: (customerId: string) => Promise<string[]>;

  /** What the customer's workflow itself knows. */
  statusOf!: (customerId: string) => Promise<CustomerStatus>;

  /** Closes the connections by which it reads. */
  async close(): Promise<void> {
    for (const close of this.closers) await close();
  }

  async stop(): Promise<void> {
    await this.close();
    await this.tenure.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async signUp(company: string): Promise<Visitor> {
    const visitor = new Visitor(this.run, company.toLowerCase().replaceAll(/\W+/g, '-'));
    await visitor.signUp(company);
    return visitor;
  }

  async inTrial(company: string): Promise<Visitor & { readonly slug: string }> {
    const visitor = await this.signUp(company);
    await this.until(visitor, ({ phase }) => phase === 'trial', `${company} to be in trial`);
    const { slug } = await this.world.customer(visitor.customerId);
    return Object.assign(visitor, { slug: slug ?? '' });
  }

  until(
    { customerId }: { readonly customerId: string },
    isSo: (customer: Awaited<ReturnType<World['customer']>>) => boolean,
    what: string,
  ): Promise<Awaited<ReturnType<World['customer']>>> {
    return eventually(what, async () => {
      const customer = await this.world.customer(customerId);
      return isSo(customer) ? customer : undefined;
    });
  }

  async advance(customerId: string, days: number): Promise<void> {
    await this.support.command(customerId, 'advance', { to: await this.world.inDays(customerId, days) });
  }

  async health(
    slug: string,
  ): Promise<{ readonly company: string; readonly mode: string; readonly licence: { expires_at: string } }> {
    const { customerId } = await this.database
      .selectFrom('customers')
      .select('customerId')
      .where('slug', '=', slug)
      .executeTakeFirstOrThrow();
    const folder = folderOf(join(this.home, 'tenants'), tenantNames(customerId).namespace);
    const { deviceApiKey } = await readCredentials(folder);
    const { body } = await this.world.instance(slug, '/api/health', { authorization: `Bearer ${deviceApiKey}` });
    return JSON.parse(body) as { company: string; mode: string; licence: { expires_at: string } };
  }

  kill(part: string): void {
    process.kill(this.tenure.running.pids[part] ?? 0, 'SIGKILL');
  }

  async stripeReport(): Promise<{
    readonly unvalidated: number;
    readonly failures: readonly unknown[];
    readonly validated: number;
  }> {
    const reply = await fetch(`${this.run.stripe}/_control/validation`);
    return (await reply.json()) as { unvalidated: number; failures: unknown[]; validated: number };
  }

  async stripeRequests(): Promise<
    readonly { readonly method: string; readonly path: string; readonly key: string | null }[]
  > {
    const reply = await fetch(`${this.run.stripe}/_control/requests`);
    const { requests } = (await reply.json()) as { requests: { method: string; path: string; key: string | null }[] };
    return requests;
  }
}
