import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts, type Ports } from '../../../infra/local-platform/supervisor/ports.ts';
import { PLATFORM_PORTS } from '../../../infra/platform-ports.ts';

const PARTS = Object.keys(PLATFORM_PORTS) as (keyof Ports)[];
const ANY = Object.fromEntries(PARTS.map((part) => [part, 0])) as unknown as Ports;
let folders: string[];
let open: { close: () => unknown }[];
beforeEach(async () => {
  folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'tenure-ports-'))));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((server) => server.close()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});

const choose = async (preferred: Ports, folder = folders[0] ?? '', told: string[] = []) => {
  const chosen = await choosePorts(preferred, folder, (text) => told.push(text));
  open.push(chosen.reservations);
  return chosen;
};

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      open.push(server);
      resolve(server);
    });
  });
}

test('two starts that choose at the same moment never get the same port, and say which one was taken', async () => {
  // Free ports, found by taking them and giving them back.
  const { ports, reservations } = await choose(ANY);
  await reservations.close();
  const told: string[] = [];
  const [one, two] = await Promise.all(folders.map((folder) => choose({ ...ANY, api: ports.api }, folder, told)));
  const all = [one, two].flatMap((chosen) => Object.values(chosen?.ports ?? {}));
  expect(new Set(all).size).toBe(2 * PARTS.length);
  expect(told).toEqual([
    expect.stringMatching(new RegExp(`^Port ${String(ports.api)} \\(api\\) is taken: using \\d+\\.$`)),
  ]);
});

test('a port is kept from others until it is handed over, and a part that comes too late is told which one', async () => {
  const { ports, reservations } = await choose(ANY);
  await expect(listen(ports.mail)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await reservations.handOver([ports.mail]);
  await listen(ports.mail);
  await expect(reservations.handOver([ports.mail])).rejects.toThrow(
    `port ${String(ports.mail)} is taken by another program`,
  );
});

test('a part gets the port it had last time, also when what was noted of the others is lost', async () => {
  const first = await choose(ANY);
  await first.reservations.close();
  const again = await choose(ANY);
  expect(again.ports).toEqual(first.ports);
  await again.reservations.close();
  await writeFile(join(folders[0] ?? '', 'ports.json'), '');
  expect(Object.values((await choose(ANY)).ports).every((port) => port > 0)).toBe(true);
});
