import { processesNaming } from '../process-identity.ts';
import { tenantNames } from '../spec.ts';
import { asAdmin, databaseExists, dropDatabase, dropRole, roleExists } from './admin.ts';
import { folderExists, folderOf, removeFolder } from './folder.ts';
import { GatewayClient } from './gateway-client.ts';
import type { ProviderSettings } from './provider/main.ts';

/** What of a tenant is really there, asked of each place itself and never of Pulumi's state. */
export async function localInventory(settings: ProviderSettings, customerId: string): Promise<Record<string, boolean>> {
  const { database, role, namespace } = tenantNames(customerId);
  const gateway = new GatewayClient(settings.gateway);
  const [known, pids, files, [hasDatabase, hasRole]] = await Promise.all([
    gateway.find(namespace),
    processesNaming(namespace),
    folderExists(folderOf(settings.home, namespace)),
    asAdmin(
      settings.adminUrl,
      async (client) => [await databaseExists(client, database), await roleExists(client, role)] as const,
    ),
  ]);
  const process = pids.length > 0 || (known?.pid ?? null) !== null;
  return { database: hasDatabase, role: hasRole, process, route: known !== undefined, files };
}

/**
 * A create that was cut off, or failed half-way, left something that Pulumi's state does not know and a destroy would
 * not touch. It bears the tenant's names, so it is found all the same.
 */
export async function sweepLocal({ adminUrl, home, gateway }: ProviderSettings, customerId: string): Promise<void> {
  const { database, role, namespace } = tenantNames(customerId);
  await new GatewayClient(gateway).stop(namespace);
  await removeFolder(folderOf(home, namespace));
  await asAdmin(adminUrl, async (client) => {
    await dropDatabase(client, database);
    await dropRole(client, role);
  });
}
