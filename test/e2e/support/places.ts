import { spawnSync } from 'node:child_process';
import { findEngines } from '../../../infra/engines/find.ts';
import type { Inbox } from '../../support/lifecycle-inbox.ts';
import type { Journey } from './journey.ts';

/** A step that failed, as one of the places tells of it. */
export interface Told {
  readonly step: string;
  readonly cause: string;
  readonly fix: string;
}

interface Explained {
  readonly failures: readonly { readonly step: string; readonly cause: string; readonly suggestedFix: string }[];
}
interface Shown {
  readonly steps: readonly { readonly step: string; readonly state: string; readonly epoch: number }[];
  readonly alerts: readonly {
    readonly step: string | null;
    readonly summary: string;
    readonly suggested_fix: string | null;
    readonly resolved_at: string | null;
  }[];
}

const unescape = (markup: string): string =>
  markup.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** Where people learn of a failure, each read from outside. */
export class Places {
  private readonly journey: Journey;
  private readonly inbox: Inbox;
  private cookie = '';

  constructor(journey: Journey, inbox: Inbox) {
    this.journey = journey;
    this.inbox = inbox;
  }

  async http(customerId: string): Promise<Explained & Shown> {
    const headers = { authorization: `Bearer ${this.journey.run.staffToken}` };
    const ask = async (path: string): Promise<unknown> =>
      (await fetch(`${this.journey.run.api}/api/admin/customers/${customerId}${path}`, { headers })).json();
    return { ...((await ask('')) as Shown), ...((await ask('/explain')) as Explained) };
  }

  cli(...words: readonly string[]): { readonly status: number | null; readonly json: unknown } {
    const env = { PATH: '/usr/bin:/bin', TENURE_HOME: this.journey.home };
    const args = ['api/cli/main.ts', ...words, '--json'];
    const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
    return { status, json: stdout === '' ? null : (JSON.parse(stdout) as unknown) };
  }

  /** Alert mails about this customer, the newest last. */
  async mails(customerId: string): Promise<readonly { readonly subject: string; readonly text: string }[]> {
    return (await this.inbox.all()).filter(({ subject }) => subject.includes(customerId));
  }

  /** The console's page of the customer, as a signed-in member of staff gets it. */
  async page(customerId: string): Promise<string> {
    this.cookie ||= await this.signIn();
    const headers = { cookie: this.cookie };
    const reply = await fetch(`${this.journey.run.api}/console/customers/${customerId}`, { headers });
    return unescape(await reply.text());
  }

  /** Workflow ids that Temporal's own command line lists for an attention. */
  async temporal(attention: string): Promise<readonly string[]> {
    const { temporalAddress, namespace } = this.journey.run;
    const query = `TenureAttention = "${attention}" AND ExecutionStatus = "Running"`;
    const where = ['--address', temporalAddress, '--namespace', namespace, '--query', query, '--output', 'json'];
    const { temporal } = await findEngines();
    const { stdout } = spawnSync(temporal, ['workflow', 'list', ...where], { encoding: 'utf8', timeout: 30_000 });
    const found = JSON.parse(stdout) as readonly { readonly execution: { readonly workflowId: string } }[];
    return found.map(({ execution }) => execution.workflowId);
  }

  private async signIn(): Promise<string> {
    const { api, staffToken } = this.journey.run;
    const first = await fetch(`${api}/console/login`);
    const cookies = (reply: Response): string =>
      reply.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; ');
    const csrf = /name="_csrf" value="([^"]+)"/.exec(await first.text())?.[1] ?? '';
    const reply = await fetch(`${api}/console/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: cookies(first), origin: api, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: staffToken, _csrf: csrf }),
    });
    return [cookies(first), cookies(reply)].filter((part) => part !== '').join('; ');
  }
}
