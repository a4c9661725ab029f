import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import { networkOrigin } from './input/network-origin.ts';

/**
 * Connections a server holds at a time; further ones are closed at once. Each costs a file descriptor, of which a process
 * often has 1024: without a bound, who opens them all keeps the process from its database too.
 */
export const MOST_CONNECTIONS = 800;
/**
 * The limit for one visitor: enough for an office behind one address, but not for somebody who tries to take all of
 * them.
 */
const MOST_OF_ONE = 200;

/** The connections of one visitor, the oldest first, with how many requests each carries. */
class OpenConnections {
  readonly #busy = new Map<Socket, number>();

  add(socket: Socket): void {
    this.#busy.set(socket, 0);
    socket.once('close', () => this.#busy.delete(socket));
    if (this.#busy.size <= MOST_OF_ONE) return;
    const idle = [...this.#busy].find(([other, requests]) => requests === 0 && other !== socket)?.[0];
    (idle ?? socket).destroy();
  }

  count(socket: Socket, by: 1 | -1): void {
    const requests = this.#busy.get(socket);
    if (requests !== undefined) this.#busy.set(socket, requests + by);
  }

  get isEmpty(): boolean {
    return this.#busy.size === 0;
  }
}

/**
 * Bounds the connections a server holds, in all and of one visitor: over the bound the visitor's oldest that carries no
 * request is closed. Our proxies have those of everybody, and are bounded only in all.
 * @param proxies addresses and networks, as `TRUST_PROXY` has them
 */
export function boundConnections(server: Server, proxies: readonly string[]): void {
  server.maxConnections = MOST_CONNECTIONS;
  const isOurs = proxyAddr.compile([...proxies]);
  const visitors = new Map<string, OpenConnections>();
  const originOf = new WeakMap<Socket, OpenConnections>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: address = '' } = socket;
    if (isOurs(address, 0)) return;
    const origin = networkOrigin(address);
    const connections = visitors.get(origin) ?? new OpenConnections();
    visitors.set(origin, connections);
    originOf.set(socket, connections);
    socket.once('close', () => {
      if (connections.isEmpty) visitors.delete(origin);
    });
    connections.add(socket);
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connections = originOf.get(socket);
    connections?.count(socket, 1);
    response.once('close', () => connections?.count(socket, -1));
  });
}
