import { createHash, type Hash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode, type WorkflowBundle, type WorkflowBundlePath } from '@temporalio/worker';
import { replaceFile } from '../infra/files.ts';
import { programFile } from '../infra/program-file.ts';

const require = createRequire(import.meta.url);
const WORKFLOWS = programFile('../workflows/index.ts', import.meta.url);
/** How many bundles of other versions of the code are kept. */
const OTHERS_KEPT = 4;

/**
 * The workflows' code as workers run it, bundled once for each state of its sources. It is kept on disk, so that a
 * worker that died polls again two seconds sooner.
 * @param cache - the folder to keep it in. If it cannot be written to, that costs those seconds and nothing else.
 */
export async function workflowBundle(cache: string): Promise<WorkflowBundle | WorkflowBundlePath> {
  const folder = join(cache, 'workflows');
  const sources = await hashOfSources();
  const kept = await findKept(folder, sources);
  if (kept !== undefined) return { codePath: kept };
  const bundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: new DefaultLogger('WARN') });
  const codePath = join(folder, nameOf(sources, bundle.code));
  try {
    await mkdir(folder, { recursive: true });
    await removeOldest(folder);
    await replaceFile(codePath, bundle.code);
  } catch {
    return bundle;
  }
  return { codePath };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Names what it was made of and what is in it, so that a damaged one is known. */
const nameOf = (sources: string, code: string): string => `${sources}-${hashOf(code)}.js`;

/** The bundle of these sources, if it is whole. */
async function findKept(folder: string, sources: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(`${sources}-`))) {
    const path = join(folder, name);
    const code = await readFile(path, 'utf8').catch(() => '');
    if (name === nameOf(sources, code)) return path;
    await rm(path, { force: true }).catch(() => undefined);
  }
  return undefined;
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const sdk of ['worker', 'workflow'])
    hash.update(await readFile(require.resolve(`@temporalio/${sdk}/package.json`)));
  await addFolder(hash, dirname(WORKFLOWS));
  return hash.digest('hex').slice(0, 32);
}

async function addFolder(hash: Hash, folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files.sort())
    hash
      .update(file.slice(folder.length))
      .update('\0')
      .update(await readFile(file));
}

async function removeOldest(folder: string): Promise<void> {
  const files = (await readdir(folder)).map((name) => join(folder, name));
  const dated = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })));
  const old = dated.sort((one, other) => other.at - one.at).slice(OTHERS_KEPT);
  await Promise.all(old.map(({ file }) => rm(file, { force: true })));
}
