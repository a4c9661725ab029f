import { createHmac } from 'node:crypto';
import type { StaffRole } from '../../infra/db/repositories/sessions.ts';
import { hashToken, sameToken } from '../../infra/tokens.ts';
import type { AppDeps } from '../http/deps.ts';

type Tokens = Pick<AppDeps, 'config'>;

/** The role of a configured token; undefined when it is not one. */
export function roleOfToken({ config }: Tokens, token: string): StaffRole | undefined {
  const { staffToken, supportToken } = config.api;
  if (sameToken(token, staffToken)) return 'operator';
  return supportToken !== undefined && sameToken(token, supportToken) ? 'support' : undefined;
}

/** Identifies a staff session in the trail and in Temporal; only the trail says whose it is. */
export const staffActor = (sessionToken: string): string => `staff:${hashToken(sessionToken).slice(0, 12)}`;

/**
 * Proves that a session was made with the current token of the role. It is keyed by the session's own token, which is
 * not stored, so that somebody who reads the database cannot test staff tokens against it.
 */
export function proofOf({ config }: Tokens, role: StaffRole, sessionToken: string): string {
  const { staffToken, supportToken } = config.api;
  const token = role === 'operator' ? staffToken : supportToken;
  return token === undefined ? '' : createHmac('sha256', sessionToken).update(`${role}:${token}`).digest('hex');
}
