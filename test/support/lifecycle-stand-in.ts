import { listBackups, markBackupDeleted, saveBackup } from '../../infra/db/repositories/backups.ts';
import type { BackupRequest, BackupResult } from '../../activities/provisioning/backups.ts';
import type { ProvisioningActivities } from '../../activities/provisioning/index.ts';
import type { Database } from '../../infra/db/database.ts';
import { setDeployment } from '../../infra/db/repositories/stacks.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import type { LockHolder, StackOperation, StackResult } from '../../workflows/contract/stack.ts';

interface StandInStack {
  readonly generation: number;
  /** What the instance may do, by the last update it got. */
  readonly standing: string;
}

/**
 * Stands in for the Pulumi engine in tests of workflows that are about something else: a stack is a row in memory.
 * The real engine is used in test/workflows/life.slow.test.ts, test/workflows/compensation-stack.slow.test.ts and
 * test/activities/provisioning.
 */
export class StandInStacks {
  readonly stacks = new Map<string, StandInStack>();
  readonly backups = new Map<string, BackupRequest[]>();
  readonly operations: StackOperation[] = [];
  /** The holder of a stack's lock, when a test sets one. */
  readonly locks = new Map<string, LockHolder>();
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  of(customerId: string): StackOperation[] {
    return this.operations.filter((operation) => operation.customerId === customerId);
  }

  activities(): ProvisioningActivities {
    return {
      applyStack: (operation) => this.apply(operation),
      destroyStack: async (operation) => {
        this.operations.push(operation);
        this.stacks.delete(operation.customerId);
        await setDeployment(this.database, operation.customerId, { status: 'deleted', instanceUrl: null });
      },
      verifyStackGone: ({ customerId }) =>
        this.stacks.has(customerId) ? Promise.reject(new Error('The stack is still there.')) : Promise.resolve(),
      checkInstance: ({ customerId }) =>
        this.stacks.has(customerId) ? Promise.resolve() : Promise.reject(new Error('There is no instance.')),
      backupTenant: async (request): Promise<BackupResult> => {
        const { customerId, retainUntil } = request;
        if (!this.stacks.has(customerId)) return { backupId: null, tables: 0, rows: 0 };
        this.backups.set(customerId, [...(this.backups.get(customerId) ?? []), request]);
        const deleteAfter = retainUntil === null ? null : new Date(retainUntil);
        const backupId = await saveBackup(this.database, { customerId, location: '', manifest: {}, deleteAfter });
        return { backupId, tables: 0, rows: 0 };
      },
      inspectLock: ({ customerId }) => Promise.resolve(this.locks.get(customerId) ?? 'nobody'),
      signOutInstance: () => Promise.resolve(),
      previewStack: () => Promise.resolve({ changes: { create: 0, update: 0, delete: 0, same: 1 }, lines: [] }),
      deleteBackups: async ({ customerId }) => {
        this.backups.delete(customerId);
        for (const { id } of await listBackups(this.database, customerId)) await markBackupDeleted(this.database, id);
      },
    };
  }

  private async apply(operation: StackOperation): Promise<StackResult> {
    const { customerId, generation } = operation;
    this.operations.push(operation);
    const customer = await findCustomer(this.database, customerId);
    if (!customer?.slug) throw new StackFailure('InvalidSpec', 'There is no such customer.');
    const before = this.stacks.get(customerId);
    if (before && before.generation > generation) throw new Error('Overtaken.');
    this.stacks.set(customerId, { generation, standing: customer.standing });
    const { namespace } = tenantNames(customerId);
    const instanceUrl = `http://${customer.slug}.localhost:1`;
    await setDeployment(this.database, customerId, { status: 'ready', error: null, instanceUrl, namespace });
    return { namespace, version: generation };
  }
}
