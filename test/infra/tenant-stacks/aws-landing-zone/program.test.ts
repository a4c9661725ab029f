import * as pulumi from '@pulumi/pulumi';
import { landingZone } from '../../../../infra/tenant-stacks/aws-landing-zone/program.ts';
import type { TenantSpec } from '../../../../infra/tenant-stacks/spec.ts';
import { SPEC } from '../support.ts';
import { ZONES } from './support.ts';

// Pulumi's mocks take the place of AWS: what is declared is seen, and that AWS accepts it is not.

interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly id: string | undefined;
}

const ACCOUNT = '210987654321';
let declared: Declared[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource({ type, name, inputs, id }) {
      declared.push({ type, name, inputs: inputs as Declared['inputs'], id });
      const arn = `arn:aws:organizations::123456789012:account/o-exampleorg/${ACCOUNT}`;
      return type === 'aws:organizations/account:Account'
        ? { id: ACCOUNT, state: { ...(inputs as object), arn } }
        : { id: `${name}-id`, state: { ...(inputs as object), arn: `arn:${name}`, userId: `${name}-user` } };
    },
    call: () => ({}),
  });
});

const EMAIL = 'aws+0b3f6f0e6f2e4a559d9e0c6f7a1b2c3d@securebase.io';

async function declare(
  spec: Partial<TenantSpec> = {},
  account = { id: undefined as string | undefined, email: EMAIL },
) {
  declared = [];
  const whole = { ...SPEC, target: 'aws-landing-zone', region: 'us-east-1', framework: 'hipaa', ...spec };
  const program = landingZone({ zones: ZONES, spec: whole, account });
  const { promise, resolve } = Promise.withResolvers<unknown>();
  pulumi.output(await program()).apply(resolve);
  const outputs = await promise;
  await pulumi.runtime.disconnect();
  return outputs;
}

const of = (type: string): Declared[] => declared.filter((resource) => resource.type === type);
const inputsOf = (type: string): Declared['inputs'][] => of(type).map(({ inputs }) => inputs);
const policy = (): { readonly Statement: readonly { readonly Sid: string; readonly Action?: readonly string[] }[] } =>
  JSON.parse(String(inputsOf('aws:organizations/policy:Policy')[0]?.['content'])) as never;
const sids = (): string[] => policy().Statement.map(({ Sid }) => Sid);

test('S0-11: an account in the organization, its guardrails, and what watches over it from within', async () => {
  const outputs = await declare();
  expect(outputs).toEqual({
    instanceUrl: 'https://d-1234567890.awsapps.com/start',
    namespace: SPEC.namespace,
    organization: { id: 'o-exampleorg', managementAccountId: '123456789012' },
  });
  expect(inputsOf('aws:organizations/account:Account')).toMatchObject([
    { name: 'acme', email: EMAIL, parentId: 'ou-root-12345678', closeOnDeletion: true },
  ]);
  expect(inputsOf('aws:organizations/policyAttachment:PolicyAttachment')).toMatchObject([{ targetId: ACCOUNT }]);
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/OrganizationAccountAccessRole`;
  expect(inputsOf('pulumi:providers:aws')).toMatchObject([
    { region: 'us-east-1', assumeRoles: JSON.stringify([{ roleArn }]) },
  ]);
  expect(inputsOf('aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock')).toHaveLength(1);
  expect(inputsOf('aws:guardduty/detector:Detector')).toEqual([{ enable: true }]);
});

test('S0-11: the customer signs in at Identity Center, as administrator and as auditor', async () => {
  await declare();
  expect(inputsOf('aws:identitystore/user:User')).toMatchObject([{ identityStoreId: 'd-1234567890' }]);
  const sets = inputsOf('aws:ssoadmin/permissionSet:PermissionSet');
  expect(sets.map(({ name }) => name)).toEqual(['administrator-0b3f6f0e6f2e4a55', 'auditor-0b3f6f0e6f2e4a55']);
  expect(sets.map(({ sessionDuration }) => sessionDuration)).toEqual(['PT2H', 'PT2H']);
  const assigned = { principalType: 'USER', principalId: `${SPEC.namespace}-user`, targetId: ACCOUNT };
  expect(inputsOf('aws:ssoadmin/accountAssignment:AccountAssignment')).toMatchObject([assigned, assigned]);
});

test.each([
  ['cis', ['aws-foundational-security-best-practices', 'cis-aws-foundations-benchmark'], false],
  ['soc2', ['aws-foundational-security-best-practices', 'cis-aws-foundations-benchmark'], true],
  ['hipaa', ['aws-foundational-security-best-practices', 'nist-800-53'], true],
  ['fedramp', ['aws-foundational-security-best-practices', 'nist-800-53'], true],
  ['pci', ['aws-foundational-security-best-practices', 'pci-dss'], true],
  [null, ['aws-foundational-security-best-practices'], false],
])(
  'S0-3 S0-11: the framework %s has its standards, and whether all is encrypted',
  async (framework, names, encrypted) => {
    await declare({ framework });
    const arns = inputsOf('aws:securityhub/standardsSubscription:StandardsSubscription').map((one) =>
      String(one['standardsArn']),
    );
    expect(arns.map((arn) => /^arn:aws:securityhub:us-east-1::standards\/([^/]+)\/v\//.exec(arn)?.[1])).toEqual(names);
    expect(sids().includes('EncryptedVolumes')).toBe(encrypted);
  },
);

test('who has not paid signs in as auditor alone, and then not at all; nothing is removed from the account', async () => {
  await declare();
  const kinds = (): string[] =>
    declared
      .map(({ type }) => type)
      .filter((type) => !type.includes('ssoadmin'))
      .sort();
  const [all, active] = [kinds(), sids()];
  await declare({ mode: 'read_only' });
  expect(inputsOf('aws:ssoadmin/permissionSet:PermissionSet')).toMatchObject([{ name: 'auditor-0b3f6f0e6f2e4a55' }]);
  expect([kinds(), sids()]).toEqual([all, active]);
  await declare({ mode: 'suspended' });
  expect(of('aws:ssoadmin/accountAssignment:AccountAssignment')).toEqual([]);
  expect([kinds(), sids()]).toEqual([all, [...active, 'Suspended']]);
});

test('an account that a lost answer left behind is taken on', async () => {
  await declare({}, { id: ACCOUNT, email: EMAIL });
  expect(of('aws:organizations/account:Account').map(({ id }) => id)).toEqual([ACCOUNT]);
  await declare();
  expect(of('aws:organizations/account:Account').map(({ id }) => id)).toEqual(['']);
});

test('a policy fits into the 5,120 characters that AWS gives it', async () => {
  await declare({ mode: 'suspended' });
  expect(JSON.stringify(policy()).length).toBeLessThan(5_120);
});

test.each([
  [{ framework: 'iso27001' }, 'There are no guardrails for the framework "iso27001", only for: cis'],
  [{ framework: 'toString' }, 'There are no guardrails for the framework "toString"'],
  [{ region: 'eu-central' }, '"eu-central" is not a region of AWS'],
  [{ companyName: ' ' }, 'The customer has no company name.'],
])('%j is refused before anything is declared', async (wrong, text) => {
  await expect(declare(wrong)).rejects.toMatchObject({
    type: 'InvalidSpec',
    text: expect.stringContaining(text) as string,
  });
  expect(declared).toEqual([]);
});
