import type { FastifyRequest } from 'fastify';
import type { CustomerSession, StaffRole } from '../../../infra/db/repositories/sessions.ts';
import { findApiKeyOwner, looksLikeApiKey } from '../../accounts/api-keys.ts';
import { bringsToken, isOfIssuer, ownerOfToken, type TokenOwner } from '../../accounts/identities.ts';
import type { SignupsElsewhere } from '../../accounts/signups-elsewhere.ts';
import { answerWithoutCustomer } from '../../accounts/without-customer.ts';
import { findSession, tokensOf } from '../../accounts/sessions.ts';
import { roleOfToken, staffActor } from '../../accounts/staff-tokens.ts';
import { noteWrongToken } from '../../accounts/token-guesses.ts';
import { takeFromBucket } from '../../../infra/db/repositories/rate-limits.ts';
import { appendAudit } from '../../../infra/db/repositories/audit.ts';
import type { TokenIdentity } from '../../../infra/identities/tokens.ts';
import { isCustomerId } from '../../../infra/input/ids.ts';
import { changesSomething, isForeign } from '../../../infra/foreign-request.ts';
import type { App } from '../app-type.ts';
import { isAllowedOrigin } from './other-origins.ts';
import type { AppDeps } from '../deps.ts';
import { forbidden, notFound, notSignedIn } from '../errors.ts';

export type Caller =
  | ({ readonly kind: 'customer'; readonly readOnly?: never; readonly identity?: never } & CustomerSession)
  | TokenOwner
  /** With an API key. */
  | { readonly kind: 'customer'; readonly customerId: string; readonly readOnly: true; readonly identity?: never }
  /** `actor` identifies the session in audit rows and in Temporal; only the audit trail says whose it is. */
  | { readonly kind: 'staff'; readonly role: StaffRole; readonly actor: string };

/**
 * The policy of every route: who may come in. `customer` lets an API key read; `person` lets in only people who have
 * signed in: for pages, for everything that has an effect, and for everything that gives access. `identity` is
 * `customer` with people whom the issuer knows although they are not customers.
 */
export type Access =
  'public' | 'visitor' | 'customer' | 'identity' | 'person' | 'own-or-staff' | 'support' | 'operator';

const KEYS_READ = 'An API key can read only; sign in to change something.';
const NOT_FOR_KEYS = 'An API key cannot do this; sign in instead.';

const idOf = (request: FastifyRequest): string | undefined => (request.params as { id?: string }).id;

/**
 * The policy table: undefined grants access. `visitor` is public, but identifies the caller. A customer who asks for
 * somebody else's record learns nothing, not even that it exists.
 */
const REFUSAL: Readonly<Record<Access, (caller: Caller | null, request: FastifyRequest) => Error | undefined>> = {
  public: () => undefined,
  visitor: () => undefined,
  customer: (caller) => (caller?.kind === 'customer' ? undefined : caller ? forbidden() : notSignedIn()),
  identity: (caller) => {
    if (!caller) return notSignedIn();
    return caller.kind === 'staff' ? forbidden() : undefined;
  },
  person: (caller, request) => {
    if (caller?.kind !== 'customer') return caller ? forbidden() : notSignedIn();
    return caller.readOnly === true ? forbidden(changesSomething(request) ? KEYS_READ : NOT_FOR_KEYS) : undefined;
  },
  'own-or-staff': (caller, request) => {
    if (!caller) return notSignedIn();
    if (caller.kind === 'identity') return notFound('customer');
    return caller.kind === 'staff' || caller.customerId === idOf(request) ? undefined : notFound('customer');
  },
  support: (caller) => (caller?.kind === 'staff' ? undefined : caller ? forbidden() : notSignedIn()),
  operator: (caller) => {
    if (!caller) return notSignedIn();
    return caller.kind === 'staff' && caller.role === 'operator' ? undefined : forbidden();
  },
};

/** Which of two sign-ins in one browser a route uses. */
const wants = (access: Access): readonly Caller['kind'][] => {
  if (access === 'customer' || access === 'person' || access === 'visitor') return ['customer'];
  if (access === 'identity') return ['customer', 'identity'];
  return access === 'own-or-staff' ? ['staff', 'customer'] : ['staff'];
};

async function callerOf(deps: AppDeps, token: string, counts: boolean): Promise<Caller | undefined> {
  const role = roleOfToken(deps, token);
  if (role) return { kind: 'staff', role, actor: role === 'operator' ? 'staff:token' : 'staff:support-token' };
  if (looksLikeApiKey(token)) {
    const customerId = await findApiKeyOwner(deps.database, token);
    return customerId === undefined ? undefined : { kind: 'customer', customerId, readOnly: true };
  }
  if (isOfIssuer(deps, token)) return ownerOfToken(deps, token);
  const owner = await findSession(deps, token, counts);
  if (!owner) return undefined;
  if ('customerId' in owner) return { kind: 'customer', ...owner };
  return { kind: 'staff', role: owner.staffRole, actor: staffActor(token) };
}

/** Cookies of an ended session may still be sent, so a token in the header takes precedence. */
const isForStaff = ({ headers }: FastifyRequest, access: Access): boolean =>
  headers.authorization !== undefined && (access === 'support' || access === 'operator');

/** Tokens of the issuer end within the hour: programs send old ones all the time, and each would be a row. */
const isExpected = (
  deps: AppDeps,
  request: FastifyRequest,
  { token, access }: { readonly token: string; readonly access: Access },
): boolean => isOfIssuer(deps, token) && !isForStaff(request, access);

async function identify(
  deps: AppDeps,
  request: FastifyRequest,
  access: Access,
  counts: boolean,
): Promise<Caller | null> {
  const callers: Caller[] = [];
  for (const token of tokensOf(deps, request)) {
    const caller = await callerOf(deps, token, counts);
    if (caller) callers.push(caller);
    else if (counts && !isExpected(deps, request, { token, access }))
      await noteWrongToken(deps, request, { token, forStaff: isForStaff(request, access) });
  }
  for (const kind of wants(access)) {
    const match = callers.find((caller) => caller.kind === kind);
    if (match) return match;
  }
  // A customer who opens a staff page in the browser has not signed in there yet, and is sent to the sign-in.
  return access === 'visitor' || request.routeOptions.config.page === true ? null : (callers[0] ?? null);
}

/** An API key lives in other people's configuration; it cannot end the account it belongs to. */
function refuseKey(request: FastifyRequest): Error | undefined {
  const isKey = request.caller?.kind === 'customer' && request.caller.readOnly === true;
  return isKey && changesSomething(request) ? forbidden(KEYS_READ) : undefined;
}

/** Rows per hour, for one staff member: repeated refusals must not be able to fill the trail. */
const REFUSALS = { limit: 60, windowSeconds: 3_600 };

/** Records when a staff member tries something that only an operator may do. */
async function noteRefusal({ database }: AppDeps, request: FastifyRequest): Promise<void> {
  const { caller, method, routeOptions } = request;
  if (caller?.kind !== 'staff') return;
  const id = idOf(request) ?? '';
  const noted = await takeFromBucket(database, { key: `audit-access.refused:${caller.actor}`, ...REFUSALS });
  if (!noted.allowed) return;
  await appendAudit(database, {
    customerId: isCustomerId(id) ? id : null,
    actor: caller.actor,
    action: 'access.refused',
    details: { role: caller.role, method, route: routeOptions.url ?? '' },
  });
}

/** Another site's page may have sent it with the cookies of this one; it cannot send a token of the issuer. */
const isForged = (deps: AppDeps, request: FastifyRequest, policy: Access): boolean =>
  changesSomething(request) &&
  isForeign(request.headers) &&
  !isAllowedOrigin(deps, request) &&
  (policy === 'public' || !bringsToken(deps, request));

/** Somebody whom the issuer knows, where they have to be a customer. */
const lacksCustomer = (caller: Caller | null, policy: Access): caller is Caller & { readonly kind: 'identity' } =>
  caller?.kind === 'identity' && (policy === 'customer' || policy === 'person');

/** Deny by default: a route without an access policy lets nobody in. */
export function access(app: App, deps: AppDeps, elsewhere: SignupsElsewhere): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const policy = request.routeOptions.config.access;
    if (policy === undefined) throw forbidden('This route is closed.');
    if (isForged(deps, request, policy)) throw forbidden('This request came from another site.');
    if (policy === 'public') return;
    request.caller = await identify(deps, request, policy, true);
    const refusal = REFUSAL[policy](request.caller, request) ?? refuseKey(request);
    if (!refusal) return;
    if (lacksCustomer(request.caller, policy)) throw await answerWithoutCustomer(elsewhere, request.caller.identity);
    if (policy === 'operator') await noteRefusal(deps, request);
    throw refusal;
  });
}

/** Whether the caller would still be let in now: checked again by anything that lasts longer than a request. */
export async function isStillIn(deps: AppDeps, request: FastifyRequest): Promise<boolean> {
  const policy = request.routeOptions.config.access;
  if (policy === undefined) return false;
  return REFUSAL[policy](await identify(deps, request, policy, false), request) === undefined;
}

/** The signed-in customer of a route whose access is `customer` or `person`. */
export function customerOf(request: FastifyRequest): string {
  if (request.caller?.kind !== 'customer') throw notSignedIn();
  return request.caller.customerId;
}

/** The session that a route whose access is `person` was asked in. */
export function sessionOf(request: FastifyRequest): CustomerSession {
  const { caller } = request;
  if (caller?.kind !== 'customer' || caller.readOnly) throw notSignedIn();
  return { customerId: caller.customerId, sessionVersion: caller.sessionVersion };
}

/** What the issuer says of the caller; undefined for one who came another way. */
export const identityOf = ({ caller }: FastifyRequest): TokenIdentity | undefined =>
  caller === null || caller.kind === 'staff' ? undefined : caller.identity;

/** The caller, for audit rows. */
export const actorOf = (request: FastifyRequest): string =>
  request.caller?.kind === 'staff' ? request.caller.actor : 'customer';
