import type { Config } from '../config/types.ts';
import { ConfigError } from '../settings.ts';
import type { Product } from './define-product.ts';

/**
 * What a product cannot do without, said before anything is started.
 * @throws ConfigError that names the variables
 */
export function requireSettings(
  { issuer, hooks }: Pick<Config, 'issuer' | 'hooks'>,
  { profile: { identity, brand }, routes }: Pick<Product, 'profile' | 'routes'>,
): void {
  if (identity === 'external' && issuer === undefined)
    throw new ConfigError(
      `COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID, or OIDC_ISSUER and OIDC_AUDIENCE, must be set: customers of ${brand.name} have their identities there.`,
    );
  const hook = routes.find(({ access }) => access === 'hook');
  if (hook && hooks.secrets.length + hooks.addresses.length === 0)
    throw new ConfigError(
      `HOOK_SECRET or HOOK_ADDRESSES must be set: without them nobody may call ${hook.method} ${hook.path} of ${brand.name}.`,
    );
}
