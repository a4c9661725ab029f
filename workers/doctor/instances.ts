import { addressOf } from '../../activities/provisioning/backend-identity.ts';
import { readBackendFacts } from '../../activities/provisioning/doctor.ts';
import type { ProvisioningConfig } from '../../infra/config.ts';
import { openDatabase } from '../../infra/db/database.ts';
import { readTenantServerFacts, serverOf } from '../../infra/db/doctor.ts';
import type { Finding } from '../../infra/doctor/finding.ts';
import { apartFinding, tenantServerFindings } from '../../infra/doctor/postgres.ts';
import { backendFindings } from '../../infra/doctor/stacks.ts';
import type { Purpose } from './looks.ts';

type Provisioning = Pick<ProvisioningConfig, 'database' | 'pulumi' | 'tenants'>;

/** What instances need: the tenants' server, and the states of their stacks. */
export async function lookAtInstances(
  { database: own, pulumi, tenants }: Provisioning,
  { rehearsal }: Purpose,
): Promise<Finding[]> {
  const database = openDatabase(own.url, { max: 1 });
  try {
    const [server, backend] = await Promise.all([
      readTenantServerFacts(tenants.adminDatabaseUrl),
      readBackendFacts(database, pulumi),
    ]);
    const at = { address: serverOf(tenants.adminDatabaseUrl) };
    return [
      ...tenantServerFindings(server, at),
      // Before there are customers, nobody's work is delayed.
      ...(rehearsal ? [] : [apartFinding(at, serverOf(own.url))]),
      ...backendFindings(backend, addressOf(pulumi.backendUrl)),
    ];
  } finally {
    await database.destroy();
  }
}
