import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';

/**
 * Nobody has a password where identities are elsewhere: it would open an account whose identity was blocked or deleted.
 * @throws ApiError 409 for such a product
 */
export function refuseWhenElsewhere({ profile: { identity, brand } }: Pick<AppDeps, 'profile'>): void {
  if (identity === 'external')
    throw new ApiError(409, {
      error: 'Not possible here',
      message: `Customers of ${brand.name} sign up and sign in in its app, not here.`,
      code: 'signs_up_elsewhere',
    });
}
