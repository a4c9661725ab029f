import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';

/** Whether customers sign up and sign in on our own pages. */
export const signsInHere = ({ identity }: Profile): boolean => identity !== 'external';

/**
 * Nobody has a password where identities are elsewhere: it would open an account whose identity was blocked or deleted.
 * @throws ApiError 409 for such a product
 */
export function refuseWhenElsewhere({ profile }: Pick<AppDeps, 'profile'>): void {
  if (!signsInHere(profile))
    throw new ApiError(409, {
      error: 'Not possible here',
      message: `Customers of ${profile.brand.name} sign up and sign in in its app, not here.`,
      code: 'signs_up_elsewhere',
    });
}
