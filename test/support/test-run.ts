import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startTime, type ProcessIdentity } from '../../infra/local-platform/engines/lock.mjs';

const PREFIX = 'tenure-test-';
const GRACE_MS = 5_000;

/** The folder of one jest run, named for the process that runs it: jest.config.js hands it to every test file. */
export const runFolderOf = (pid: number): string => join(tmpdir(), `${PREFIX}${String(pid)}`);

const serverFile = (folder: string): string => join(folder, 'server.json');

export interface TestServer extends ProcessIdentity {
  readonly url: string;
}

export async function readServer(folder: string): Promise<TestServer | undefined> {
  const text = await readFile(serverFile(folder), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as TestServer);
}

export const writeServer = (folder: string, server: TestServer): Promise<void> =>
  writeFile(serverFile(folder), JSON.stringify(server), { mode: 0o600 });

export async function makeRunFolder(folder: string): Promise<void> {
  // When we are root, Postgres runs as another user, who has to reach its folder.
  await mkdir(folder, { recursive: true, mode: 0o711 });
}

/** Ends the Postgres of that run and removes its files. */
export async function endRun(folder: string): Promise<void> {
  const server = await readServer(folder);
  if (server && isAlive(server)) {
    process.kill(server.pid, 'SIGINT');
    const deadline = Date.now() + GRACE_MS;
    while (isAlive(server) && Date.now() < deadline) await sleep(20);
    if (isAlive(server)) process.kill(server.pid, 'SIGKILL');
  }
  await rm(folder, { recursive: true, force: true });
}

/** Removes the leftovers of runs that were interrupted before their teardown. */
export async function endAbandonedRuns(): Promise<void> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  const abandoned = folders.filter((name) => startTime(Number(name.slice(PREFIX.length))) === undefined);
  await Promise.all(abandoned.map((name) => endRun(join(tmpdir(), name))));
}
