import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DefaultLogger, bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { loadEngineConfig } from '../../infra/config.ts';
import { withLock } from '../../infra/local-platform/engines/lock.mjs';
import { workflowBundle as bundleInCache } from '../../workers/workflow-bundle.ts';
import { RUN_FOLDER } from './jest/settings.ts';
import { makeRunFolder } from './test-run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const bundleFrom = (workflowsPath: string): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });

type Change = (workflows: string) => Promise<void>;

/** Works on a copy with changed workflows; the tree itself stays as it is. */
export async function inCopy<T>(
  folders: readonly string[],
  change: Change,
  work: (copy: string) => Promise<T>,
): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), 'tenure-changed-'));
  try {
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const folder of folders) await cp(join(ROOT, folder), join(copy, folder), { recursive: true });
    await change(join(copy, 'workflows'));
    return await work(copy);
  } finally {
    await rm(copy, { recursive: true });
  }
}

/** The bundle of the workflows as changed. */
export const bundleChanged = (change: Change): Promise<WorkflowBundle> =>
  inCopy(['workflows'], change, (copy) => bundleFrom(join(copy, 'workflows', 'index.ts')));

/** The compiler's errors for the whole product with the changed workflows; empty when there are none. */
export const typeErrorsOf = (change: Change): Promise<string> => inCopy(WHOLE, change, typeErrorsIn);

/** All parts of the product, without its tests. */
export const WHOLE = [
  'workflows',
  'activities',
  'workers',
  'api',
  'infra',
  'products',
  'tsconfig.json',
  'package.json',
];

export async function typeErrorsIn(copy: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules', 'typescript-native', 'bin', 'tsc');
  const checked = promisify(execFile)(process.execPath, [tsc, '--noEmit'], { cwd: copy });
  return checked.then(
    () => '',
    (error: unknown) => (error as { stdout: string }).stdout,
  );
}

/** The workflows' code as workers keep it: the first test file that needs it builds it, and the others wait. */
export async function workflowBundle(): Promise<WorkflowBundle> {
  await makeRunFolder(RUN_FOLDER);
  const kept = await withLock(join(RUN_FOLDER, 'workflows.lock'), () => bundleInCache(loadEngineConfig().cache));
  return 'code' in kept ? kept : { code: await readFile(kept.codePath, 'utf8') };
}
