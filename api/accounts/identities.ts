import type { FastifyRequest } from 'fastify';
import { findAccountOfSubject } from '../../infra/db/repositories/accounts.ts';
import type { CustomerSession } from '../../infra/db/repositories/sessions.ts';
import { IssuerUnavailableError, looksLikeToken, type TokenIdentity } from '../../infra/identities/tokens.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { tokensOf } from './sessions.ts';

/** Somebody whom the issuer knows, with their account here if they have one. */
export type TokenOwner =
  | ({ readonly kind: 'customer'; readonly readOnly?: never; readonly identity: TokenIdentity } & CustomerSession)
  | { readonly kind: 'identity'; readonly identity: TokenIdentity };

const RETRY_AFTER_SECONDS = 10;

const issuerUnavailable = (cause: unknown): ApiError =>
  new ApiError(503, {
    error: 'Sign-in not available',
    message: 'The tokens of the sign-in cannot be checked at the moment. Try again in a few seconds.',
    code: 'issuer_unavailable',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });

/** Whether a token is to be checked with the issuer, for a product whose customers have their identities elsewhere. */
export const isOfIssuer = ({ tokens }: Pick<AppDeps, 'tokens'>, token: string): boolean =>
  tokens !== undefined && looksLikeToken(token);

/**
 * Whether the request brings such a token. A page of another site cannot make a browser send one, as it can a cookie;
 * and beside it no cookie is looked at.
 */
export const bringsToken = (deps: AppDeps, request: FastifyRequest): boolean =>
  request.headers.authorization !== undefined && tokensOf(deps, request).some((token) => isOfIssuer(deps, token));

/**
 * @returns undefined when the token is not good
 * @throws ApiError 503 when the issuer cannot be asked
 */
export async function ownerOfToken(deps: AppDeps, token: string): Promise<TokenOwner | undefined> {
  const identity = await deps.tokens?.(token).catch((error: unknown) => {
    throw error instanceof IssuerUnavailableError ? issuerUnavailable(error) : error;
  });
  if (identity === undefined) return undefined;
  const { subject } = identity;
  const account = await findAccountOfSubject(deps.database, { profile: deps.profile.name, subject });
  if (account === undefined) return { kind: 'identity', identity };
  const { customerId, sessionVersion } = account;
  return { kind: 'customer', customerId, sessionVersion, identity };
}
