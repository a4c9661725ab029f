import { mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { workflowBundle } from '../../workers/workflow-bundle.ts';

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'tenure-cache-'));
});
afterAll(() => rm(cache, { recursive: true }));

/** Used instead of `toContain`, which would print two megabytes. */
const isOurs = (code: string): boolean => code.includes('./workflows/index.ts');

test('the bundle is made once, and takes the place of the oldest of other versions', async () => {
  const folder = join(cache, 'workflows');
  await mkdir(folder);
  for (const age of [1, 2, 3, 4, 5]) {
    const file = join(folder, `${String(age)}.js`);
    await writeFile(file, '');
    await utimes(file, 0, 1_000_000 - age);
  }
  const made = await workflowBundle(cache);
  if (!('codePath' in made)) throw new Error('It was not kept.');
  expect(isOurs(await readFile(made.codePath, 'utf8'))).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(['1.js', '2.js', '3.js', '4.js', basename(made.codePath)].sort());
  const { mtimeMs } = await stat(made.codePath);

  expect(await workflowBundle(cache)).toEqual(made);
  expect((await stat(made.codePath)).mtimeMs).toBe(mtimeMs);

  // As a full disk or a power cut would leave it.
  await truncate(made.codePath, 20_000);
  expect(await workflowBundle(cache)).toEqual(made);
  expect(isOurs(await readFile(made.codePath, 'utf8'))).toBe(true);
});

test('where nothing can be kept, a worker has its bundle all the same', async () => {
  const file = join(cache, 'a-file');
  await writeFile(file, '');
  const bundle = await workflowBundle(file);
  expect('code' in bundle && isOurs(bundle.code)).toBe(true);
});
