import type { Target, TargetSettings } from '../target.ts';
import { tenantNames } from '../spec.ts';
import { asAdmin, databaseExists } from './admin.ts';
import { restoreBackup, takeBackup } from './backup.ts';
import { GatewayClient } from './gateway-client.ts';
import { localHealth } from './health.ts';
import { localInstances, localInventory, localSecretsKept, sweepLocal } from './inventory.ts';
import { installProvider, type ProviderSettings } from './provider/install.ts';
import type { TenantDatabase } from './roles.ts';

const providerSettings = ({ tenants, maxTenants }: TargetSettings): ProviderSettings => ({
  adminUrl: tenants.adminDatabaseUrl,
  home: tenants.home,
  gateway: { url: tenants.gatewayControlUrl, token: tenants.gatewayControlToken },
  maxTenants,
});

/** This machine: a database and a role on the tenants' Postgres, a process behind the gateway. */
export function localTarget(settings: TargetSettings): Target {
  const provider = providerSettings(settings);
  const { adminUrl } = provider;
  const databaseOf = (customerId: string): TenantDatabase => {
    const { database, role } = tenantNames(customerId);
    return { adminUrl, database, role };
  };
  return {
    program: async (spec) => (await import('./program.ts')).localProgram(spec),
    prepare: (folder) => installProvider(folder, provider),
    inventory: (customerId) => localInventory(provider, customerId),
    hasSecrets: (customerId) => localSecretsKept(provider, customerId),
    sweep: (customerId) => sweepLocal(provider, customerId),
    instances: () => localInstances(provider),
    health: (spec) => localHealth(settings.tenants, spec),
    endSessions: (customerId, ended) =>
      new GatewayClient(provider.gateway).signOut(tenantNames(customerId).namespace, ended),
    data: {
      async backup(customerId, folder) {
        const tenant = databaseOf(customerId);
        const exists = await asAdmin(adminUrl, (client) => databaseExists(client, tenant.database));
        return exists ? takeBackup(tenant, folder, settings.tenants.backupMaxMb * 1_000_000) : undefined;
      },
      restore: (customerId, folder) => restoreBackup(databaseOf(customerId), folder),
    },
  };
}
