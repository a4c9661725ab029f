import type { Config } from '../config/types.ts';
import { ConfigError } from '../settings.ts';
import type { Product } from './define-product.ts';

/** What a product cannot do without, besides what all of them need. */
export interface Needs {
  /** Of the tokens by which its customers are known. */
  readonly issuer: boolean;
  /** Somebody who may call its hooks. */
  readonly hookCallers: boolean;
}

export const needsOf = ({ profile: { identity }, routes }: Pick<Product, 'profile' | 'routes'>): Needs => ({
  issuer: identity === 'external',
  hookCallers: routes.some(({ access }) => access === 'hook'),
});

/** @throws ConfigError that names the variables which are missing */
export function requireSettings(
  { issuer, hooks }: Pick<Config, 'issuer' | 'hooks'>,
  product: Pick<Product, 'profile' | 'routes'>,
): void {
  const needs = needsOf(product);
  const { name } = product.profile.brand;
  if (needs.issuer && issuer === undefined)
    throw new ConfigError(
      `COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID, or OIDC_ISSUER and OIDC_AUDIENCE, must be set: customers of ${name} have their identities there.`,
    );
  if (needs.hookCallers && hooks.secrets.length + hooks.addresses.length === 0)
    throw new ConfigError(
      `HOOK_SECRET or HOOK_ADDRESSES must be set: without them nobody may call the hooks of ${name}.`,
    );
}

/** Of several products together. */
export const allNeeds = (each: readonly Needs[]): Needs => ({
  issuer: each.some(({ issuer }) => issuer),
  hookCallers: each.some(({ hookCallers }) => hookCallers),
});
