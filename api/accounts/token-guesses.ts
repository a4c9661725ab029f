import type { FastifyRequest } from 'fastify';
import type { AppDeps } from '../http/deps.ts';
import { auditSignIn } from './sign-in-audit.ts';

/** The form of session tokens: they cannot be guessed, and programs keep sending ended ones. */
const DRAWN = /^[\w-]{43}$/;

/**
 * Records an unknown token, on whatever route it is tried, like a wrong one at the console. It is not limited: a valid
 * staff token cannot be guessed (config/forms.ts), and a limit would shut out staff behind the same address as the
 * guesser. @param forStaff - the route is only for staff, so every token sent to it is an attempt at a staff token
 */
export async function noteWrongToken(
  deps: AppDeps,
  { method, ip, routeOptions }: FastifyRequest,
  { token, forStaff }: { readonly token: string; readonly forStaff: boolean },
): Promise<void> {
  if (!forStaff && DRAWN.test(token)) return;
  const details = { method, route: routeOptions.url ?? '' };
  await auditSignIn(deps, { customerId: null, actor: 'visitor', ip, details, action: 'staff.sign_in_failed' });
}
