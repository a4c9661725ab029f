import { rm } from 'node:fs/promises';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import type { StackOperation } from '../../workflows/contract.ts';
import type { ProvisioningDeps } from './deps.ts';
import { readSpec } from './desired-spec.ts';
import { stackFolder } from './operation.ts';
import { runStack } from './run-stack.ts';
import { stackFiles } from './verify-stack-gone.ts';

/** The engine keeps backups and a history of a stack it removed; the tenant is gone, so they go too. */
async function removeTraces(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const leftovers = await stackFiles(deps, tenantNames(customerId).stack);
  await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })));
  await rm(stackFolder(deps, customerId), { recursive: true, force: true });
}

export async function destroyStack(deps: ProvisioningDeps, operation: StackOperation): Promise<void> {
  const { customerId } = operation;
  await runStack({ deps, operation, spec: await readSpec(deps, customerId) });
  await removeTraces(deps, customerId);
}
