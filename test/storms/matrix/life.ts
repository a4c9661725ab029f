import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type Stripe from 'stripe';
import type { Journey } from '../../e2e/support/journey.ts';
import { clientOf } from '../stripe.ts';

const PASSWORD = 'Matrix-Passw0rd';
const CARD = '4242424242424242';
const DAY_MS = 86_400_000;
/** A minute without Stripe, the longest wait between two tries after it, and a busy machine. */
const PATIENCE_MS = 240_000;

interface Answer {
  readonly code?: string;
  readonly message?: string;
  readonly command_id?: string;
  readonly checkout_url?: string;
  readonly trial_ends_at?: string;
  readonly refund_id?: string;
}

type Row = Awaited<ReturnType<Journey['world']['customer']>>;

/** The life of one customer, from outside: the requests of a person, support and a browser, repeated until answered. */
export class Life {
  readonly journey: Journey;
  readonly withInstance: boolean;
  /** Part of the address, the customer id and everything in Stripe. */
  readonly mark = randomUUID();
  readonly customerId = `cust_${this.mark}`;
  readonly email = `${this.mark}@matrix.example`;
  readonly wrong: string[] = [];
  private cookie = '';

  constructor(journey: Journey, withInstance: boolean) {
    this.journey = journey;
    this.withInstance = withInstance;
  }

  check(isSo: boolean, otherwise: string): void {
    if (!isSo) this.wrong.push(otherwise);
  }

  row(): Promise<Row> {
    return this.journey.world.customer(this.customerId);
  }

  async until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await probe().catch(() => undefined);
      if (found !== undefined && found !== false) return found;
      if (Date.now() > deadline) throw new Error(`stuck: ${what}`);
      await delay(300);
    }
  }

  async untilRow(what: string, isSo: (row: Row) => boolean): Promise<Row> {
    const row = await this.until(what, async () => {
      const now = await this.row();
      return isSo(now) && now;
    });
    this.check(row.attention === null, `${what}: waits for a person (${String(row.attention)})`);
    return row;
  }

  /** Asks under one key until the outcome is known. A fault of Stripe must never lead to a refusal. */
  async ask(path: string, body: object, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const key = randomUUID();
    return this.until(path, async () => {
      const reply = await fetch(new URL(path, this.journey.run.api), {
        ...{ method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) },
        headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      });
      const answer = (await reply.json()) as Answer;
      if ((reply.status === 202 && answer.command_id !== undefined) || answer.code === 'outcome_unknown') return false;
      if (!reply.ok) this.wrong.push(`${path}: ${String(reply.status)} ${String(answer.message)}`);
      return answer;
    });
  }

  async command(command: string, body: object): Promise<Answer> {
    return this.ask(
      `/api/admin/customers/${this.customerId}/${command}`,
      { reason: 'The matrix.', ...body },
      this.staff(),
    );
  }

  async customerAsks(path: string, body: object): Promise<Answer> {
    return this.ask(path, body, { cookie: this.cookie, origin: this.journey.run.api });
  }

  staff(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.journey.run.staffToken}` };
  }

  async inDays(days: number): Promise<string> {
    return this.journey.world.inDays(this.customerId, days);
  }

  async onboard(company: string): Promise<void> {
    const particulars = { email: this.email, company_name: company, customer_id: this.customerId };
    const order = { ...particulars, skip_provisioning: !this.withInstance, reason: 'The matrix.' };
    await this.ask('/api/admin/customers', order, this.staff());
    await this.untilRow('the trial', ({ phase }) => phase === 'trial');
  }

  /** By the link in the welcome mail. */
  async setPassword(): Promise<void> {
    const path = await this.until('the link that sets a password', async () => {
      const reply = await fetch(`${this.journey.run.mail}/store`);
      const { emails } = (await reply.json()) as {
        emails: { destination: { to: string[] }; body: { text?: string; html?: string } }[];
      };
      const welcome = emails.find(({ destination }) => destination.to.includes(this.email));
      return /\/set-password\/[\w.~-]+/.exec(`${welcome?.body.text ?? ''} ${welcome?.body.html ?? ''}`)?.[0];
    });
    const url = new URL(path, this.journey.run.api);
    const opened = await fetch(url);
    const csrf = /name="_csrf" value="([^"]+)"/.exec(await opened.text())?.[1] ?? '';
    const cookies = (reply: Response) => reply.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    const headers = { cookie: cookies(opened).join('; '), origin: url.origin };
    const body = new URLSearchParams({ _csrf: csrf, password: PASSWORD });
    const reply = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
    this.check(reply.status === 303, `setting the password answered ${String(reply.status)}`);
    this.cookie = [...cookies(opened), ...cookies(reply)].join('; ');
  }

  /** The newest subscription in Stripe. */
  async subscription(): Promise<Stripe.Subscription | undefined> {
    const { stripeCustomerId } = await this.row();
    if (stripeCustomerId === null) return undefined;
    const query = { customer: stripeCustomerId, status: 'all', limit: 1 } as const;
    return (await clientOf(this.journey).subscriptions.list(query)).data[0];
  }

  /** Extends the trial, and compares the promise with Postgres and Stripe. */
  async extend(days: number): Promise<void> {
    const { trialEndsAt } = await this.row();
    const now = Date.parse(await this.inDays(0));
    const from = Math.max(trialEndsAt?.getTime() ?? 0, now);
    const { trial_ends_at: told = '' } = await this.command('extend-trial', { days });
    const row = await this.untilRow('the extended trial', (one) => one.trialEndsAt?.toISOString() === told);
    this.check(Math.abs(Date.parse(told) - from - days * DAY_MS) < DAY_MS / 2, `the trial ends at ${told}`);
    const inStripe = await this.subscription();
    const end = Math.floor((row.trialEndsAt?.getTime() ?? 0) / 1_000);
    this.check(
      inStripe?.status === 'trialing' && inStripe.trial_end === end,
      `in Stripe the trial ends at ${String(inStripe?.trial_end)}, not ${String(end)}`,
    );
  }

  /** Opens a Checkout twice, like a customer who closed the tab, and fills in the second. */
  async pay(): Promise<void> {
    await this.customerAsks('/me/upgrade', { charge: 'now' });
    const { checkout_url: url = '' } = await this.customerAsks('/me/upgrade', { charge: 'now' });
    const id = new URL(url).pathname.split('/').at(-1) ?? '';
    const reply = await fetch(`${this.journey.run.stripe}/_control/checkout/${id}/complete`, {
      ...{ method: 'POST', body: JSON.stringify({ card: CARD }), headers: { 'content-type': 'application/json' } },
    });
    this.check(reply.ok, `the Checkout answered ${String(reply.status)}`);
    await this.untilRow('the conversion', ({ phase, standing }) => phase === 'subscription' && standing === 'active');
  }

  async paidInvoices(count: number): Promise<void> {
    await this.until(`${String(count)} paid invoices in Postgres`, async () => {
      const paid = await this.journey.database
        .selectFrom('invoices')
        .select('stripeInvoiceId')
        .where('customerId', '=', this.customerId)
        .where('amountPaid', '>', 0)
        .execute();
      return paid.length === count;
    });
  }

  async leavesAtEnd(wanted: boolean): Promise<void> {
    await this.until('the order to Stripe', async () => (await this.subscription())?.cancel_at_period_end === wanted);
  }
}
