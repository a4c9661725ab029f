import { createServer } from 'node:net';
import { join } from 'node:path';
import { readJson, writeJson } from '../../files.ts';
import type { PlatformPort } from '../../platform-ports.ts';

export type Ports = Readonly<Record<PlatformPort, number>>;

const HOSTS = ['127.0.0.1', '::1'];
const SEARCHED = 200;

function listenOnce(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has nobody on that port there either.
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT' ? port : undefined);
    });
    server.listen({ port, host }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  for (const host of HOSTS) if ((await listenOnce(port, host)) === undefined) return false;
  return true;
}

async function anyFree(taken: ReadonlySet<number>): Promise<number> {
  const port = await listenOnce(0, '127.0.0.1');
  return port === undefined || taken.has(port) ? anyFree(taken) : port;
}

async function nextFree(preferred: number, taken: ReadonlySet<number>): Promise<number> {
  if (preferred === 0) return anyFree(taken);
  for (let port = preferred; port < preferred + SEARCHED && port <= 65_535; port += 1)
    if (!taken.has(port) && (await isFree(port))) return port;
  throw new Error(`No port from ${String(preferred)} to ${String(preferred + SEARCHED)} is free.`);
}

async function remembered(file: string): Promise<Partial<Record<PlatformPort, { asked: number; got: number }>>> {
  return (await readJson(file)) ?? {};
}

/**
 * A free port for each part: the one it had last time, else the preferred one, else the next free one after it.
 * Links handed out earlier carry the port, so it stays as long as it can.
 * @param say told about each port that is not the one asked for.
 */
export async function choosePorts(preferred: Ports, home: string, say: (text: string) => void): Promise<Ports> {
  const file = join(home, 'ports.json');
  const before = await remembered(file);
  const ports = { ...preferred };
  const kept: Partial<Record<string, { asked: number; got: number }>> = {};
  const taken = new Set<number>();
  for (const part of Object.keys(preferred) as PlatformPort[]) {
    const asked = preferred[part];
    const last = before[part];
    const wanted = last?.asked === asked ? last.got : asked;
    const port = wanted !== 0 && !taken.has(wanted) && (await isFree(wanted)) ? wanted : await nextFree(asked, taken);
    if (asked !== 0 && port !== asked) say(`Port ${String(asked)} (${part}) is taken: using ${String(port)}.`);
    ports[part] = port;
    taken.add(port);
    kept[part] = { asked, got: port };
  }
  await writeJson(file, kept, 0o600);
  return ports;
}
