import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectHolder, writeLease } from '../../../activities/provisioning/lease.ts';

// Who holds a stack, told without ending anybody (reliability P3): a pid alone proves nothing.
let folder: string;
let locks: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-lease-'));
  locks = join(folder, 'locks');
  await mkdir(locks);
});
afterEach(() => rm(folder, { recursive: true }));

const holder = () => inspectHolder(folder, locks);
const lease = (change: object) =>
  writeFile(
    join(folder, 'lease.json'),
    JSON.stringify({ host: hostname(), pid: process.pid, startTime: 'x', ...change }),
  );
const lock = (change: object) =>
  writeFile(
    join(locks, 'one.json'),
    JSON.stringify({ hostname: hostname(), pid: process.pid, timestamp: new Date().toISOString(), ...change }),
  );

test('nobody, when there is neither lease nor lock', async () => {
  expect(await holder()).toBe('nobody');
  expect(await inspectHolder(join(folder, 'nothing'), undefined)).toBe('nobody');
});

test('a living process is left alive', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  await writeLease(folder, pid);
  expect(await holder()).toBe('alive');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(await holder()).toBe('dead');
});

test.each([
  ['a pid that came back as another process', () => lease({ startTime: 'boot:1' }), 'dead'],
  ['another host', () => lease({ host: 'elsewhere' }), 'elsewhere'],
  ["Pulumi's lock of a living process", () => lock({}), 'alive'],
  ["Pulumi's lock from before the process of its pid began", () => lock({ timestamp: '2001-01-01T00:00:00Z' }), 'dead'],
  ["Pulumi's lock of another host", () => lock({ hostname: 'elsewhere' }), 'elsewhere'],
] as const)('%s', async (_name, arrange, expected) => {
  await arrange();
  expect(await holder()).toBe(expected);
});

test('of several holders the one that matters most is told', async () => {
  await lease({ startTime: 'boot:1' });
  await lock({ hostname: 'elsewhere' });
  expect(await holder()).toBe('elsewhere');
});
