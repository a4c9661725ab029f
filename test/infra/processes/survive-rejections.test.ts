import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('../../../infra/processes/survive-rejections.ts', import.meta.url));

/** A process in which a promise that nobody awaits is rejected, and which prints something afterwards. */
const run = (survives: boolean) =>
  spawnSync(
    process.execPath,
    [
      ...['--input-type=module', '--disable-warning=ExperimentalWarning', '-e'],
      `const { surviveRejections } = await import(${JSON.stringify(MODULE)});
       const logger = { error: ({ err }, text) => console.log(text + ': ' + err.message) };
       if (${String(survives)}) surviveRejections(logger);
       void Promise.reject(new Error('forgotten'));
       setTimeout(() => console.log('still there'), 20);`,
    ],
    { encoding: 'utf8' },
  );

test('a promise that nobody awaits is in the log, and ends no process', () => {
  expect(run(false).status).toBe(1);
  const { status, stdout } = run(true);
  expect([status, stdout]).toEqual([0, 'an unhandled promise rejection: forgotten\nstill there\n']);
});
