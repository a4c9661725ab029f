import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { changesSomething, isForeign } from '../foreign-request.ts';

/** Names of this machine; `localhost` may stand for more than one address. */
const OWN_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const hostOf = ({ headersDistinct }: IncomingMessage): string | undefined => {
  const [host, another] = headersDistinct['host'] ?? [];
  return another === undefined ? host?.replace(/:\d+$/, '').toLowerCase() : undefined;
};

/** Why a part that serves only this machine refuses a request; undefined when it accepts it. */
function refusalOf(request: IncomingMessage, hosts: readonly string[]): string | undefined {
  if (!hosts.includes(hostOf(request) ?? '')) return `Only requests to ${hosts.join(', ')} are answered here.`;
  return changesSomething(request) && isForeign(request.headers) ? 'This request came from another site.' : undefined;
}

/**
 * Loopback keeps other machines out, but not web pages in a browser on this one: their host name may resolve to this
 * machine, and their forms may be sent to it. So the server answers only to its own names, and accepts no writes from
 * other sites.
 */
export function answerOnlyLocalRequests(server: Server, more: readonly string[] = []): void {
  const hosts = [...OWN_HOSTS, ...more];
  const listeners = server.listeners('request') as Listener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const refusal = refusalOf(request, hosts);
    if (refusal === undefined) for (const listener of listeners) listener.call(server, request, response);
    else response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(refusal);
  });
}
