import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import proxyAddr from '@fastify/proxy-addr';
import { networkOrigin } from '../../../input/network-origin.ts';

/**
 * The most requests to one instance at a time. A hanging instance must not use up the connections that all of them
 * share.
 */
export const MOST_IN_FLIGHT = 64;

/** Counts the requests to each instance, by its port, until their answers have ended. */
export class InFlight {
  readonly #counts = new Map<number, number>();

  /** @returns false when the instance has as many as it may have */
  take(port: number, response: ServerResponse): boolean {
    const count = this.#counts.get(port) ?? 0;
    if (count >= MOST_IN_FLIGHT) return false;
    this.#counts.set(port, count + 1);
    response.once('close', () => {
      const left = (this.#counts.get(port) ?? 1) - 1;
      if (left === 0) this.#counts.delete(port);
      else this.#counts.set(port, left);
    });
    return true;
  }
}

/** Requests of one visitor to one instance whose bodies are still on their way: a few slow ones would take all its places. */
const MOST_RECEIVING = 16;

/** Counts them until their bodies are here. */
export class Receiving {
  readonly #isOurs: (address: string, hop: number) => boolean;
  readonly #counts = new Map<string, number>();

  constructor(proxies: readonly string[]) {
    this.#isOurs = proxyAddr.compile([...proxies]);
  }

  /** @returns false when the visitor has as many as one may have */
  take(port: number, incoming: IncomingMessage): boolean {
    const address = incoming.socket.remoteAddress ?? '';
    if (this.#isOurs(address, 0)) return true;
    const key = `${String(port)} ${networkOrigin(address)}`;
    const count = this.#counts.get(key) ?? 0;
    if (count >= MOST_RECEIVING) return false;
    this.#counts.set(key, count + 1);
    finished(incoming, { writable: false }, () => {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left === 0) this.#counts.delete(key);
      else this.#counts.set(key, left);
    });
    return true;
  }
}
