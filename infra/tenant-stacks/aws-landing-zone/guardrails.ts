import { StackFailure } from '../errors.ts';
import type { TenantMode } from '../spec.ts';

/** The role by which the organization works in an account that it has made. */
export const ACCESS_ROLE = 'OrganizationAccountAccessRole';

interface Framework {
  /** Standards of Security Hub, which checks the account by them. */
  readonly standards: readonly Standard[];
  /** What is not encrypted cannot be made. */
  readonly encryptedOnly: boolean;
  /** How long a sign-in as administrator lasts, as ISO 8601. */
  readonly session: string;
}

type Standard = keyof typeof STANDARDS;

/** Of AWS, by name and version. */
const STANDARDS = {
  best: 'aws-foundational-security-best-practices/v/1.0.0',
  cis: 'cis-aws-foundations-benchmark/v/3.0.0',
  nist: 'nist-800-53/v/5.0.0',
  pci: 'pci-dss/v/4.0.1',
} as const;

/**
 * AWS has no standards of its own for SOC 2, HIPAA and FedRAMP. SOC 2 is checked by CIS; HIPAA and FedRAMP by NIST
 * 800-53, whose controls FedRAMP is made of and the HIPAA Security Rule is mapped to.
 */
const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  cis: { standards: ['best', 'cis'], encryptedOnly: false, session: 'PT8H' },
  soc2: { standards: ['best', 'cis'], encryptedOnly: true, session: 'PT4H' },
  pci: { standards: ['best', 'pci'], encryptedOnly: true, session: 'PT2H' },
  hipaa: { standards: ['best', 'nist'], encryptedOnly: true, session: 'PT2H' },
  fedramp: { standards: ['best', 'nist'], encryptedOnly: true, session: 'PT1H' },
};

/** What a customer can be held to. */
export const FRAMEWORK_NAMES: readonly string[] = Object.keys(FRAMEWORKS);

const NO_FRAMEWORK: Framework = { standards: ['best'], encryptedOnly: false, session: 'PT8H' };

/**
 * What an account is held to by its framework.
 * @throws StackFailure `InvalidSpec` for one that has no guardrails: compliance must not be sold and left out
 */
export function frameworkOf(name: string | null): Framework {
  if (name === null) return NO_FRAMEWORK;
  const framework = Object.hasOwn(FRAMEWORKS, name) ? FRAMEWORKS[name] : undefined;
  if (framework) return framework;
  throw new StackFailure(
    'InvalidSpec',
    `There are no guardrails for the framework "${name}", only for: ${FRAMEWORK_NAMES.join(', ')}.`,
  );
}

export const standardArn = (standard: Standard, region: string): string =>
  `arn:aws:securityhub:${region}::standards/${STANDARDS[standard]}`;

/** Services that have no region, or answer in one for all. */
const GLOBAL = [
  'iam',
  'organizations',
  'sts',
  'support',
  'route53',
  'cloudfront',
  'health',
  'account',
  'budgets',
  'ce',
];

/** What watches over an account, which nobody in it may switch off. */
const SWITCHES_OFF = [
  ...['cloudtrail:DeleteTrail', 'cloudtrail:StopLogging', 'guardduty:DeleteDetector', 'guardduty:UpdateDetector'],
  ...['securityhub:DisableSecurityHub', 'securityhub:BatchDisableStandards', 'ec2:DisableEbsEncryptionByDefault'],
  ...['config:DeleteConfigurationRecorder', 'config:StopConfigurationRecorder', 'config:DeleteDeliveryChannel'],
  ...['s3:PutAccountPublicAccessBlock', 'organizations:LeaveOrganization'],
];

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Deny';
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource: '*';
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The organization itself is never locked out: it changes the guardrails, and restores access. */
const EXCEPT_US = { ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::*:role/${ACCESS_ROLE}` } };

const deny = (statement: Omit<Statement, 'Effect' | 'Resource'>): Statement => ({
  ...{ Effect: 'Deny', Resource: '*' },
  ...statement,
});

const UNENCRYPTED: readonly Statement[] = [
  deny({ Sid: 'EncryptedVolumes', Action: ['ec2:CreateVolume'], Condition: { Bool: { 'ec2:Encrypted': 'false' } } }),
  deny({
    ...{ Sid: 'EncryptedDatabases', Action: ['rds:CreateDBInstance', 'rds:CreateDBCluster'] },
    Condition: { Bool: { 'rds:StorageEncrypted': 'false' } },
  }),
  deny({
    ...{ Sid: 'EncryptedTransport', Action: ['s3:*'] },
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  }),
];

/** Nothing is removed from a suspended account. One that is read-only is so by who may sign in to it: see program.ts. */
const BY_MODE: Readonly<Record<TenantMode, readonly Statement[]>> = {
  active: [],
  read_only: [],
  suspended: [deny({ Sid: 'Suspended', Action: ['*'], Condition: EXCEPT_US })],
};

/** The service control policy of an account, as JSON. */
export function guardrails({ framework, region, mode }: Guarded): string {
  const elsewhere = { StringNotEquals: { 'aws:RequestedRegion': region }, ...EXCEPT_US };
  const statements = [
    deny({ Sid: 'StaysWatched', Action: SWITCHES_OFF, Condition: EXCEPT_US }),
    deny({ Sid: 'StaysInItsRegion', NotAction: GLOBAL.map((service) => `${service}:*`), Condition: elsewhere }),
    ...(framework.encryptedOnly ? UNENCRYPTED : []),
    ...BY_MODE[mode],
  ];
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

interface Guarded {
  readonly framework: Framework;
  readonly region: string;
  readonly mode: TenantMode;
}
