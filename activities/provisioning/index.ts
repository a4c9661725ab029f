import type { StackChanges } from '../../workflows/contract/replay.ts';
import type { LockHolder, StackOperation, StackResult } from '../../workflows/contract/stack.ts';
import { backupTenant, deleteBackups, type BackupRequest, type BackupResult } from './backups.ts';
import { checkInstance } from './check-instance.ts';
import type { ProvisioningDeps } from './deps.ts';
import { readSpec } from './desired-spec.ts';
import { destroyStack } from './destroy-stack.ts';
import { asApplicationFailure } from './failures.ts';
import { inspectHolder } from './lease.ts';
import { stackFolder, stackLocks } from './operation.ts';
import { previewStack, type StackQuestion } from './preview-stack.ts';
import { runStack } from './run-stack.ts';
import { signOutInstance } from './sign-out.ts';
import { verifyStackGone } from './verify-stack-gone.ts';

export type { ProvisioningDeps } from './deps.ts';

interface CustomerRef {
  readonly customerId: string;
}

/** Makes failures typed and short on their way into history. */
const typed = async <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((error: unknown) => {
    throw asApplicationFailure(error);
  });

export type ProvisioningActivities = ReturnType<typeof createProvisioningActivities>;

/** Everything Tenure does to tenants' stacks. All of it may be retried. */
export function createProvisioningActivities(deps: ProvisioningDeps) {
  return {
    /**
     * Creates or updates the tenant's stack to what Postgres says.
     * Fails as one of `STACK_FAILURES`, or `StaleGeneration` when a newer operation has the stack.
     */
    applyStack: (operation: StackOperation): Promise<StackResult> =>
      typed(async () => {
        const spec = await readSpec(deps, operation.customerId);
        const version = await runStack({ deps, operation, tenant: spec, spec });
        return { namespace: spec.namespace, version };
      }),

    /** Destroys the stack and everything the engine keeps of it. A stack that is not there is done. */
    destroyStack: (operation: StackOperation): Promise<void> => typed(() => destroyStack(deps, operation)),

    /** Fails as `StackNotEmpty` naming what is left; asks the places themselves, not Pulumi's state. */
    verifyStackGone: ({ customerId }: CustomerRef): Promise<void> => typed(() => verifyStackGone(deps, customerId)),

    /** Fails as `InstanceUnhealthy` unless the instance answers with its company, plan, region, mode and database. */
    checkInstance: ({ customerId }: CustomerRef): Promise<void> => typed(() => checkInstance(deps, customerId)),

    /** What the operation of a replay would change, its corrections applied; leaves nothing behind. */
    previewStack: (question: StackQuestion): Promise<StackChanges> => typed(() => previewStack(deps, question)),

    /** Who holds the lock of the stack; changes nothing. */
    inspectLock: ({ customerId }: CustomerRef): Promise<LockHolder> =>
      typed(() => inspectHolder(stackFolder(deps, customerId), stackLocks(deps, customerId))),

    /** Makes the instance end older sessions; fails while the instance does not answer. */
    signOutInstance: ({ customerId }: CustomerRef): Promise<void> => typed(() => signOutInstance(deps, customerId)),

    /** Backs up the tenant's data to files with a manifest; brought up to date when taken again. */
    backupTenant: (request: BackupRequest): Promise<BackupResult> => typed(() => backupTenant(deps, request)),

    /** Deletes every backup of the customer. */
    deleteBackups: ({ customerId }: CustomerRef): Promise<void> => typed(() => deleteBackups(deps, customerId)),
  };
}
