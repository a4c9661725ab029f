import * as pulumi from '@pulumi/pulumi';
import { assertSpec, tenantNames, type TenantOutputs, type TenantSpec } from '../spec.ts';
import { TenantDatabase, TenantInstance, TenantRole, TenantSecrets } from './resources.ts';

const INSTANCE_MEMORY_MB = 128;
/** What is closed to a tenant's role. 1: the locks of numbers too. 2: large objects, each of which is a lock. 3: more relations than so many. */
const CLOSURE = 3;

/**
 * One tenant on this machine: role, database, secrets, instance.
 * @throws StackFailure `InvalidSpec`, before anything is made.
 */
export function localProgram(spec: TenantSpec): () => Promise<TenantOutputs> {
  assertSpec(spec);
  const names = tenantNames(spec.customerId);
  return () => {
    const role = new TenantRole(names.role, { role: names.role, connections: spec.connections });
    const database = new TenantDatabase(names.database, {
      ...{ database: names.database, role: role.role, closure: CLOSURE },
    });
    const secrets = new TenantSecrets(names.namespace, { customerId: spec.customerId });
    new TenantInstance(names.namespace, {
      namespace: names.namespace,
      host: spec.host,
      memoryMb: INSTANCE_MEMORY_MB,
      database: database.database,
      role: role.role,
      password: role.password,
      jwtSecret: secrets.jwtSecret,
      deviceApiKey: secrets.deviceApiKey,
      licence: pulumi.secret(spec.licence),
      licencePublicKey: spec.licencePublicKey,
      company: pulumi.secret(spec.companyName),
      plan: spec.plan,
      region: spec.region,
      mode: spec.mode,
      trialEndsAt: spec.trialEndsAt,
      clockOffsetMs: spec.clockOffsetMs,
      accountUrl: spec.accountUrl,
      url: spec.url,
    });
    return Promise.resolve({ instanceUrl: spec.url, namespace: names.namespace });
  };
}
