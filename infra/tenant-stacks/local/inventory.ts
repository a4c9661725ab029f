import { processesNaming } from '../../processes/identity.ts';
import type { InstanceHealth } from '../target.ts';
import { customerOfNamespace, tenantNames } from '../spec.ts';
import { asAdmin, databaseExists, dropDatabase } from './admin.ts';
import { findCredentials, folderExists, folderOf, readCredentials, removeFolder } from './folder.ts';
import { GatewayClient, type Trouble } from './gateway-client.ts';
import type { ProviderSettings } from './provider/install.ts';
import { dropRole, roleExists, signsIn } from './roles.ts';

/** Whether the instance could reach its database with what its folder says. */
async function canSignIn(folder: string): Promise<boolean> {
  const credentials = await readCredentials(folder).catch(() => undefined);
  return credentials !== undefined && signsIn(credentials.databaseUrl);
}

/** Which parts of a tenant really exist, asked at each place itself and never from Pulumi's state. */
export async function localInventory(settings: ProviderSettings, customerId: string): Promise<Record<string, boolean>> {
  const { database, role, namespace } = tenantNames(customerId);
  const gateway = new GatewayClient(settings.gateway);
  const folder = folderOf(settings.home, namespace);
  const [known, pids, files, signIn, [hasDatabase, hasRole]] = await Promise.all([
    gateway.find(namespace),
    processesNaming(namespace),
    folderExists(folder),
    canSignIn(folder),
    asAdmin(
      settings.adminUrl,
      async (client) => [await databaseExists(client, database), await roleExists(client, role)] as const,
    ),
  ]);
  const process = pids.length > 0 || (known?.pid ?? null) !== null;
  return { database: hasDatabase, role: hasRole, 'sign-in': signIn, process, route: known !== undefined, files };
}

export async function localSecretsKept({ home }: ProviderSettings, customerId: string): Promise<boolean> {
  return (await findCredentials(folderOf(home, tenantNames(customerId).namespace))) !== undefined;
}

/**
 * A create that was cut off, or failed half-way, may have left things that Pulumi's state does not know and a destroy
 * would not touch. They bear the tenant's names, so they are found all the same.
 */
export async function sweepLocal({ adminUrl, home, gateway }: ProviderSettings, customerId: string): Promise<void> {
  const { database, role, namespace } = tenantNames(customerId);
  await new GatewayClient(gateway).stop(namespace);
  await removeFolder(folderOf(home, namespace));
  await asAdmin(adminUrl, (client) => dropDatabase(client, database));
  await dropRole(adminUrl, role);
}

const IN_WORDS: Readonly<Record<Trouble, string>> = {
  damaged: 'a file it starts from is damaged.',
  refused: 'it refuses its licence.',
  database_away: 'its database is unavailable.',
  cut_off: 'it was stopped from outside while starting.',
  too_slow: 'it does not become ready in time.',
  start_failed: 'it exits while starting; its log says why.',
  starting: 'it has not been started yet.',
  ends: 'it keeps exiting; its log says why.',
};

/** What the gateway says about each instance it runs, and each it cannot run. */
export async function localInstances({ gateway }: ProviderSettings): Promise<readonly InstanceHealth[]> {
  const found = await new GatewayClient(gateway).troubles();
  return found.flatMap(({ namespace, trouble }) => {
    const customerId = customerOfNamespace(namespace);
    return customerId === undefined ? [] : [{ customerId, trouble: trouble && IN_WORDS[trouble] }];
  });
}
