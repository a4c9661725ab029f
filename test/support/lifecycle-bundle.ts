import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { withLock } from '../../infra/local-platform/engines/lock.mjs';
import { makeRunFolder } from './test-run.ts';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const bundleFrom = (workflowsPath: string): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });

/** Bundles a copy of the workflows in which something was changed; the tree itself stays as it is. */
export async function bundleChanged(change: (folder: string) => Promise<void>): Promise<WorkflowBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-bundle-'));
  try {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await cp(join(ROOT, 'workflows'), join(folder, 'workflows'), { recursive: true });
    await change(join(folder, 'workflows'));
    return await bundleFrom(join(folder, 'workflows', 'index.ts'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The workflows' code, bundled once per jest run: the first file that asks pays for all. */
export async function workflowBundle(): Promise<WorkflowBundle> {
  const folder = globalThis.TENURE_TEST_RUN;
  const file = join(folder, 'workflows.json');
  await makeRunFolder(folder);
  return withLock(join(folder, 'workflows.lock'), async () => {
    const kept = await readFile(file, 'utf8').catch(() => undefined);
    if (kept !== undefined) return JSON.parse(kept) as WorkflowBundle;
    const bundle = await bundleFrom(WORKFLOWS);
    await writeFile(file, JSON.stringify(bundle));
    return bundle;
  });
}
