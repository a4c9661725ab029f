import { hkdfSync } from 'node:crypto';
import csrfProtection from '@fastify/csrf-protection';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StaffRole } from '../../infra/db/repositories/sessions.ts';
import { cookieNamed, cookieOptions } from '../accounts/cookies.ts';
import { tokensOf } from '../accounts/sessions.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { takeForms } from '../../infra/http-bodies.ts';
import { hashToken } from '../../infra/tokens.ts';
import { layout, type Page } from './views/layout.ts';

const KEY_BYTES = 32;

/** A token is bound to the session it was made in; a token planted from elsewhere does not match. */
const sessionOf = (deps: AppDeps, request: FastifyRequest): string =>
  tokensOf(deps, request).map(hashToken).join(' ') || 'nobody';

/** Forms, and their protection against other sites, for the pages only: the JSON API takes no forms. */
export async function pageScope(app: App, deps: AppDeps): Promise<void> {
  const { staffToken } = deps.config.api;
  takeForms(app);
  await app.register(csrfProtection, {
    sessionPlugin: '@fastify/cookie',
    cookieKey: cookieNamed(deps, 'csrf'),
    cookieOpts: cookieOptions(deps),
    getUserInfo: (request) => sessionOf(deps, request),
    csrfOpts: {
      userInfo: true,
      hmacKey: Buffer.from(hkdfSync('sha256', staffToken, '', 'csrf', KEY_BYTES)).toString('hex'),
    },
  });
  // After validation, which is where a body is known; before any handler.
  app.addHook('preHandler', (request, reply, done) => {
    if (request.method === 'POST') app.csrfProtection(request, reply, done);
    else done();
  });
}

/** Distinguishes the forms of one browser from those of others, without its secret. */
export function formOf(deps: AppDeps, request: FastifyRequest): string | undefined {
  const secret = request.cookies[cookieNamed(deps, 'csrf')];
  return secret === undefined ? undefined : hashToken(secret);
}

/** The token for a page's forms. */
export const csrfFor = (deps: AppDeps, request: FastifyRequest, reply: FastifyReply): string =>
  reply.generateCsrf({ userInfo: sessionOf(deps, request) });

/** The role of the staff member; what only an operator may do is guarded by its route. */
export const roleOf = ({ caller }: FastifyRequest): StaffRole => (caller?.kind === 'staff' ? caller.role : 'support');

/** A page in its frame, or as it is the part of one that htmx asked for. */
export const sendPage = (reply: FastifyReply, page: Page | string): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(typeof page === 'string' ? page : layout(page, reply.server.brand));

/** After a form: the browser shows the next page by GET, so that reloading repeats nothing. */
export const seeOther = (reply: FastifyReply, path: string): FastifyReply => reply.redirect(path, 303);
