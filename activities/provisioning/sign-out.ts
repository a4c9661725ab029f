import { recordSessionsEnded, sessionVersionOf } from '../../infra/db/repositories/accounts.ts';
import { GatewayClient } from '../../infra/tenant-stacks/local/gateway-client.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import type { ProvisioningDeps } from './deps.ts';

/**
 * Has the instance end every session that is older than the account's newest; one that is not there has none. May be
 * repeated.
 * @throws StackFailure while the instance does not answer
 */
export async function signOutInstance({ database, tenants }: ProvisioningDeps, customerId: string): Promise<void> {
  const version = await sessionVersionOf(database, customerId);
  if (version === undefined) return;
  const gateway = new GatewayClient({ url: tenants.gatewayControlUrl, token: tenants.gatewayControlToken });
  await gateway.signOut(tenantNames(customerId).namespace, version);
  await recordSessionsEnded(database, customerId, version);
}
