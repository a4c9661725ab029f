import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTrustedDevice, trustDevice } from '../../infra/db/repositories/trusted-devices.ts';
import { hashToken, newToken } from '../../infra/tokens.ts';
import type { AppDeps } from '../http/deps.ts';
import type { Whence } from './login-limits.ts';
import { cookieNamed, cookieOptions } from './cookies.ts';

const DAY = 86_400;
const NAME = 'device';

const tokenOf = (deps: AppDeps, request: FastifyRequest): string | undefined =>
  request.cookies[cookieNamed(deps, NAME)];

/** The origin of a request, before its account is known. */
export interface Asker {
  readonly ip: string;
  readonly deviceToken?: string | undefined;
}

export const askerOf = (deps: AppDeps, request: FastifyRequest): Asker => ({
  ip: request.ip,
  deviceToken: tokenOf(deps, request),
});

/** Where an attempt for this subject of trusted devices comes from; undefined for an unknown account. */
export async function whenceOf(
  { database }: Pick<AppDeps, 'database'>,
  { ip, deviceToken }: Asker,
  subject: string | undefined,
): Promise<Whence> {
  if (deviceToken === undefined || subject === undefined) return { ip, device: undefined };
  const trusted = await isTrustedDevice(database, { subject, tokenHash: hashToken(deviceToken) });
  return { ip, device: trusted ? deviceToken : undefined };
}

/** Remembers a browser that has signed in successfully; programs keep no cookies, and get none. */
export async function rememberDevice(
  deps: AppDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  subject: string,
): Promise<void> {
  if (request.routeOptions.config.page !== true) return;
  const token = tokenOf(deps, request) ?? newToken();
  await trustDevice(deps.database, { subject, tokenHash: hashToken(token) });
  void reply.setCookie(cookieNamed(deps, NAME), token, { ...cookieOptions(deps), maxAge: 180 * DAY });
}
