import type { LandingZones } from '../../../../infra/tenant-stacks/aws-landing-zone/settings.ts';

export const ZONES: LandingZones = {
  parentId: 'ou-root-12345678',
  email: 'aws@securebase.io',
  identityCenterArn: 'arn:aws:sso:::instance/ssoins-1234567890abcdef',
  identityStoreId: 'd-1234567890',
  region: 'us-east-1',
  plugin: '/nowhere/pulumi-resource-aws',
  credentials: {},
};
