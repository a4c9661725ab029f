import { readFile } from 'node:fs/promises';
import { ENGINES } from '../../infra/local-platform/engines/engines.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = async (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const manifest = async (): Promise<Manifest> => JSON.parse(await read('package.json')) as Manifest;
const installed = async (name: string): Promise<string> =>
  (JSON.parse(await read(`node_modules/${name}/package.json`)) as { version: string }).version;

test("Temporal's packages are of one version, pinned and installed: mixed ones break replay", async () => {
  const { dependencies } = await manifest();
  const ours = Object.entries(dependencies).filter(([name]) => name.startsWith('@temporalio/'));
  expect(ours.length).toBeGreaterThan(5);
  const found = await Promise.all(ours.map(async ([name, wanted]) => [wanted, await installed(name)]));
  expect(new Set(found.flat()).size).toBe(1);
});

test("@pulumi/pulumi is of the engine's version", async () => {
  const { dependencies } = await manifest();
  expect(await installed('@pulumi/pulumi')).toBe(dependencies['@pulumi/pulumi']);
  const engine = ENGINES.find(({ name }) => name === 'pulumi');
  expect(engine?.version).toBe(dependencies['@pulumi/pulumi']);
  expect(await read('infra/local-platform/engines/pulumi/go.mod')).toContain(`pkg/v3 v${engine?.version ?? ''}`);
});

test('every package is pinned exactly, protobufjs too', async () => {
  const { dependencies, devDependencies } = await manifest();
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([name, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) && name !== '@types/node',
  );
  expect(loose).toEqual([]);
  expect(dependencies['protobufjs']).toBe(await installed('protobufjs'));
});
