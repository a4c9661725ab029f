import { customerAsReplayed, type Replayed } from '../accounts/as-replayed.ts';
import type { Standing } from '../../infra/db/repositories/customers.ts';
import { findDesiredTenant, findTarget, type DesiredTenant } from '../../infra/db/repositories/stacks.ts';
import { contentsOf } from '../../infra/customers/plan-contents.ts';
import { linkBase } from '../../infra/product/link-base.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import { instanceUrl } from '../../infra/tenant-stacks/instance-url.ts';
import { tenantNames, type Tenant, type TenantMode, type TenantSpec } from '../../infra/tenant-stacks/spec.ts';
import type { ProvisioningDeps } from './deps.ts';

/**
 * What a customer may do, in the words of the instance. A customer whose standing is still `pending` counts as active.
 */
const MODES: Readonly<Record<Standing, TenantMode>> = {
  pending: 'active',
  active: 'active',
  read_only: 'read_only',
  suspended: 'suspended',
  failed: 'suspended',
  ended: 'suspended',
};

/** For customers whose terms do not say. */
const FEWEST_CONNECTIONS = 5;

/** Reads what the tenant should be; missing values stay empty, and the program refuses them with a message. */
export async function readSpec(deps: ProvisioningDeps, customerId: string): Promise<TenantSpec> {
  const tenant = await findTenant(deps, customerId);
  return { ...specOf(tenant, customerId, deps.tenants), ...given(deps, tenant) };
}

/** What the tenant would be if the onboarding were replayed now, for a preview. */
export async function readReplayedSpec(deps: ProvisioningDeps, replayed: Replayed): Promise<TenantSpec> {
  const { customerId } = replayed;
  const tenant = await findTenant(deps, customerId);
  const customer = await customerAsReplayed(deps.database, replayed);
  return { ...specOf({ ...tenant, ...customer }, customerId, deps.tenants), ...given(deps, tenant) };
}

/** Only who the tenant is, without anything that people typed: a tenant that cannot be built can still be removed. */
export async function readTenant({ database }: ProvisioningDeps, customerId: string): Promise<Tenant> {
  const found = await findTarget(database, customerId);
  if (found === undefined) throw nobody();
  return { customerId, ...found };
}

const nobody = (): StackFailure => new StackFailure('InvalidSpec', 'There is no such customer.');

async function findTenant({ database }: ProvisioningDeps, customerId: string): Promise<DesiredTenant> {
  const tenant = await findDesiredTenant(database, customerId);
  if (tenant === undefined) throw nobody();
  return tenant;
}

const given = (deps: ProvisioningDeps, { profile }: DesiredTenant) => ({
  licencePublicKey: deps.licencePublicKey,
  accountUrl: `${linkBase(deps, profile)}/account`,
});

/** The date stays in the records of who pays before it. */
const hasTrialAhead = ({ phase }: DesiredTenant): boolean => phase === 'onboarding' || phase === 'trial';

function specOf(tenant: DesiredTenant, customerId: string, at: ProvisioningDeps['tenants']) {
  const slug = tenant.slug ?? '';
  const { companyName, email, plan, profile, region, terms } = tenant;
  const { trialEndsAt, clockOffsetMs, licence, standing, framework } = tenant;
  return {
    customerId,
    slug,
    host: `${slug}.${at.domain}`,
    url: instanceUrl(at, slug),
    companyName: companyName ?? '',
    email: email ?? '',
    ...{ plan, ...contentsOf(terms), framework, profile, region, clockOffsetMs },
    target: terms.target,
    mode: MODES[standing],
    trialEndsAt: hasTrialAhead(tenant) ? (trialEndsAt?.toISOString() ?? null) : null,
    licence: licence ?? '',
    namespace: tenantNames(customerId).namespace,
    connections: terms.connections ?? FEWEST_CONNECTIONS,
  };
}
