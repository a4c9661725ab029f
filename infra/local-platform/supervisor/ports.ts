import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { readJson, writeJson } from '../../files.ts';
import type { PlatformPort } from '../../platform-ports.ts';

export type Ports = Readonly<Record<PlatformPort, number>>;
type PortsByPart = Readonly<Record<string, number>>;

const HOSTS = ['127.0.0.1', '::1'];
const SEARCHED = 200;
/** On a machine without IPv6 nothing can listen there. */
const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** Another program has bound the port since we let go of it. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';

  constructor(port: number, options?: ErrorOptions) {
    super(`port ${String(port)} is taken by another program`, options);
  }
}

interface Held {
  readonly port: number;
  readonly servers: readonly Server[];
}

/** @returns undefined when this machine has no such address. @throws Error when the port is taken */
function bind(port: number, host: string): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const server = createServer((connection) => connection.destroy());
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (NO_SUCH_ADDRESS.has(error.code)) resolve(undefined);
    else reject(error);
  });
  server.listen({ port, host, exclusive: true }, () => {
    resolve(server.unref());
  });
  return promise;
}

async function unbind(servers: readonly Server[]): Promise<void> {
  const closed = servers.map((server) => once(server, 'close'));
  for (const server of servers) server.close();
  await Promise.all(closed);
}

/** Takes the port by binding it. @returns undefined when it is taken */
async function hold(port: number): Promise<Held | undefined> {
  const servers: Server[] = [];
  try {
    for (const host of HOSTS) {
      const server = await bind(port, host);
      if (server) servers.push(server);
    }
    return { port, servers };
  } catch {
    await unbind(servers);
    return undefined;
  }
}

/** Any port, for 0. Systems give higher ones to outgoing connections, and the next start could not have it again. */
const ANY = [20_000, 30_000] as const;
const anyPort = (): number => randomInt(...ANY);

async function holdNext(preferred: number): Promise<Held> {
  for (let tried = 0; tried < SEARCHED && preferred + tried <= 65_535; tried += 1) {
    const held = await hold(preferred === 0 ? anyPort() : preferred + tried);
    if (held) return held;
  }
  const [from, to] = preferred === 0 ? ANY : [preferred, preferred + SEARCHED];
  throw new Error(`No port from ${String(from)} to ${String(to)} is free.`);
}

/** Ports that we keep bound, so that no other program takes them, until the part that uses them starts. */
export class PortReservations {
  private readonly held = new Map<number, readonly Server[]>();

  keep({ port, servers }: Held): void {
    this.held.set(port, servers);
  }

  /** Frees the ports for the part that binds them next. @throws PortTakenError when another program has taken one */
  async handOver(ports: readonly number[]): Promise<void> {
    for (const port of ports) {
      const servers = this.held.get(port) ?? (await hold(port))?.servers;
      if (servers === undefined) throw new PortTakenError(port);
      this.held.delete(port);
      await unbind(servers);
    }
  }

  /** Frees the ports that no part has asked for. */
  async close(): Promise<void> {
    await this.handOver([...this.held.keys()]);
  }
}

type Kept = Partial<Record<string, { asked: number; got: number }>>;

const portsFile = (home: string): string => join(home, 'ports.json');

/** The ports that were chosen last, which are those in use. */
export async function keptPorts<Chosen extends PortsByPart>(preferred: Chosen, home: string): Promise<Chosen> {
  const kept = (await readJson<Kept>(portsFile(home))) ?? {};
  const ports = Object.entries(preferred).map(([part, port]) => [part, kept[part]?.got ?? port]);
  return Object.fromEntries(ports) as Chosen;
}

/**
 * A port for each part: the one it had last time, else the preferred one, else the next free one after that. Links that
 * were sent out contain the port, so it changes only when it must.
 * @param say - is told about each port that is not the one asked for
 */
export async function choosePorts<Chosen extends PortsByPart>(
  preferred: Chosen,
  home: string,
  say: (text: string) => void,
): Promise<{ readonly ports: Chosen; readonly reservations: PortReservations }> {
  const file = portsFile(home);
  const before = (await readJson<Kept>(file)) ?? {};
  const reservations = new PortReservations();
  const kept: Record<string, { asked: number; got: number }> = {};
  for (const [part, asked] of Object.entries(preferred)) {
    const last = before[part]?.asked === asked ? before[part].got : 0;
    const held = (last === 0 ? undefined : await hold(last)) ?? (await holdNext(asked));
    reservations.keep(held);
    if (asked !== 0 && held.port !== asked)
      say(`Port ${String(asked)} (${part}) is taken: using ${String(held.port)}.`);
    kept[part] = { asked, got: held.port };
  }
  await writeJson(file, kept, 0o600);
  const ports = Object.fromEntries(Object.entries(kept).map(([part, { got }]) => [part, got])) as Chosen;
  return { ports, reservations };
}
