import { existsSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { listBackups, markBackupDeleted, saveBackup } from '../../infra/db/repositories/backups.ts';
import { findStack } from '../../infra/db/repositories/stacks.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import { targetOf, type ProvisioningDeps } from './deps.ts';
import { readTenant } from './desired-spec.ts';
import { keptLog } from './operation.ts';

const backupsFolder = ({ home }: ProvisioningDeps, customerId: string): string =>
  join(home, 'backups', tenantNames(customerId).namespace);

export interface BackupRequest {
  readonly customerId: string;
  /** ISO 8601, in the customer's own time; null keeps it until it is deleted by hand. */
  readonly retainUntil: string | null;
}

export interface BackupResult {
  /** Null when the customer has no data, and had none backed up before. */
  readonly backupId: string | null;
  readonly tables: number;
  readonly rows: number;
}

/**
 * Backs up what the tenant has now. There is one backup for each generation of the stack: taking it again updates it,
 * and once the data is gone the existing one stays.
 */
export async function backupTenant(
  deps: ProvisioningDeps,
  { customerId, retainUntil }: BackupRequest,
): Promise<BackupResult> {
  const { target } = await readTenant(deps, customerId);
  const generation = (await findStack(deps.database, customerId))?.generation ?? 0;
  const location = join(backupsFolder(deps, customerId), `generation-${String(generation)}`);
  const manifest = await targetOf(deps, target).data?.backup(customerId, location);
  if (manifest === undefined) {
    const [newest] = await listBackups(deps.database, customerId);
    return { backupId: newest?.id ?? null, tables: 0, rows: 0 };
  }
  const deleteAfter = retainUntil === null ? null : new Date(retainUntil);
  const backupId = await saveBackup(deps.database, { customerId, location, manifest, deleteAfter });
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  return { backupId, tables: manifest.tables.length, rows };
}

/**
 * Deletes every backup of the customer, unfinished ones too. Idempotent.
 * @throws ApplicationFailure `BackupElsewhere` when Postgres names a backup that exists outside our folder: with a
 * copied database, it belongs to the original
 */
export async function deleteBackups(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const backups = await listBackups(deps.database, customerId);
  const folder = backupsFolder(deps, customerId);
  const isOurs = (location: string): boolean =>
    existsSync(folder) && realpathSync(dirname(location)) === realpathSync(folder);
  const elsewhere = backups.find(({ location }) => existsSync(location) && !isOurs(location));
  if (elsewhere !== undefined)
    throw ApplicationFailure.nonRetryable(`${elsewhere.location} is not in TENURE_HOME.`, 'BackupElsewhere');
  await rm(folder, { recursive: true, force: true });
  await rm(keptLog(deps, customerId), { force: true });
  for (const { id } of backups) await markBackupDeleted(deps.database, id);
}
