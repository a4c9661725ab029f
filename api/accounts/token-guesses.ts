import type { FastifyRequest } from 'fastify';
import { endOfFullBucket, takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import type { AppDeps } from '../http/deps.ts';
import { tooMany } from '../http/errors.ts';
import { askerOf, whenceOf } from './devices.ts';
import { staffGuesses } from './login-limits.ts';
import { auditSignIn } from './sign-in-audit.ts';

/** What `newToken` makes: nobody guesses one, and programs send one that has ended again and again. */
const DRAWN = /^[\w-]{43}$/;

const tooManyTokens = (retryAfterSeconds: number) => tooMany('sign-in attempts', retryAfterSeconds);

const triesOf = async (deps: AppDeps, request: FastifyRequest) =>
  staffGuesses(await whenceOf(deps, askerOf(deps, request), 'staff'));

/**
 * Refuses a token of the staff that is right, where as many were tried as at the console. A right one is not counted:
 * staff may send many requests at once.
 * @throws ApiError 429
 */
export async function refuseGuesser(deps: AppDeps, request: FastifyRequest): Promise<void> {
  const endsIn = await endOfFullBucket(deps.database, await triesOf(deps, request));
  if (endsIn !== undefined) throw tooManyTokens(endsIn);
}

/**
 * Counts and audits a token that is nobody's, as a wrong one at the console. Any route will do to try them.
 * @param forStaff - the route is for staff alone, so that every token sent to it is meant for one of theirs
 * @throws ApiError 429
 */
export async function noteWrongToken(
  deps: AppDeps,
  request: FastifyRequest,
  { token, forStaff }: { readonly token: string; readonly forStaff: boolean },
): Promise<void> {
  if (!forStaff && DRAWN.test(token)) return;
  const { method, ip, routeOptions } = request;
  const { allowed, retryAfterSeconds } = await takeFromBucket(deps.database, await triesOf(deps, request));
  if (!allowed) throw tooManyTokens(retryAfterSeconds);
  const details = { method, route: routeOptions.url ?? '' };
  await auditSignIn(deps, { customerId: null, actor: 'visitor', ip, details, action: 'staff.sign_in_failed' });
}
