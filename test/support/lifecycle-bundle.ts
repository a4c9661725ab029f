import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { withLock } from '../../infra/engines/lock.mjs';
import { makeRunFolder } from './test-run.ts';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

export const bundleFrom = (workflowsPath: string): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });

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
