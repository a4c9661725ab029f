import type { Config } from '../config/types.ts';
import { ConfigError } from '../settings.ts';
import type { Product } from './define-product.ts';

/** Which of the settings that a product may need are given; a process that only asks this need not see them. */
export interface GivenSettings {
  readonly issuer: boolean;
  readonly hookCallers: boolean;
}

export const givenSettings = ({ issuer, hooks }: Pick<Config, 'issuer' | 'hooks'>): GivenSettings => ({
  issuer: issuer !== undefined,
  hookCallers: hooks.secrets.length + hooks.addresses.length > 0,
});

/**
 * What a product cannot do without, said before anything is started.
 * @throws ConfigError that names the variables
 */
export function requireSettings(
  given: GivenSettings,
  { profile: { identity, brand }, routes }: Pick<Product, 'profile' | 'routes'>,
): void {
  if (identity === 'external' && !given.issuer)
    throw new ConfigError(
      `COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID, or OIDC_ISSUER and OIDC_AUDIENCE, must be set: customers of ${brand.name} have their identities there.`,
    );
  const hook = routes.find(({ access }) => access === 'hook');
  if (hook && !given.hookCallers)
    throw new ConfigError(
      `HOOK_SECRET or HOOK_ADDRESSES must be set: without them nobody may call ${hook.method} ${hook.path} of ${brand.name}.`,
    );
}
