import { readFileSync } from 'node:fs';
import { readLandingZones } from '../../../../infra/config/landing-zones.ts';
import { AWS_PROVIDER_VERSION } from '../../../../infra/tenant-stacks/aws-landing-zone/version.ts';
import { Settings } from '../../../../infra/settings.ts';

const GIVEN = {
  AWS_LANDING_ZONE_PARENT: 'ou-root-12345678',
  AWS_LANDING_ZONE_EMAIL: 'aws@securebase.io',
  AWS_IDENTITY_CENTER_ARN: 'arn:aws:sso:::instance/ssoins-1234567890abcdef',
  AWS_IDENTITY_STORE_ID: 'd-1234567890',
};
const read = (env: Readonly<Record<string, string>>) => readLandingZones(new Settings('provisioning-worker', env));
const text = (path: string): string => readFileSync(path, 'utf8');

test('all settings are read, and the credentials beside them; without any, no landing zones are made', () => {
  expect(read({ ...GIVEN, AWS_PROFILE: 'organization', HOME: '/home/x' })).toMatchObject({
    ...{ parentId: 'ou-root-12345678', email: 'aws@securebase.io', region: 'us-east-1' },
    ...{ identityCenterArn: GIVEN.AWS_IDENTITY_CENTER_ARN, identityStoreId: 'd-1234567890' },
    credentials: { ...GIVEN, AWS_PROFILE: 'organization' },
    plugin: expect.stringMatching(/[.]pulumi.plugins.resource-aws-v7[.]48[.]0.pulumi-resource-aws$/) as string,
  });
  expect(read({ AWS_REGION: 'eu-central-1' })).toBeUndefined();
});

test.each([
  [{ AWS_IDENTITY_STORE_ID: '' }, /must be set all, or none of them/],
  [{ AWS_LANDING_ZONE_PARENT: 'securebase' }, /AWS_LANDING_ZONE_PARENT must be an organizational unit/],
  [{ AWS_LANDING_ZONE_EMAIL: 'aws+zones@securebase.io' }, /AWS_LANDING_ZONE_EMAIL must be an e-mail address/],
  [{ AWS_LANDING_ZONE_EMAIL: 'landing-zones@securebase.example' }, /of at most 28 characters/],
  [{ AWS_IDENTITY_CENTER_ARN: 'ssoins-1234567890abcdef' }, /AWS_IDENTITY_CENTER_ARN must be the ARN/],
  [{ AWS_IDENTITY_STORE_ID: 'd-12' }, /AWS_IDENTITY_STORE_ID must be an identity store/],
])('%j is refused', (wrong, why) => {
  expect(() => read({ ...GIVEN, ...wrong })).toThrow(why);
});

test('the packages that the page names are those that were tested', () => {
  const { peerDependencies, devDependencies } = JSON.parse(text('package.json')) as {
    readonly [group in 'peerDependencies' | 'devDependencies']: Readonly<Record<string, string>>;
  };
  expect(peerDependencies['@pulumi/aws']).toBe(AWS_PROVIDER_VERSION);
  for (const [name, version] of Object.entries(peerDependencies)) {
    expect(devDependencies[name]).toBe(version);
    expect(text('docs/landing-zones.md')).toContain(`${name}@${version}`);
  }
});

test('the policy for its credentials allows each call that is made', () => {
  const policy = JSON.parse(text('docs/landing-zones-iam-policy.json')) as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  const allowed = policy.Statement.flatMap(({ Action }) => Action);
  const source = text('infra/tenant-stacks/aws-landing-zone/organization.ts');
  const calls = [...source.matchAll(/new (\w+)Command\(|paginate(\w+)\(/g)].map(([, one, all]) => one ?? all);
  expect(calls).toEqual(expect.arrayContaining(['ListAccounts', 'CloseAccount']));
  for (const call of calls) expect(allowed).toContain(`organizations:${String(call)}`);
});
