import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Stripe } from 'stripe';
import { startStripeEmulator } from '../../../infra/stripe-emulator/server.ts';
import type { ValidationReport } from '../../../infra/stripe-emulator/validation.ts';
import { eventually } from '../../support/eventually.ts';
import { findStripeOpenapi } from '../../support/stripe-openapi.ts';

export const SECRET_KEY = 'sk_test_51LocalEmulatorKey';
const WEBHOOK_SECRET = 'whsec_local_emulator';
export const DAY = 86_400;
/** A renewal's invoice is a draft for so long: docs.stripe.com/billing/invoices/subscription */
export const HOUR = 3600;
/** 1 March 2027, 12:00 UTC: far from any month end. */
export const START = Math.floor(Date.UTC(2027, 2, 1, 12) / 1000);

/** A webhook receiver that verifies signatures as a product would, and refuses while `refusing`. */
class Receiver {
  readonly events: Stripe.Event[] = [];
  refusing = false;
  refused = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(this.take(Buffer.concat(chunks), String(request.headers['stripe-signature']))).end();
      });
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/webhooks/stripe`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  private take(payload: Buffer, signature: string): number {
    if (this.refusing) {
      this.refused += 1;
      return 503;
    }
    this.events.push(new Stripe(SECRET_KEY).webhooks.constructEvent(payload, signature, WEBHOOK_SECRET));
    return 200;
  }
}

interface Control {
  get: <T>(path: string) => Promise<T>;
  post: (path: string, body?: object) => Promise<{ status: number; body: Record<string, unknown> }>;
  clearFaults: () => Promise<void>;
}

const controlOf = (url: string): Control => ({
  get: async <T>(path: string) => (await (await fetch(`${url}/_control/${path}`)).json()) as T,
  post: async (path, body) => {
    const request = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    };
    const reply = await fetch(`${url}/_control/${path}`, request);
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
  },
  clearFaults: async () => {
    await fetch(`${url}/_control/faults`, { method: 'DELETE' });
  },
});

/** A running emulator with its own data file, the real SDK pointed at it, and a webhook receiver. */
export class EmulatorHarness {
  url = '';
  stripe = new Stripe(SECRET_KEY);
  readonly receiver = new Receiver();
  private folder = '';
  private webhookUrl = '';
  private running: { close: () => Promise<void> } | undefined;

  static async start(): Promise<EmulatorHarness> {
    const harness = new EmulatorHarness();
    harness.folder = await mkdtemp(join(tmpdir(), 'stripe-emulator-'));
    harness.webhookUrl = await harness.receiver.listen();
    await harness.boot();
    return harness;
  }

  get control(): Control {
    return controlOf(this.url);
  }

  async boot(): Promise<void> {
    const emulator = await startStripeEmulator({
      port: 0,
      dataFile: join(this.folder, 'stripe.db'),
      secretKey: SECRET_KEY,
      webhooks: [{ url: this.webhookUrl, secret: WEBHOOK_SECRET }],
      openapiFile: await findStripeOpenapi(),
    });
    this.running = emulator;
    this.url = emulator.url;
    const { hostname, port } = new URL(emulator.url);
    this.stripe = new Stripe(SECRET_KEY, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 });
  }

  async halt(): Promise<void> {
    const report = await this.control.get<ValidationReport>('validation');
    await this.running?.close();
    this.running = undefined;
    if (report.unvalidated > 0 || report.failures.length > 0)
      throw new Error(`The emulator strayed from Stripe's contract: ${JSON.stringify(report, null, 2)}`);
    if (report.validated === 0) throw new Error('Nothing was validated');
  }

  /** Ends the harness; fails when any request, reply or event did not match Stripe's OpenAPI document. */
  async close(): Promise<void> {
    try {
      if (this.running) await this.halt();
    } finally {
      await this.receiver.close();
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  /** Changes the data file while nothing runs, to leave it as a kill at a bad moment would. */
  edit(sql: string): void {
    const database = new DatabaseSync(join(this.folder, 'stripe.db'));
    database.exec(sql);
    database.close();
  }

  /** Whether the data file contains a text. */
  async stores(text: string): Promise<boolean> {
    const files = await readdir(this.folder);
    const contents = await Promise.all(files.map((file) => readFile(join(this.folder, file), 'latin1')));
    return contents.some((content) => content.includes(text));
  }

  async clock(frozen_time = START): Promise<Stripe.TestHelpers.TestClock> {
    return this.stripe.testHelpers.testClocks.create({ frozen_time });
  }

  async advance(clock: string, frozen_time: number): Promise<void> {
    await this.stripe.testHelpers.testClocks.advance(clock, { frozen_time });
    await eventually('the test clock', async () => {
      const { status } = await this.stripe.testHelpers.testClocks.retrieve(clock);
      return status === 'ready' || undefined;
    });
  }

  async price(unit_amount = 4900, interval: 'month' | 'year' = 'month', interval_count = 1): Promise<Stripe.Price> {
    return this.stripe.prices.create({
      currency: 'usd',
      unit_amount,
      recurring: { interval, interval_count },
      product_data: { name: 'Pro plan' },
    });
  }

  /** A customer on a clock, with a default card when a test token is given. */
  async customer(test_clock: string, token?: string): Promise<Stripe.Customer> {
    return this.stripe.customers.create({
      email: 'ada@example.com',
      test_clock,
      metadata: { customer_id: 'cust_1' },
      ...(token ? { payment_method: token, invoice_settings: { default_payment_method: token } } : {}),
    });
  }

  /** Types of all events so far, oldest first. */
  async eventTypes(): Promise<string[]> {
    const types: string[] = [];
    for await (const event of this.stripe.events.list({ limit: 100 })) types.unshift(event.type);
    return types;
  }
}

export const idOf = (value: string | { id: string } | null | undefined): string => {
  if (value === null || value === undefined) throw new Error('There is no id');
  return typeof value === 'string' ? value : value.id;
};

/** The error with which a promise is rejected, as the SDK raises it. */
export async function refusal(promise: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('It was not refused');
}

export async function latestInvoice(stripe: Stripe, subscription: string): Promise<Stripe.Invoice> {
  const { latest_invoice } = await stripe.subscriptions.retrieve(subscription, { expand: ['latest_invoice'] });
  return latest_invoice as Stripe.Invoice;
}
