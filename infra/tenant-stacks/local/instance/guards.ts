import { createHash } from 'node:crypto';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changesSomething, isForeign } from '../../../foreign-request.ts';
import { STYLE } from './pages.ts';

const NONE = ["'none'"];
const OWN_STYLE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
const A_YEAR = 31_536_000;

/** Headers of every answer. The only style is that of our own pages, and nothing is cached. */
export function securityHeaders(app: FastifyInstance, secure: boolean): void {
  app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        ...{ defaultSrc: NONE, baseUri: NONE, objectSrc: NONE, frameAncestors: NONE },
        ...{ styleSrc: [OWN_STYLE], imgSrc: ['data:'], formAction: ["'self'"] },
      },
    },
    hsts: secure ? { maxAge: A_YEAR } : false,
    referrerPolicy: { policy: 'same-origin' },
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}

/** Tenants share a domain, so `SameSite` alone would let the pages of one post forms to another. */
export function refuseForeign(
  app: FastifyInstance,
  refuse: (request: FastifyRequest, reply: FastifyReply) => FastifyReply,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (changesSomething(request) && isForeign(request.headers)) void refuse(request, reply);
    else done();
  });
}
