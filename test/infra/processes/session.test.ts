import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identify, isAlive, processesNaming, startedAt } from '../../../infra/processes/identity.ts';
import { killSession, sessionMembers } from '../../../infra/processes/session.ts';
import { signal } from '../../../infra/processes/signal.ts';

const sleeper = async (name = 'x') => {
  const args = ['-e', 'setTimeout(() => {}, 60_000)', name];
  const child = spawn(process.execPath, args, { stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  return { child, pid: child.pid ?? 0, exited: once(child, 'exit') };
};

test('a process is known by its pid and start time, and only while it lives', async () => {
  const { pid, exited } = await sleeper();
  const identity = await identify(pid);
  expect(identity).toBeDefined();
  if (identity === undefined) return;
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, startTime: 'another' })).toBe(false);
  const age = Date.now() - ((await startedAt(pid))?.getTime() ?? 0);
  expect(Math.abs(age)).toBeLessThan(10_000);
  signal(pid, 'SIGKILL');
  await exited;
  expect(await isAlive(identity)).toBe(false);
  expect(await startedAt(pid)).toBeUndefined();
  expect(() => {
    signal(pid, 'SIGKILL');
  }).not.toThrow();
});

test('a session is ended whole, other sessions are not', async () => {
  const [one, other] = await Promise.all([sleeper('session-a'), sleeper('session-b')]);
  expect(await sessionMembers(one.pid)).toEqual([one.pid]);
  await killSession(one.pid);
  expect(await sessionMembers(one.pid)).toEqual([]);
  await one.exited;
  expect(await processesNaming('session-b')).toEqual([other.pid]);
  expect(await processesNaming('session')).toEqual([]);
  await killSession(other.pid);
  await other.exited;
});
