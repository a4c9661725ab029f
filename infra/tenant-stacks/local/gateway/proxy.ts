import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import { html } from 'ghtml';
import { BARE_HEADERS } from '../../../http-refusals.ts';
import { boundConnections } from '../../../http-connections.ts';
import { InFlight, MOST_IN_FLIGHT, Receiving } from './in-flight.ts';
import { REQUEST_TIMEOUTS } from '../../../http-timeouts.ts';

/** Headers that concern one connection, not the message (RFC 9110 7.6.1), and those only we may say. */
const DROPPED: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'upgrade',
  ],
  ...['transfer-encoding', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'],
]);
/** Frame a message, or say whose it is: dropped, its body would be taken for the next request on the connection. */
const OF_THE_MESSAGE = /^(host|content-.+|authorization|(set-)?cookie|origin|referer|sec-.+)$/;

/** Those that a message itself says are for this connection only. */
const namedByConnection = ({ connection = '' }: IncomingHttpHeaders): readonly string[] =>
  connection.toLowerCase().split(/[\s,]+/);

/** What of these headers concerns the message, and not the connection. */
function ofTheMessage(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set(namedByConnection(headers).filter((name) => !OF_THE_MESSAGE.test(name)));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DROPPED.has(name) && !named.has(name)));
}

const IDLE_MS = 30_000;

/** Their style stands in the page. */
const NOTICE_POLICY = `${BARE_HEADERS['content-security-policy']}; style-src 'unsafe-inline'; img-src data:`;

interface Notice {
  readonly status: 400 | 404 | 502 | 503;
  readonly title: string;
  readonly text: string;
}
const NOTICES = {
  unclear: {
    status: 400,
    title: 'This request is not clear',
    text: 'It must name exactly one host, in the Host header, and only a path in the request line. Its Connection header must not name what belongs to the request.',
  },
  unknown: {
    status: 404,
    title: 'There is no instance here',
    text: 'No instance has this name. Check the address, or open the link in your welcome email.',
  },
  down: {
    status: 502,
    title: 'This instance is not answering',
    text: 'It is being restarted. Reload this page in a few seconds; your data is safe.',
  },
  busy: {
    status: 503,
    title: 'This instance is busy',
    text: 'It is receiving more requests than it can answer at the moment. Reload this page in a few seconds.',
  },
} as const satisfies Record<string, Notice>;
/** Of what passes by itself. A connection that is kept would be one of those that are scarce then. */
const PASSING: Readonly<Partial<Record<Notice['status'], OutgoingHttpHeaders>>> = {
  502: { 'retry-after': '2' },
  503: { 'retry-after': '5', connection: 'close' },
};

function sendNotice(response: ServerResponse, { status, title, text }: Notice): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const page = html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" /><title>${title}</title
      ><link rel="icon" href="data:," />
      <body style="font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem">
        <main>
          <h1>${title}</h1>
          <p>${text}</p>
        </main>
      </body>
    </html>`;
  const headers = { ...BARE_HEADERS, 'content-security-policy': NOTICE_POLICY };
  response.writeHead(status, { ...headers, 'content-type': 'text/html; charset=utf-8', ...PASSING[status] }).end(page);
}

/** A proxy before us may take another of two hosts than we do, or the one in the request line; or drop what frames it. */
const isClear = ({ headers, headersDistinct, url }: IncomingMessage): boolean =>
  headersDistinct['host']?.length === 1 &&
  url?.startsWith('/') === true &&
  !namedByConnection(headers).some((name) => OF_THE_MESSAGE.test(name) || name === 'transfer-encoding');

function forwardedHeaders(incoming: IncomingMessage): OutgoingHttpHeaders {
  const client = incoming.socket.remoteAddress ?? '';
  const host = incoming.headers.host ?? '';
  const framed = incoming.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' };
  return {
    ...ofTheMessage(incoming.headers),
    ...framed,
    // Not the scheme: whether a proxy before us has ended TLS is not known here.
    ...{ 'x-forwarded-for': client, 'x-forwarded-host': host },
  };
}

/** A status that may end an answer; Node throws at others, and an instance says what it likes. */
const isStatus = (status: number | undefined): status is number =>
  status !== undefined && status >= 200 && status <= 999;

/** Browsers take the blanks around a name away. */
const DOMAIN_OF_COOKIE = /;\s*domain\s*(=[^;]*)?(?=;|$)/gi;

/** A cookie is for the host that sets it: `Domain` would hand it to every other. */
function answeredHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const cookies = headers['set-cookie']?.map((cookie) => cookie.replaceAll(DOMAIN_OF_COOKIE, ''));
  return { ...ofTheMessage(headers), ...(cookies && { 'set-cookie': cookies }) };
}

function pass(answer: IncomingMessage, response: ServerResponse): void {
  // The one who asked has gone: nothing can be sent to them any more.
  if (response.destroyed) {
    answer.destroy();
    return;
  }
  if (!isStatus(answer.statusCode)) {
    answer.destroy();
    sendNotice(response, NOTICES.down);
    return;
  }
  response.writeHead(answer.statusCode, answeredHeaders(answer));
  pipeline(answer, response, () => undefined);
}

/** Sends each request on to the instance of its Host header, streaming both ways. */
export function buildProxy(
  portOf: (host: string) => number | null | undefined,
  proxies: readonly string[] = [],
): Server {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_IN_FLIGHT });
  const inFlight = new InFlight();
  const receiving = new Receiving(proxies);
  const server = createServer(REQUEST_TIMEOUTS, (incoming, response) => {
    if (!isClear(incoming)) {
      sendNotice(response, NOTICES.unclear);
      return;
    }
    const port = portOf(incoming.headers.host ?? '');
    if (typeof port !== 'number' || !receiving.take(port, incoming) || !inFlight.take(port, response)) {
      sendNotice(response, port === undefined ? NOTICES.unknown : port === null ? NOTICES.down : NOTICES.busy);
      return;
    }
    const { method, url: path } = incoming;
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      agent,
      headers: forwardedHeaders(incoming),
      timeout: IDLE_MS,
    };
    const onward = request(options, (answer) => {
      pass(answer, response);
    });
    response.on('close', () => {
      if (!response.writableFinished) onward.destroy();
    });
    onward.on('timeout', () => onward.destroy());
    // Nobody was asked to switch protocols; a connection that did so would carry no answer.
    onward.on('upgrade', (_answer, socket) => {
      socket.destroy();
      sendNotice(response, NOTICES.down);
    });
    onward.on('error', () => {
      sendNotice(response, NOTICES.down);
    });
    pipeline(incoming, onward, () => undefined);
  });
  boundConnections(server, proxies);
  server.on('close', () => {
    agent.destroy();
  });
  return server;
}
