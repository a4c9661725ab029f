import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { backendFolder } from '../../infra/tenant-stacks/engine/paths.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import type { ProvisioningDeps } from './deps.ts';
import { readTenant } from './desired-spec.ts';
import { listLocks } from './lease.ts';
import { stackFolder, stackLocks } from './operation.ts';
import { takeInventory } from './run-stack.ts';

const isEmptyFolder = async (folder: string): Promise<boolean> => (await readdir(folder).catch(() => [])).length === 0;

/** Files of the backend and our own files that have the stack's name, whatever Pulumi thinks it still has. */
export async function stackFiles({ pulumi }: ProvisioningDeps, stack: string): Promise<string[]> {
  const backend = backendFolder(pulumi.backendUrl);
  if (backend === undefined) return [];
  const root = join(backend, '.pulumi');
  const paths = await readdir(root, { recursive: true }).catch(() => []);
  return paths.filter((path) => path.includes(stack) && !path.startsWith('locks')).map((path) => join(root, path));
}

/** Outages are waited out; what still exists after that time is there to stay. */
const MOST_TRIES = 5;

/**
 * Takes inventory of everything a stack of this customer could have left.
 * @throws ApplicationFailure `StackNotEmpty` naming the kinds of things that are still there.
 */
export async function verifyStackGone(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const { stack } = tenantNames(customerId);
  const tenant = await readTenant(deps, customerId);
  const [inventory, state, locks, noFolder] = await Promise.all([
    takeInventory(deps, tenant),
    stackFiles(deps, stack),
    listLocks(stackLocks(deps, customerId)),
    isEmptyFolder(stackFolder(deps, customerId)),
  ]);
  const found = { ...inventory, state: state.length > 0, lock: locks.length > 0, 'stack folder': !noFolder };
  const left = Object.entries(found).flatMap(([kind, exists]) => (exists ? [kind] : []));
  if (left.length === 0) return;
  const nonRetryable = Context.current().info.attempt >= MOST_TRIES;
  throw ApplicationFailure.create({ type: 'StackNotEmpty', message: `Still there: ${left.join(', ')}.`, nonRetryable });
}
