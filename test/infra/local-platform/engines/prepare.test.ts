import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// The pre script in a separate project with a single package of its own, so that the real `npm ci` has little to do.
const FILES = ['prepare.mjs', 'lock.mjs', 'node24.mjs', 'progress.mjs'];
const source = fileURLToPath(new URL('../../../../infra/local-platform/engines/', import.meta.url));
const run = promisify(execFile);

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'tenure-prepare-'));
  const engines = join(project, 'infra', 'local-platform', 'engines');
  mkdirSync(engines, { recursive: true });
  for (const file of FILES) cpSync(join(source, file), join(engines, file));
  writeFileSync(join(engines, 'prepare.ts'), `const ready: string = 'engines looked after';\nconsole.log(ready);\n`);
  writeLock('1.0.0');
});
afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

function writeLock(version: string): void {
  const own = { name: 'sample', version, license: 'Apache-2.0', dependencies: { part: 'file:part' } };
  const part = { name: 'part', version: '1.0.0', license: 'Apache-2.0' };
  mkdirSync(join(project, 'part'), { recursive: true });
  writeFileSync(join(project, 'part', 'package.json'), JSON.stringify(part));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...own, type: 'module' }));
  const packages = { '': own, part, 'node_modules/part': { resolved: 'part', link: true } };
  const lock = { name: 'sample', version, lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lock));
}

async function prepare(): Promise<string> {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: project, TENURE_CACHE: join(project, 'cache') };
  const { stdout } = await run(process.execPath, [join(project, 'infra', 'local-platform', 'engines', 'prepare.mjs')], {
    env,
  });
  return stdout;
}

test('the first run installs, the second says nothing, a changed lock installs again', async () => {
  const first = await prepare();
  expect(first).toMatch(
    /^Installing packages: npm ci …\nInstalling packages: npm ci: done \(\d+ s\)\nengines looked after\n$/,
  );
  await expect(prepare()).resolves.toBe('engines looked after\n');
  rmSync(join(project, 'node_modules', 'part'));
  writeFileSync(join(project, 'node_modules', '.package-lock.json'), '{"packages":{}}');
  writeLock('1.0.1');
  await expect(prepare()).resolves.toContain('Packages changed: npm ci: done');
  expect(readFileSync(join(project, 'node_modules', '.tenure-lock-hash'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
});

test('of two runs at once one installs and the other waits', async () => {
  const [one, two] = await Promise.all([prepare(), prepare()]);
  const outputs = [one, two].sort((a, b) => b.length - a.length);
  expect(`${one}${two}`.match(/npm ci: done/g)).toHaveLength(1);
  expect(outputs.every((output) => output.endsWith('engines looked after\n'))).toBe(true);
});

test('a failed installation ends with what npm said', async () => {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'sample', dependencies: { absent: '1.0.0' } }));
  const failed = await prepare().then(
    () => undefined,
    (error: unknown) => error as { code: number; stderr: string },
  );
  expect(failed?.code).toBe(1);
  expect(failed?.stderr).toMatch(/npm ci ended with code 1. What it said:\n.*npm/);
});
