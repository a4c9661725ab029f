import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findEngines } from '../../../infra/local-platform/engines/find.ts';
import type { Inbox } from '../../support/lifecycle-inbox.ts';
import type { Journey } from './journey.ts';

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

/** The output of a program that succeeds. Asynchronous, because the inbox is in this process. */
async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env, timeout: 60_000 });
  return stdout;
}

const unescape = (markup: string): string =>
  markup.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** The places where people learn of a failure, each read from outside. */
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

  async cli(...words: readonly string[]): Promise<unknown> {
    const stdout = await run(process.execPath, ['api/cli/main.ts', ...words, '--json'], {
      PATH: '/usr/bin:/bin',
      TENURE_HOME: this.journey.home,
    });
    return JSON.parse(stdout);
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
    const found = JSON.parse(
      await run(temporal, ['workflow', 'list', ...where], { HOME: this.journey.home }),
    ) as readonly { readonly execution: { readonly workflowId: string } }[];
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
      body: new URLSearchParams({ name: 'Journey', token: staffToken, _csrf: csrf }),
    });
    return [cookies(first), cookies(reply)].filter((part) => part !== '').join('; ');
  }
}
