import { AdminClient } from '../cli/admin-client.ts';
import type { RunInfo } from '../../infra/local-platform/supervisor/state-folder.ts';
import { payAt } from './checkout.ts';
import type { World } from './world.ts';

const PASSWORD = 'Demo-Passw0rd';

interface SignupReply {
  readonly customer: { readonly customer_id: string };
}

/** What a customer does with a browser: over HTTP, like anybody. */
export class Visitor {
  readonly email: string;
  customerId = '';
  private readonly run: RunInfo;
  private session = '';

  constructor(run: RunInfo, name: string) {
    this.run = run;
    this.email = `${name}.${Date.now().toString(36)}@demo.example`;
  }

  async signUp(company: string): Promise<void> {
    const reply = await this.post<SignupReply>('/api/customers/signup', {
      email: this.email,
      password: PASSWORD,
      company_name: company,
    });
    this.customerId = reply.customer.customer_id;
    const login = await this.post<{ readonly token: string }>('/api/customers/login', {
      email: this.email,
      password: PASSWORD,
    });
    this.session = login.token;
  }

  /** What an endpoint answers them. */
  async read(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.session}` };
    return (await fetch(new URL(path, this.run.api), { headers })).json();
  }

  /** Opens the Checkout that the account page leads to, and fills it in. */
  async payByCard(card: string): Promise<void> {
    const { checkout_url: url } = await this.post<{ readonly checkout_url: string }>('/me/upgrade', { charge: 'now' });
    await payAt(url, card);
  }

  /** The front page of their own instance, entered by "Open my instance". */
  async frontPage(world: World, slug: string): Promise<{ readonly status: number; readonly body: string }> {
    const headers = { authorization: `Bearer ${this.session}` };
    const reply = await fetch(new URL('/account/instance', this.run.api), { headers, redirect: 'manual' });
    const { pathname, search } = new URL(reply.headers.get('location') ?? '', this.run.api);
    const { cookies } = await world.instance(slug, pathname + search);
    return world.instance(slug, '/', { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') });
  }

  async cancel(reason: string): Promise<void> {
    await this.post('/me/cancel', { when: 'now', reason });
  }

  async cancelAtPeriodEnd(): Promise<void> {
    await this.post('/me/cancel', { when: 'period_end', reason: 'not sure yet' });
  }

  async undoCancellation(): Promise<void> {
    await this.post('/me/undo-cancellation');
  }

  async erase(): Promise<void> {
    await this.ask('DELETE', '/me/account', { password: PASSWORD });
  }

  private post<T>(path: string, body?: object): Promise<T> {
    return this.ask('POST', path, body);
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const reply = await fetch(new URL(path, this.run.api), {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(this.session && { authorization: `Bearer ${this.session}` }),
      },
      body: body ? JSON.stringify(body) : null,
    });
    if (!reply.ok) throw new Error(`${path} answered ${String(reply.status)}: ${await reply.text()}`);
    return (await reply.json()) as T;
  }
}

export const supportOf = (run: RunInfo): AdminClient => new AdminClient(run);
