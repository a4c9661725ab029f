import { spawnSync } from 'node:child_process';

const WATCHDOG = new URL('../../../infra/processes/watchdog.ts', import.meta.url).href;

/** How a watched process ends while its main thread runs this code. */
const endOf = (program: string) => {
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `(await import('${WATCHDOG}')).watchOverMainThread(2); ${program}`],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return { status, signal, stderr };
};

test('a process whose main thread hangs is ended, and says so', () => {
  expect(endOf('setTimeout(() => { for (;;); })')).toEqual({
    ...{ status: null, signal: 'SIGKILL' },
    stderr: 'The main thread has hung for 2 s: the process ends.\n',
  });
});

test('one that only waits lives on', () => {
  expect(endOf('setTimeout(() => undefined, 5_000)')).toEqual({ status: 0, signal: null, stderr: '' });
});
