import type { TargetName } from './index.ts';
import { localInstances, localInventory, localSecretsKept, sweepLocal } from './local/inventory.ts';
import type { ProviderSettings } from './local/provider/main.ts';

export interface InstanceHealth {
  readonly customerId: string;
  /** Why it does not serve, in words; null when it does. */
  readonly trouble: string | null;
}

/** What a target can be asked and told about a tenant without Pulumi's state. */
interface TargetCare {
  /** Says for each kind of thing a tenant consists of whether it exists. */
  readonly inventory: (settings: ProviderSettings, customerId: string) => Promise<Record<string, boolean>>;
  /** Whether what devices and the instance hold can be read back without Pulumi's state. */
  readonly hasSecrets: (settings: ProviderSettings, customerId: string) => Promise<boolean>;
  /** Removes whatever is there under the tenant's names. Idempotent. */
  readonly sweep: (settings: ProviderSettings, customerId: string) => Promise<void>;
  /** Every instance that is run from here. @throws StackFailure when whoever runs them does not answer */
  readonly instances: (settings: ProviderSettings) => Promise<readonly InstanceHealth[]>;
}

/** Apart from the programs, so that who only looks does not load the engine. */
const CARE = {
  local: { inventory: localInventory, hasSecrets: localSecretsKept, sweep: sweepLocal, instances: localInstances },
} as const satisfies Record<TargetName, TargetCare>;

/** Undefined for a target that does not exist: its program says so in words. */
export const careOf = (target: string): TargetCare | undefined =>
  Object.entries(CARE).find(([name]) => name === target)?.[1];

/** The instances of all targets. @throws StackFailure when whoever runs them does not answer */
export async function lookAtAllInstances(settings: ProviderSettings): Promise<readonly InstanceHealth[]> {
  return (await Promise.all(Object.values(CARE).map(({ instances }) => instances(settings)))).flat();
}
