import { homedir } from 'node:os';
import { join } from 'node:path';
import { canCarryIds } from '../tenant-stacks/aws-landing-zone/names.ts';
import { AWS_PROVIDER_VERSION } from '../tenant-stacks/aws-landing-zone/version.ts';
import { ConfigError, type Settings } from '../settings.ts';
import { AWS_PREFIX } from './table.ts';
import type { Config } from './types.ts';

const isParent = (text: string): boolean => /^(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})$/.test(text);
const isIdentityCenter = (text: string): boolean => /^arn:aws:sso:::instance\/ssoins-[0-9a-f]{16}$/.test(text);
const isIdentityStore = (text: string): boolean => /^d-[0-9a-f]{10}$/.test(text);

/** Where `pulumi plugin install resource aws` puts it. */
const defaultPlugin = (): string =>
  join(homedir(), '.pulumi', 'plugins', `resource-aws-v${AWS_PROVIDER_VERSION}`, 'pulumi-resource-aws');

/** All of it, or nothing where no landing zones are made. */
export function readLandingZones(settings: Settings): Config['landingZones'] {
  const parentId = settings.matching(
    'AWS_LANDING_ZONE_PARENT',
    isParent,
    'an organizational unit (ou-…) or root (r-…)',
  );
  const email = settings.matching(
    'AWS_LANDING_ZONE_EMAIL',
    canCarryIds,
    'an e-mail address of at most 28 characters without a "+": each account gets it with an id of 32 characters in it',
  );
  const identityCenterArn = settings.matching(
    'AWS_IDENTITY_CENTER_ARN',
    isIdentityCenter,
    'the ARN of an instance of Identity Center (arn:aws:sso:::instance/ssoins-…)',
  );
  const identityStoreId = settings.matching('AWS_IDENTITY_STORE_ID', isIdentityStore, 'an identity store (d-…)');
  const given = { parentId, email, identityCenterArn, identityStoreId };
  const isComplete = (found: typeof given): found is Required<{ [K in keyof typeof given]: string }> =>
    Object.values(found).every((value) => value !== undefined);
  if (isComplete(given))
    return {
      ...given,
      region: settings.text('AWS_REGION') ?? 'us-east-1',
      plugin: settings.text('AWS_LANDING_ZONE_PLUGIN') ?? defaultPlugin(),
      credentials: settings.startingWith(AWS_PREFIX),
    };
  if (Object.values(given).every((value) => value === undefined)) return undefined;
  throw new ConfigError(
    'AWS_LANDING_ZONE_PARENT, AWS_LANDING_ZONE_EMAIL, AWS_IDENTITY_CENTER_ARN and AWS_IDENTITY_STORE_ID must be set all, or none of them.',
  );
}
