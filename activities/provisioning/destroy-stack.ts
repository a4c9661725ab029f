import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stackPaths } from '../../infra/tenant-stacks/engine/paths.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import type { StackOperation } from '../../workflows/contract/stack.ts';
import type { ProvisioningDeps } from './deps.ts';
import { readTenant } from './desired-spec.ts';
import { keptLog, stackFolder } from './operation.ts';
import { runStack } from './run-stack.ts';
import { stackFiles } from './verify-stack-gone.ts';

/** The engine keeps backups and a history of a stack that it removed; the tenant is gone, so they are deleted too. */
async function removeTraces(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const leftovers = await stackFiles(deps, tenantNames(customerId).stack);
  await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })));
  await keepLog(deps, customerId);
  await rm(stackFolder(deps, customerId), { recursive: true, force: true });
}

async function keepLog(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const log = await readFile(stackPaths(stackFolder(deps, customerId)).log).catch(() => undefined);
  if (!log) return;
  const kept = keptLog(deps, customerId);
  await mkdir(dirname(kept), { recursive: true, mode: 0o700 });
  await appendFile(kept, log, { mode: 0o600 });
}

export async function destroyStack(deps: ProvisioningDeps, operation: StackOperation): Promise<void> {
  const { customerId } = operation;
  const finish = () => removeTraces(deps, customerId);
  await runStack({ deps, operation, tenant: await readTenant(deps, customerId), finish });
}
