import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inspectHolder, tryTakeover, writeLease } from '../../../activities/provisioning/lease.ts';
import { isAlive, identify } from '../../../infra/processes/identity.ts';
import { sessionMembers } from '../../../infra/processes/session.ts';
import { eventually } from '../../support/eventually.ts';

// Who holds a stack, found out without ending any process: a pid alone proves nothing.
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

/** A process in its own session, like a runner. */
function stranger(...args: readonly string[]) {
  const idle = 'console.log(1); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', idle, '--', ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { child, pid: child.pid ?? 0, ready: once(child.stdout, 'data'), gone: once(child, 'exit') };
}

const CUT_OFF = [
  ['empty', ''],
  ['cut off', '{"host":"'],
  ['of something else', '{}'],
] as const;

test.each(CUT_OFF)(
  'a lease that is %s counts as that of a dead runner, unless an engine works on the stack',
  async (_label, text) => {
    await writeFile(join(folder, 'lease.json'), text);
    expect(await holder()).toBe('dead');
    expect(await tryTakeover(folder, locks)).toEqual({ cutOff: true, breakLock: false });
    const engine = stranger('--stack', basename(folder));
    await engine.ready;
    expect(await holder()).toBe('alive');
    expect(await tryTakeover(folder, locks)).toBeUndefined();
    engine.child.kill('SIGKILL');
    await engine.gone;
    expect(await holder()).toBe('dead');
  },
);

test.each(CUT_OFF)(
  "Pulumi's lock that is %s counts as that of a dead engine, unless one works on the stack",
  async (_label, text) => {
    await writeFile(join(locks, 'one.json'), text);
    expect(await tryTakeover(folder, locks)).toEqual({ cutOff: false, breakLock: true });
    const engine = stranger('--stack', basename(folder));
    await engine.ready;
    expect(await tryTakeover(folder, locks)).toBeUndefined();
    engine.child.kill('SIGKILL');
    await engine.gone;
  },
);

test("a process that came to have a dead runner's number is not ended", async () => {
  const { child, pid, ready, gone } = stranger();
  await ready;
  const itself = await identify(pid);
  await lease({ pid, startTime: itself?.startTime.replace(/\d+$/, '1') });
  expect(await tryTakeover(folder, locks)).toEqual({ cutOff: true, breakLock: false });
  expect(itself && (await isAlive(itself))).toBe(true);
  child.kill('SIGKILL');
  await gone;
});

test('what a dead runner has left of its session is ended', async () => {
  const program = `require('node:child_process').spawn('sleep', ['1000']).once('spawn', () => console.log(1))`;
  const runner = spawn(process.execPath, ['-e', program], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const pid = runner.pid ?? 0;
  await once(runner.stdout, 'data');
  await writeLease(folder, pid);
  const gone = once(runner, 'exit');
  runner.kill('SIGKILL');
  await gone;
  expect(await sessionMembers(pid)).toHaveLength(1);
  // The kernel may take a while to end them: then the next look sees it.
  const takeover = await eventually('the takeover', () => tryTakeover(folder, locks));
  expect(takeover).toEqual({ cutOff: true, breakLock: false });
  expect(await sessionMembers(pid)).toEqual([]);
});
