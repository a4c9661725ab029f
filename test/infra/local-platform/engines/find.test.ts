import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEngineConfig, type EngineConfig } from '../../../../infra/config.ts';
import { ENGINES } from '../../../../infra/local-platform/engines/engines.ts';
import { findEngine, findEngines, type EnginePaths } from '../../../../infra/local-platform/engines/find.ts';
import type { Way } from '../../../../infra/local-platform/engines/install.ts';

// The engines are the machine's real ones; only the ways in which they arrive are simulated.
let real: EnginePaths;
let cache: string;
let said: string;

const engine = ENGINES.find(({ name }) => name === 'temporal');
if (!engine) throw new Error('There is no engine temporal.');
const out = { write: (text: string) => (said += text) };
const nothingGiven = (): EngineConfig => ({
  cache,
  paths: { temporal: undefined, pulumi: undefined },
  behindProxy: false,
  searchPath: '',
});
const engineFolder = (): string => join(cache, 'engines');
const left = async (): Promise<string[]> =>
  (await readdir(engineFolder())).filter((entry) => entry.startsWith('.making-'));

const working = (calls: string[] = []): Way => ({
  label: () => 'a way that works',
  install: async ({ name }, root) => {
    calls.push(name);
    await mkdir(join(root, 'bin'), { recursive: true });
    await symlink(real[name], join(root, 'bin', name));
  },
});
const failing = (message: string): Way => ({
  label: () => 'a way that fails',
  install: () => Promise.reject(new Error(message)),
});

beforeAll(async () => {
  real = await findEngines();
});
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'tenure-engines-'));
  said = '';
});
afterEach(() => rm(cache, { recursive: true, force: true }));

test('the first way that works is taken, and the second time nothing is done', async () => {
  const calls: string[] = [];
  const options = { config: nothingGiven(), ways: [failing('no route to host'), working(calls)], out };
  const path = await findEngine('temporal', options);
  expect(path).toBe(join(engineFolder(), `temporal-${engine.version}`, 'bin', 'temporal'));
  await expect(findEngine('temporal', options)).resolves.toBe(path);
  expect(calls).toEqual(['temporal']);
});

test('two searches at once install once', async () => {
  const calls: string[] = [];
  const options = { config: nothingGiven(), ways: [working(calls)], out };
  const [one, two] = await Promise.all([findEngine('temporal', options), findEngine('temporal', options)]);
  expect(one).toBe(two);
  expect(calls).toEqual(['temporal']);
});

test('when no way works, one error says what was tried and what to do', async () => {
  const search = findEngine('temporal', {
    config: nothingGiven(),
    ways: [failing('no route to host'), failing('no Go')],
    out,
  });
  await expect(search).rejects.toThrow(/Tried:(.|\n)*no route to host(.|\n)*no Go(.|\n)*set TEMPORAL_CLI_PATH/);
  await expect(left()).resolves.toEqual([]);
});

test('what another version left is not taken for the right one', async () => {
  const wrongVersion: Way = {
    label: () => 'a way that gives something else',
    install: async (_engine, root) => {
      await mkdir(join(root, 'bin'), { recursive: true });
      await symlink(real.pulumi, join(root, 'bin', 'temporal'));
    },
  };
  const search = findEngine('temporal', { config: nothingGiven(), ways: [wrongVersion], out });
  await expect(search).rejects.toThrow('instead of 1.5.1');
});

test('a variable wins, and a wrong version in it is said and passed over', async () => {
  const given = (temporal: string): EngineConfig => ({ ...nothingGiven(), paths: { temporal, pulumi: undefined } });
  const ways = [working()];
  await expect(findEngine('temporal', { config: given(real.temporal), ways, out })).resolves.toBe(real.temporal);
  expect(said).toBe('');
  const path = await findEngine('temporal', { config: given(real.pulumi), ways, out });
  expect(path).toContain(engineFolder());
  expect(said).toContain('TEMPORAL_CLI_PATH is');
});

test('a variable that names no program stops the start with a sentence that names it', async () => {
  const config = loadEngineConfig({ TENURE_CACHE: cache, PULUMI_CLI_PATH: join(cache, 'nowhere') });
  await expect(findEngine('pulumi', { config, ways: [], out })).rejects.toThrow(
    /^PULUMI_CLI_PATH must name an executable/,
  );
});

test('an engine on the PATH is used where PulumiCommand can find it: in a folder named bin', async () => {
  const folder = join(cache, 'elsewhere');
  await mkdir(folder);
  await symlink(real.pulumi, join(folder, 'pulumi'));
  const path = await findEngine('pulumi', { config: { ...nothingGiven(), searchPath: folder }, ways: [], out });
  expect(path.endsWith(join('bin', 'pulumi'))).toBe(true);
  await expect(stat(path)).resolves.toHaveProperty('size', (await stat(real.pulumi)).size);
});

async function startInterruptedBuild(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('../../../support/interrupted-install.ts', import.meta.url));
  const child = fork(script, [cache, real.temporal]);
  await once(child, 'message');
  return child;
}

test('an interrupted build is not taken for a good one', async () => {
  const child = await startInterruptedBuild();
  const halves = await left();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(halves).toHaveLength(1);
  const calls: string[] = [];
  const path = await findEngine('temporal', { config: nothingGiven(), ways: [working(calls)], out });
  expect(calls).toEqual(['temporal']);
  await expect(stat(path)).resolves.toHaveProperty('size', (await stat(real.temporal)).size);
  await expect(left()).resolves.toEqual([]);
});

test('the pinned version of Pulumi is that of its SDK, of its Go module, and Temporal’s that of its module', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(`../../../../${path}`, import.meta.url), 'utf8');
  const pulumi = ENGINES.find(({ name }) => name === 'pulumi')?.version ?? '';
  const { dependencies } = JSON.parse(await read('package.json')) as { dependencies: Record<string, string> };
  expect(dependencies['@pulumi/pulumi']).toBe(pulumi);
  await expect(read('infra/local-platform/engines/pulumi/go.mod')).resolves.toContain(
    `github.com/pulumi/pulumi/pkg/v3 v${pulumi}`,
  );
  await expect(read('infra/local-platform/engines/temporal/go.mod')).resolves.toContain(
    `github.com/temporalio/cli v${engine.version}`,
  );
});

test('a lock left by a dead process is broken', async () => {
  await mkdir(engineFolder(), { recursive: true });
  const lock = join(engineFolder(), `temporal-${engine.version}.lock`);
  await writeFile(lock, JSON.stringify({ pid: process.pid, startedAt: 'another life' }));
  await expect(findEngine('temporal', { config: nothingGiven(), ways: [working()], out })).resolves.toContain(cache);
});
