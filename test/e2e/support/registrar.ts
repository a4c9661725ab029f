import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registrar of mail domains and mailboxes that knows nothing about Tenure. It registers a domain only once. */
export class Registrar {
  readonly domains = new Set<string>();
  /** Domains that belong to somebody else. */
  readonly taken = new Set<string>();
  readonly keys: string[] = [];
  /** The last requested content of each mailbox, by its owner. */
  readonly mailboxes = new Map<string, string>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, reply) => {
      const { pathname, search } = new URL(request.url ?? '', 'http://registrar');
      const name = decodeURIComponent(pathname.split('/').at(-1) ?? '');
      const isMailbox = pathname.startsWith('/mailboxes/');
      reply.writeHead(isMailbox ? this.mailbox(request, name, search) : this.answer(request, name)).end();
    });
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private mailbox({ method }: IncomingMessage, name: string, wanted: string): number {
    if (method === 'PUT') this.mailboxes.set(name, wanted);
    if (method === 'DELETE') return this.mailboxes.delete(name) ? 204 : 404;
    return this.mailboxes.has(name) ? 200 : 404;
  }

  private answer({ method, headers }: IncomingMessage, name: string): number {
    if (method === 'PUT') return this.put(name, headers['idempotency-key']);
    if (method === 'DELETE') return this.drop(name);
    return this.domains.has(name) ? 200 : 404;
  }

  private put(name: string, key: string | string[] | undefined): number {
    this.keys.push(String(key));
    if (this.taken.has(name)) return 409;
    this.domains.add(name);
    return 200;
  }

  private drop(name: string): number {
    return this.domains.delete(name) ? 204 : 404;
  }
}
