import type { FastifyRequest } from 'fastify';
import type { AppDeps } from '../http/deps.ts';
import { auditSignIn } from './sign-in-audit.ts';

/** What `newToken` makes: nobody guesses one, and programs send one that has ended again and again. */
const DRAWN = /^[\w-]{43}$/;

/**
 * Audits a token that is nobody's, as a wrong one at the console, at whatever route it is tried. It is not limited: what
 * a token of the staff must be cannot be guessed (config/forms.ts), and a limit would shut out staff who ask from where
 * somebody sends wrong ones.
 * @param forStaff - the route is for staff alone, so that every token sent to it is meant for one of theirs
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
