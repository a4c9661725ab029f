import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  endSession,
  findSessionOwner,
  insertSession,
  nameEntry,
  touchSession,
  type SessionOwner,
  type StaffRole,
} from '../../infra/db/repositories/sessions.ts';
import type { AppDeps } from '../http/deps.ts';
import { hashToken, newToken, sameToken } from '../../infra/tokens.ts';
import { STAFF_SUBJECT, subjectOf } from '../../infra/db/repositories/trusted-devices.ts';
import { cookieNamed, cookieOptions } from './cookies.ts';
import { rememberDevice } from './devices.ts';
import { auditSignIn } from './sign-in-audit.ts';
import { signOutOfInstance } from './sign-out.ts';
import { proofOf, staffActor } from './staff-tokens.ts';

type Kind = 'customer' | 'staff';
const HOUR = 3_600;

/** How long a session lasts; staff can do more, so theirs are shorter. */
const LIMITS = {
  customer: { idleSeconds: 48 * HOUR, absoluteSeconds: 14 * 24 * HOUR },
  staff: { idleSeconds: HOUR, absoluteSeconds: 10 * HOUR },
} as const satisfies Record<Kind, { idleSeconds: number; absoluteSeconds: number }>;

const IDLE = { customer: LIMITS.customer.idleSeconds, staff: LIMITS.staff.idleSeconds };

/** Who the session is for: the result of `signIn`, or the role of a staff token. */
type Opener = Extract<SessionOwner, { customerId: string }> | { readonly staffRole: StaffRole };

const kindOf = (owner: Opener): Kind => ('customerId' in owner ? 'customer' : 'staff');

const ownerOf = (deps: AppDeps, opener: Opener, token: string): SessionOwner =>
  'customerId' in opener ? opener : { ...opener, staffProof: proofOf(deps, opener.staffRole, token) };

/** The tokens a request carries: a bearer token, else the cookies. */
export function tokensOf(deps: AppDeps, request: FastifyRequest): readonly string[] {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (request.headers.authorization !== undefined) return bearer === undefined ? [] : [bearer];
  return (['customer', 'staff'] as const).flatMap((kind) => request.cookies[cookieNamed(deps, kind)] ?? []);
}

/**
 * Opens a session under a fresh token and sets its cookie; an existing session of the same kind in the browser ends
 * (rotation at sign-in).
 */
export async function openSession(
  deps: AppDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  opener: Opener,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const kind = kindOf(opener);
  const before = request.cookies[cookieNamed(deps, kind)];
  const ended = before === undefined ? undefined : await endSession(deps.database, hashToken(before));
  if (ended?.customerId != null) await signOutOfInstance(deps, ended.customerId);
  const token = newToken();
  const { absoluteSeconds } = LIMITS[kind];
  const owner = ownerOf(deps, opener, token);
  const expiresAt = await insertSession(deps.database, { tokenHash: hashToken(token), owner, absoluteSeconds });
  void reply.setCookie(cookieNamed(deps, kind), token, { ...cookieOptions(deps), maxAge: absoluteSeconds });
  await rememberDevice(deps, request, reply, 'customerId' in opener ? subjectOf(opener) : STAFF_SUBJECT);
  return { token, expiresAt };
}

/** Ends a session, and records the sign-out; once for each, because the session is gone afterwards. */
async function closeSession(deps: AppDeps, { ip }: FastifyRequest, token: string): Promise<void> {
  const session = await endSession(deps.database, hashToken(token));
  if (session === undefined) return;
  const { customerId } = session;
  const signedOut =
    customerId === null
      ? ({ actor: staffActor(token), action: 'staff.signed_out' } as const)
      : ({ actor: 'customer', action: 'customer.signed_out' } as const);
  await auditSignIn(deps, { customerId, ip, ...signedOut });
  if (customerId !== null) await signOutOfInstance(deps, customerId);
}

/**
 * Names the sign-in to the instance that comes from the customer's session, and ends with it.
 * @returns undefined when it has ended meanwhile
 */
export const entryOf = (deps: AppDeps, request: FastifyRequest, customerId: string): Promise<string | undefined> =>
  nameEntry(deps.database, customerId, tokensOf(deps, request).map(hashToken));

/** Ends the sessions that the request carries, if any. */
export async function closeSessions(
  deps: AppDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: Kind,
): Promise<void> {
  const bearer = request.headers.authorization === undefined ? [] : tokensOf(deps, request);
  const cookie = request.cookies[cookieNamed(deps, kind)];
  for (const token of [...bearer, ...(cookie === undefined ? [] : [cookie])]) await closeSession(deps, request, token);
  void reply.clearCookie(cookieNamed(deps, kind), cookieOptions(deps));
}

/**
 * The owner of a session token, unless the session has ended: by time, on request, or with what it was made from.
 * @param counts - as use, which restarts the idle time
 */
export async function findSession(deps: AppDeps, token: string, counts: boolean): Promise<SessionOwner | undefined> {
  const owner = await findSessionOwner(deps.database, hashToken(token), IDLE);
  if (!owner) return undefined;
  if ('staffRole' in owner && !sameToken(owner.staffProof, proofOf(deps, owner.staffRole, token))) return undefined;
  if (counts) await touchSession(deps.database, hashToken(token));
  return owner;
}
