import * as pulumi from '@pulumi/pulumi';
import { Detector } from '@pulumi/aws/guardduty/index.js';
import { EncryptionByDefault } from '@pulumi/aws/ebs/index.js';
import { User } from '@pulumi/aws/identitystore/index.js';
import { Account, Policy, PolicyAttachment } from '@pulumi/aws/organizations/index.js';
import { Provider } from '@pulumi/aws/provider.js';
import { AccountPublicAccessBlock } from '@pulumi/aws/s3/index.js';
import { Account as SecurityHub, StandardsSubscription } from '@pulumi/aws/securityhub/index.js';
import { AccountAssignment, ManagedPolicyAttachment, PermissionSet } from '@pulumi/aws/ssoadmin/index.js';
import { StackFailure } from '../errors.ts';
import { assertSpec, tenantNames, type TenantMode, type TenantSpec } from '../spec.ts';
import type { TenantProgram } from '../target.ts';
import { ACCESS_ROLE, frameworkOf, guardrails, standardArn } from './guardrails.ts';
import { CUSTOMER_TAG, permissionSetName } from './names.ts';
import type { CustomerAccount } from './organization.ts';
import type { LandingZones } from './settings.ts';

type Role = 'administrator' | 'auditor';

const POLICIES: Readonly<Record<Role, readonly string[]>> = {
  administrator: ['AdministratorAccess'],
  auditor: ['SecurityAudit', 'job-function/ViewOnlyAccess'],
};

/** As what the customer may sign in. */
const ROLES: Readonly<Record<TenantMode, readonly Role[]>> = {
  active: ['administrator', 'auditor'],
  read_only: ['auditor'],
  suspended: [],
};

const isRegion = (region: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);

interface Making {
  readonly zones: LandingZones;
  readonly spec: TenantSpec;
  readonly account: CustomerAccount;
}

/** The account, and what it may not do. */
function organizationPart({ zones, spec, account: { id, email } }: Making): Account {
  const { customerId, slug, region, mode } = spec;
  const name = tenantNames(customerId).namespace;
  const tags = { [CUSTOMER_TAG]: customerId };
  const account = new Account(
    name,
    {
      ...{ name: slug, email, parentId: zones.parentId, tags },
      // AWS keeps a closed account for 90 days, in which support of AWS can open it again.
      ...{ roleName: ACCESS_ROLE, closeOnDeletion: true },
    },
    // One that AWS has made and whose answer was lost is taken on. What cannot be read back from AWS would replace it.
    { ...(id !== undefined && { import: id }), ignoreChanges: ['roleName', 'iamUserAccessToBilling'] },
  );
  const content = guardrails({ framework: frameworkOf(spec.framework), region, mode });
  const policy = new Policy(name, { name, content, type: 'SERVICE_CONTROL_POLICY', tags });
  new PolicyAttachment(name, { policyId: policy.id, targetId: account.id });
  return account;
}

/** The customer's user in Identity Center, and what it may sign in as. */
function accessPart({ zones, spec }: Making, account: Account): void {
  const { customerId, email, companyName, mode } = spec;
  const { identityStoreId, identityCenterArn: instanceArn, region } = zones;
  const name = tenantNames(customerId).namespace;
  const displayName = pulumi.secret(companyName);
  const user = new User(name, {
    ...{ identityStoreId, displayName, userName: pulumi.secret(email), region },
    name: { givenName: displayName, familyName: 'Administrator' },
    emails: { value: pulumi.secret(email), type: 'work', primary: true },
  });
  const sessionDuration = frameworkOf(spec.framework).session;
  for (const role of ROLES[mode]) {
    const set = new PermissionSet(`${name}-${role}`, {
      ...{ instanceArn, name: permissionSetName(role, customerId), sessionDuration, region },
      tags: { [CUSTOMER_TAG]: customerId },
    });
    const policies = POLICIES[role].map(
      (policy, index) =>
        new ManagedPolicyAttachment(`${name}-${role}-${String(index)}`, {
          ...{ instanceArn, permissionSetArn: set.arn, region },
          managedPolicyArn: `arn:aws:iam::aws:policy/${policy}`,
        }),
    );
    new AccountAssignment(
      `${name}-${role}`,
      {
        ...{ instanceArn, permissionSetArn: set.arn, region },
        ...{ principalType: 'USER', principalId: user.userId, targetType: 'AWS_ACCOUNT', targetId: account.id },
      },
      // A set that changes while it is assigned is provisioned anew, with what it has at that moment.
      { dependsOn: policies },
    );
  }
}

/** What watches over the account from within. */
function insidePart({ spec }: Making, account: Account): void {
  const { customerId, region } = spec;
  const name = tenantNames(customerId).namespace;
  const roleArn = pulumi.interpolate`arn:aws:iam::${account.id}:role/${ACCESS_ROLE}`;
  const provider = new Provider(name, { region: region as never, assumeRoles: [{ roleArn }] });
  const within = { provider, parent: account };
  new AccountPublicAccessBlock(
    name,
    { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    within,
  );
  new EncryptionByDefault(name, { enabled: true }, within);
  new Detector(name, { enable: true }, within);
  const hub = new SecurityHub(name, { enableDefaultStandards: false }, within);
  for (const standard of frameworkOf(spec.framework).standards)
    new StandardsSubscription(
      `${name}-${standard}`,
      { standardsArn: standardArn(standard, region) },
      { ...within, dependsOn: [hub] },
    );
}

/** `arn:aws:organizations::<management account>:account/<organization>/<account>` */
function organizationOf(arn: string): { readonly id: string; readonly managementAccountId: string } {
  const [, , , , managementAccountId = '', path = ''] = arn.split(':');
  return { id: path.split('/')[1] ?? '', managementAccountId };
}

/**
 * One customer's landing zone: an account with its guardrails, access to it, and what watches over it.
 * @throws StackFailure `InvalidSpec`, before anything is made
 */
export function landingZone(making: Making): TenantProgram {
  const { zones, spec } = making;
  assertSpec(spec);
  frameworkOf(spec.framework);
  if (!isRegion(spec.region))
    throw new StackFailure('InvalidSpec', `"${spec.region}" is not a region of AWS, like us-east-1.`);
  const { namespace } = tenantNames(spec.customerId);
  return () => {
    const account = organizationPart(making);
    accessPart(making, account);
    insidePart(making, account);
    return Promise.resolve({
      instanceUrl: `https://${zones.identityStoreId}.awsapps.com/start`,
      namespace,
      organization: account.arn.apply(organizationOf),
    });
  };
}
