import { request } from 'node:http';
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import type { Database } from '../../infra/db/database.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import type { RunInfo } from '../../infra/local-platform/supervisor/state-folder.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';

interface StoredMail {
  readonly subject: string;
  readonly destination: { readonly to: readonly string[] };
}
interface StripeList<T> {
  readonly data: readonly T[];
}
interface Subscription {
  readonly id: string;
  readonly status: string;
}
interface Invoice {
  readonly amount_paid: number;
  readonly status: string;
}

interface InstanceAnswer {
  readonly status: number;
  readonly body: string;
  readonly cookies: readonly string[];
}

const DAY_MS = 86_400_000;

/** Reads each place for itself, as an outsider: nothing here remembers what the demo did. */
export class World {
  readonly run: RunInfo;
  private readonly database: Database;
  private readonly temporal: Client;

  constructor(run: RunInfo, database: Database, temporal: Client) {
    this.run = run;
    this.database = database;
    this.temporal = temporal;
  }

  async customer(customerId: string) {
    const customer = await findCustomer(this.database, customerId);
    if (!customer) throw new Error(`Postgres has no customer ${customerId}.`);
    return customer;
  }

  /** Subjects of the mails that address was sent, oldest first. */
  async inbox(address: string): Promise<readonly string[]> {
    const reply = await fetch(`${this.run.mail ?? ''}/store`);
    const { emails } = (await reply.json()) as { readonly emails: readonly StoredMail[] };
    return emails.filter(({ destination }) => destination.to.includes(address)).map(({ subject }) => subject);
  }

  async subscription(customerId: string): Promise<Subscription | undefined> {
    const { stripeCustomerId } = await this.customer(customerId);
    if (stripeCustomerId === null) return undefined;
    const list = await this.stripe<StripeList<Subscription>>(`subscriptions?customer=${stripeCustomerId}&status=all`);
    return list.data[0];
  }

  /** Cents paid in Stripe so far. */
  async paid(customerId: string): Promise<number> {
    const { stripeCustomerId } = await this.customer(customerId);
    const list = await this.stripe<StripeList<Invoice>>(`invoices?customer=${stripeCustomerId ?? ''}`);
    return list.data.reduce((sum, { amount_paid }) => sum + amount_paid, 0);
  }

  /** Workflow type and status of the customer's newest run. */
  async workflow(customerId: string): Promise<{ readonly type: string; readonly status: string }> {
    const { type, status } = await this.temporal.workflow.getHandle(customerWorkflowId(customerId)).describe();
    return { type, status: status.name };
  }

  async databaseExists(customerId: string): Promise<boolean> {
    const name = `tenant_${customerId.replace('cust_', '').replaceAll('-', '_')}`;
    const { rows } = await sql`select 1 from pg_database where datname = ${name}`.execute(this.database);
    return rows.length > 0;
  }

  /**
   * What the instance at that host name answers, to anybody or to who sends its session; dialled by address, because not
   * every resolver knows *.localhost.
   */
  instance(slug: string, path: string, more: Readonly<Record<string, string>> = {}): Promise<InstanceAnswer> {
    const { port } = new URL(`http://${this.run.tenantBase}`);
    const headers = { host: `${slug}.${this.run.tenantBase}`, ...more };
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, headers }, (reply) => {
        let body = '';
        reply.on('data', (part: Buffer) => (body += part.toString()));
        reply.on('end', () => {
          resolve({ status: reply.statusCode ?? 0, body, cookies: reply.headers['set-cookie'] ?? [] });
        });
      })
        .on('error', reject)
        .end();
    });
  }

  /** The customer's own now, a number of days on. */
  async inDays(customerId: string, days: number): Promise<string> {
    const { clockOffsetMs } = await this.customer(customerId);
    return new Date(Date.now() + clockOffsetMs + days * DAY_MS).toISOString();
  }

  private async stripe<T>(path: string): Promise<T> {
    const reply = await fetch(`${this.run.stripe ?? ''}/v1/${path}`, {
      headers: { authorization: `Bearer ${this.run.stripeSecretKey}` },
    });
    return (await reply.json()) as T;
  }
}
