import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment, Stack } from '@pulumi/pulumi/automation/index.js';
import { writeJson } from '../../files.ts';
import { stackPaths } from './paths.ts';

interface State {
  pending_operations?: readonly unknown[];
}

/** Keeps a copy of each state before we edit it. Its secrets stay encrypted. */
async function keepExport(folder: string, deployment: Deployment): Promise<void> {
  const { exports } = stackPaths(folder);
  await mkdir(exports, { recursive: true, mode: 0o700 });
  const name = `${new Date().toISOString().replaceAll(':', '-')}.json`;
  await writeJson(join(exports, name), deployment, 0o600);
}

/**
 * Makes a stack usable whose last operation was cut off. Pending creates are cleared, not imported: our resources are
 * adopted by their names when they are created again, so nothing is made twice and nothing is lost.
 */
export async function recover(stack: Stack, folder: string, breakLock: boolean): Promise<void> {
  const deployment = await stack.exportStack();
  const state = deployment.deployment as State | null;
  const pending = state?.pending_operations?.length ?? 0;
  if (pending > 0 || breakLock) await keepExport(folder, deployment);
  if (breakLock) await stack.cancel();
  if (pending > 0 && state)
    await stack.importStack({ ...deployment, deployment: { ...state, pending_operations: [] } });
}
