import { createHmac } from 'node:crypto';
import type { StaffRole } from '../../infra/db/repositories/sessions.ts';
import { hashToken, sameToken } from '../../infra/tokens.ts';
import type { AppDeps } from '../http/deps.ts';

type Tokens = Pick<AppDeps, 'config'>;

/** What a configured token lets its bearer be; undefined when it is none of them. */
export function roleOfToken({ config }: Tokens, token: string): StaffRole | undefined {
  const { staffToken, supportToken } = config.api;
  if (sameToken(token, staffToken)) return 'operator';
  return supportToken !== undefined && sameToken(token, supportToken) ? 'support' : undefined;
}

/** Names a session of the staff in the trail and in Temporal; whose it is, only the trail says. */
export const staffActor = (sessionToken: string): string => `staff:${hashToken(sessionToken).slice(0, 12)}`;

/**
 * Proves that a session was made with the token that the role has now. Keyed by the session's own token, which is
 * stored nowhere: who reads the database cannot try staff tokens against it.
 */
export function proofOf({ config }: Tokens, role: StaffRole, sessionToken: string): string {
  const { staffToken, supportToken } = config.api;
  const token = role === 'operator' ? staffToken : supportToken;
  return token === undefined ? '' : createHmac('sha256', sessionToken).update(`${role}:${token}`).digest('hex');
}
