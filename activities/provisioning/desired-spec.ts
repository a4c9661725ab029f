import { customerAsCorrected } from '../accounts/corrected.ts';
import { findDesiredTenant, type DesiredTenant } from '../../infra/db/repositories/stacks.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import { tenantNames, type TenantMode, type TenantSpec } from '../../infra/tenant-stacks/spec.ts';
import type { ProvisioningDeps } from './deps.ts';

/** What a customer may do, as the instance is told it. Who has no standing of their own yet is a customer all the same. */
const MODES: Readonly<Record<string, TenantMode>> = {
  pending: 'active',
  active: 'active',
  read_only: 'read_only',
  suspended: 'suspended',
  failed: 'suspended',
  ended: 'suspended',
};

const DEFAULT_CONNECTIONS = 5;
const CONNECTIONS: Readonly<Record<string, number>> = { starter: 5, professional: 20, enterprise: 50 };

/**
 * Reads what the tenant is to be; what is missing is left empty for the program to refuse in words.
 * @param correctionId of a correction to look at, as if it had been applied
 */
export async function readSpec(deps: ProvisioningDeps, customerId: string, correctionId?: string): Promise<TenantSpec> {
  const tenant = await findDesiredTenant(deps.database, customerId);
  if (tenant === undefined) throw new StackFailure('InvalidSpec', 'There is no such customer.');
  const corrected =
    correctionId === undefined ? {} : await customerAsCorrected(deps.database, customerId, correctionId);
  return { ...specOf({ ...tenant, ...corrected }, customerId, deps.tenants.domain), ...pick(deps) };
}

const pick = ({ licencePublicKey, accountUrl }: ProvisioningDeps) => ({ licencePublicKey, accountUrl });

function specOf(tenant: DesiredTenant, customerId: string, domain: string) {
  const { slug, companyName, email, plan, profile, region, target } = tenant;
  const { trialEndsAt, clockOffsetMs, licence, standing } = tenant;
  return {
    customerId,
    slug: slug ?? '',
    host: `${slug ?? ''}.${domain}`,
    companyName: companyName ?? '',
    email: email ?? '',
    ...{ plan, profile, region, target, clockOffsetMs },
    mode: MODES[standing] ?? 'suspended',
    trialEndsAt: trialEndsAt?.toISOString() ?? null,
    licence: licence ?? '',
    namespace: tenantNames(customerId).namespace,
    connections: CONNECTIONS[plan] ?? DEFAULT_CONNECTIONS,
  };
}
