import type { Config } from '../../infra/config.ts';
import type { Database } from '../../infra/db/database.ts';
import type { LinkBases } from '../../infra/product/link-base.ts';
import type { EngineProduct } from '../../infra/tenant-stacks/engine/protocol.ts';
import type { Tenant } from '../../infra/tenant-stacks/spec.ts';
import type { Target, TargetSettings } from '../../infra/tenant-stacks/target.ts';
import { openTarget } from '../../infra/tenant-stacks/targets.ts';

export interface ProvisioningDeps extends LinkBases {
  readonly database: Database;
  /** State folder: stack logs, leases, exports and backups lie below it. */
  readonly home: string;
  /** `root` is the folder that holds `bin/pulumi`. */
  readonly pulumi: Config['pulumi'] & { readonly root: string };
  readonly tenants: Config['tenants'];
  readonly landingZones?: Config['landingZones'];
  /** PEM of the key that licences are checked with. */
  readonly licencePublicKey: string;
  /** Products with resources of their own in stacks, by name. */
  readonly products?: Readonly<Record<string, EngineProduct>> | undefined;
  readonly limits?: {
    /** More tenants than this are refused with `QuotaExceeded`. */
    readonly maxTenants?: number;
    /** An operation that takes longer is stopped; default three minutes. */
    readonly deadlineMs?: number;
    /** How long to wait for an owner of the lock that may be about to end; default five seconds. */
    readonly lockWaitMs?: number;
  };
}

type Settings = Pick<ProvisioningDeps, 'tenants' | 'landingZones' | 'limits'>;

export const targetSettings = ({ tenants, landingZones, limits }: Settings): TargetSettings => ({
  ...{ tenants, landingZones },
  maxTenants: limits?.maxTenants,
});

export const targetOf = (deps: Settings, name: string): Target => openTarget(name, targetSettings(deps));

/** The product whose own resources may be in this tenant's stack, as the engine is told it. */
export function ownOf({ products }: ProvisioningDeps, { profile }: Tenant): { readonly product?: EngineProduct } {
  const product = products?.[profile];
  return product === undefined ? {} : { product };
}
