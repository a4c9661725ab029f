import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import ses from 'aws-ses-v2-local';
import { answerUnknownActions } from '../../infra/local-platform/mail/unknown-actions.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * What happens to a mail on its way. SES refuses this mail (`refuse`) or accepts none at the moment (`throttle`): then
 * it certainly was not sent. `drop-reply` accepts it and loses the answer, so nobody can know; `hang` never answers.
 */
type MailFault = 'refuse' | 'throttle' | 'drop-reply' | 'hang';

interface StoredMail {
  readonly destination: { readonly to: readonly string[] };
  readonly subject: string;
  readonly body: { readonly text?: string; readonly html?: string };
}

const answer = (code: string, message: string): string =>
  `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
/** SES's own answers to a mail that it does not accept. */
const NOT_TAKEN = {
  refuse: answer('MessageRejected', 'Email address is not verified.'),
  throttle: answer('Throttling', 'Maximum sending rate exceeded.'),
} as const;

/** What SES gets with the mail, and repeats in its events. */
interface Sent {
  readonly to: string;
  readonly subject: string;
  readonly configurationSet: string | null;
  readonly tag: { readonly name: string | null; readonly value: string | null };
}

function sentBy(order: URLSearchParams): Sent {
  const tag = { name: order.get('Tags.member.1.Name'), value: order.get('Tags.member.1.Value') };
  const [to, subject] = [order.get('Destination.ToAddresses.member.1'), order.get('Message.Subject.Data')];
  return { to: to ?? '', subject: subject ?? '', configurationSet: order.get('ConfigurationSetName'), tag };
}

/** The other side may close a connection that is kept open at the very instant it is used. */
const ONE_CALL = { headers: { connection: 'close' } } as const;

const portOf = (server: { address(): AddressInfo | string | null }): number => (server.address() as AddressInfo).port;

/** The SES endpoint of `npm start`, behind an entrance that can be made to fail. */
export class Inbox {
  url = '';
  readonly sent: Sent[] = [];
  private readonly faults: { readonly subject: RegExp; readonly fault: MailFault; times: number }[] = [];
  private inner = '';
  private stops: (() => void)[] = [];

  static async start(): Promise<Inbox> {
    const inbox = new Inbox();
    const inner = await ses.default({ host: '127.0.0.1', port: 0 });
    answerUnknownActions(inner);
    const outer = createServer((request, response) => void inbox.pass(request, response));
    await once(outer.listen(0, '127.0.0.1'), 'listening');
    inbox.inner = `http://127.0.0.1:${String(portOf(inner))}`;
    inbox.url = `http://127.0.0.1:${String(portOf(outer))}`;
    inbox.stops = [outer, inner].map((server) => () => {
      server.close();
      server.closeAllConnections();
    });
    return inbox;
  }

  close(): Promise<void> {
    for (const stop of this.stops) stop();
    return Promise.resolve();
  }

  fault(subject: RegExp, fault: MailFault, times = Number.POSITIVE_INFINITY): void {
    this.faults.push({ subject, fault, times });
  }

  clearFaults(): void {
    this.faults.length = 0;
  }

  /** Every accepted mail, oldest first. */
  async all(): Promise<Mail[]> {
    const reply = await fetch(`${this.inner}/store`, ONE_CALL);
    const { emails } = (await reply.json()) as { emails: StoredMail[] };
    return emails.map(({ destination, subject, body }) => ({
      to: destination.to[0] ?? '',
      subject,
      text: body.text ?? '',
      html: body.html ?? '',
    }));
  }

  async to(address: string): Promise<Mail[]> {
    return (await this.all()).filter((mail) => mail.to === address);
  }

  /** The id that SES repeats in its events of that mail. */
  idOf(to: string, subject: RegExp): string {
    return this.sent.find((one) => one.to === to && subject.test(one.subject))?.tag.value ?? '';
  }

  private take(subject: string): MailFault | undefined {
    const found = this.faults.find((candidate) => candidate.times > 0 && candidate.subject.test(subject));
    if (found) found.times -= 1;
    return found?.fault;
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const sent = sentBy(new URLSearchParams(body.toString()));
    const fault = this.take(sent.subject);
    if (fault === 'hang') return;
    if (fault === 'refuse' || fault === 'throttle') {
      response.writeHead(400, { 'Content-Type': 'text/xml' }).end(NOT_TAKEN[fault]);
      return;
    }
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const headers = { authorization, 'content-type': type, ...ONE_CALL.headers };
    const taken = await fetch(`${this.inner}${request.url ?? '/'}`, { method: 'POST', headers, body });
    const text = await taken.text();
    if (sent.to !== '') this.sent.push(sent);
    if (fault === 'drop-reply') request.socket.destroy();
    else response.writeHead(taken.status, { 'Content-Type': 'text/xml' }).end(text);
  }
}
