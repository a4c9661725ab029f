import type { TenantSpec } from '../../../infra/tenant-stacks/spec.ts';
import type { TargetSettings } from '../../../infra/tenant-stacks/target.ts';

export const SPEC: TenantSpec = {
  target: 'local',
  customerId: 'cust_0b3f6f0e-6f2e-4a55-9d9e-0c6f7a1b2c3d',
  slug: 'acme',
  companyName: 'Acme',
  email: 'owner@example.com',
  region: 'eu-central',
  plan: 'starter',
  features: [],
  limits: {},
  framework: null,
  profile: 'tenure',
  mode: 'active',
  trialEndsAt: null,
  clockOffsetMs: 0,
  licence: 'licence',
  licencePublicKey: 'key',
  host: 'acme.localhost:3180',
  url: 'http://acme.localhost:3180',
  namespace: 'customer-cust-0b3f6f0e-6f2e-4a55-9d9e-0c6f7a1b2c3d',
  accountUrl: 'http://localhost:3100/account',
  connections: 5,
};

/** Where nothing is asked. */
export const TENANTS: TargetSettings['tenants'] = {
  home: '/nowhere',
  adminDatabaseUrl: 'postgres://localhost:1/x',
  scheme: 'http',
  domain: 'localhost:3180',
  gatewayPort: 1,
  gatewayControlUrl: 'http://localhost:1',
  gatewayControlToken: 'token',
  healthMs: 0,
  backupMaxMb: 20,
};
