import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inCopy } from '../support/lifecycle-bundle.ts';
import { SEEDED, type Seeded } from './errors.ts';

/*
 * Puts errors into copies of the product, one into each, and lives a small year there: the model has to find every one.
 * Exits with 1 when one was not found:  npm run year:seeded -- [name]
 */
const FOLDERS = ['workflows', 'activities', 'workers', 'api', 'infra', 'products', 'test'];
const FILES = ['package.json', 'tsconfig.json'];
const AT_ONCE = 2;

async function change(copy: string, { file, from, to }: Seeded): Promise<void> {
  const path = join(copy, file);
  const text = await readFile(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} no longer has "${from}": correct test/year/errors.ts.`);
  await writeFile(path, text.replace(from, to));
}

interface Found {
  readonly isFound: boolean;
  readonly said: string;
}

const liveIn = (copy: string, { customers }: Seeded): Promise<Found> =>
  new Promise((resolve) => {
    const args = [join(copy, 'test/year/year.ts'), '--seed', '7', '--days', '110', '--lanes', '6', '--only', customers];
    execFile(process.execPath, args, { cwd: copy, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const difference = /^ {2}day \d+, (?!life).*: the model says .*$/m.exec(stdout)?.[0].trim();
      resolve({ isFound: error?.code === 1 && difference !== undefined, said: difference ?? stderr.slice(-500) });
    });
  });

const only = process.argv[2];
const queue = SEEDED.filter(({ name }) => only === undefined || name === only);
let missed = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let error = queue.shift(); error !== undefined; error = queue.shift()) {
      const one = error;
      const found = await inCopy(
        [...FOLDERS, ...FILES],
        () => Promise.resolve(),
        async (copy) => {
          await change(copy, one);
          return liveIn(copy, one);
        },
      );
      console.log(`${found.isFound ? 'found' : 'NOT FOUND'}: ${one.name} (${found.said})`);
      if (!found.isFound) missed += 1;
    }
  }),
);
process.exitCode = missed > 0 ? 1 : 0;
