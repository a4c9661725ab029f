import { isCustomerId } from '../input/ids.ts';
import { isReserved, isSlug } from '../input/slug.ts';
import { StackFailure } from './errors.ts';

export type TenantMode = 'active' | 'read_only' | 'suspended';

/** Everything a tenant's stack is built from. Read from Postgres, and handed to the engine over a pipe, never as an argument or a variable. */
export interface TenantSpec {
  readonly target: string;
  readonly customerId: string;
  /** Label of the instance's host. The only name that comes from what people typed. */
  readonly slug: string;
  readonly companyName: string;
  readonly email: string;
  readonly plan: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Of compliance, like hipaa. */
  readonly framework: string | null;
  readonly profile: string;
  /** Where the stack stands: one of the profile's regions. */
  readonly region: string;
  readonly mode: TenantMode;
  /** ISO 8601. */
  readonly trialEndsAt: string | null;
  /** How far this customer's clock was moved by a test or a demo, in milliseconds; 0 in production. */
  readonly clockOffsetMs: number;
  /** JWT, RS256. */
  readonly licence: string;
  /** PEM. */
  readonly licencePublicKey: string;
  /** `<slug>.<domain>`, with the port when the domain has one. */
  readonly host: string;
  /** Base URL of the instance as browsers reach it. */
  readonly url: string;
  readonly namespace: string;
  readonly accountUrl: string;
  /** Connections the tenant's role may hold. */
  readonly connections: number;
}

/** Who a tenant is: all that is needed to remove one. */
export type Tenant = Pick<TenantSpec, 'target' | 'customerId' | 'profile'>;

export interface TenantOutputs {
  readonly instanceUrl: string;
  readonly namespace: string;
  /** Of AWS, where the tenant has an account in one. */
  readonly organization?: Organization;
}

export interface Organization {
  readonly id: string;
  readonly managementAccountId: string;
}

export interface TenantNames {
  readonly stack: string;
  readonly namespace: string;
  readonly database: string;
  readonly role: string;
}

/**
 * The names of everything a tenant owns: always the same for one customer, so that whatever a lost answer left behind is
 * found again by its name.
 * @throws StackFailure `InvalidSpec` when the id is not one of ours (names become SQL identifiers and folders).
 */
export function tenantNames(customerId: string): TenantNames {
  if (!isCustomerId(customerId))
    throw new StackFailure('InvalidSpec', 'The customer id is not of the form cust_<uuid>.');
  const database = customerId.replace('cust_', 'tenant_').replaceAll('-', '_');
  const namespace = `customer-${customerId.replace('_', '-')}`;
  return { stack: namespace, namespace, database, role: database };
}

/** The customer whose namespace this is; undefined when there is none. */
export function customerOfNamespace(namespace: string): string | undefined {
  const customerId = namespace.replace(/^customer-cust-/, 'cust_');
  return isCustomerId(customerId) ? customerId : undefined;
}

/** The namespace of the tenant whose role this is. */
export const namespaceOfRole = (role: string): string => role.replace('tenant_', 'customer-cust-').replaceAll('_', '-');

/** @throws StackFailure `InvalidSpec` saying what to correct. */
export function assertSpec(spec: TenantSpec): void {
  tenantNames(spec.customerId);
  const problem = Object.entries(PROBLEMS).find(([, wrong]) => wrong(spec));
  if (problem) throw new StackFailure('InvalidSpec', problem[0]);
}

const PROBLEMS: Readonly<Record<string, (spec: TenantSpec) => boolean>> = {
  "The instance's name is not a valid host label; choose another name (a-z, 0-9 and hyphens).": ({ slug }) =>
    !isSlug(slug),
  "The instance's name is reserved; choose another name.": ({ slug }) => isReserved(slug),
  "The instance's host does not belong to its name.": ({ host, slug }) => !host.startsWith(`${slug}.`),
  'The customer has no company name.': ({ companyName }) => companyName.trim() === '',
  'The customer has no licence.': ({ licence }) => licence === '',
};
