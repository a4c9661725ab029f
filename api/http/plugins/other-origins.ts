import cors, { type FastifyCorsOptions, type FastifyCorsOptionsDelegateCallback } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import type { App } from '../app-type.ts';
import type { AppDeps } from '../deps.ts';

/** Nobody but our own pages: staff, and pages themselves with the tokens of their forms. */
const OF_OUR_OWN_PAGES = /^\/(api\/admin|console)(\/|\?|$)/;

/** Whether a page of the origin may ask this, with the cookies of its visitor. */
export function isAllowedOrigin({ config }: Pick<AppDeps, 'config'>, request: FastifyRequest): boolean {
  const { origin } = request.headers;
  if (origin === undefined || config.api.allowedOrigins?.includes(origin) !== true) return false;
  return request.routeOptions.config.page !== true && !OF_OUR_OWN_PAGES.test(request.url);
}

const OPTIONS: FastifyCorsOptions = {
  credentials: true,
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: ['authorization', 'content-type', 'idempotency-key'],
  exposedHeaders: ['retry-after', 'location'],
  maxAge: 600,
};

/**
 * Lets the pages of other origins use the JSON API: exactly those of ALLOWED_ORIGINS. Without any, nothing is
 * different.
 */
export async function otherOrigins(app: App, deps: AppDeps): Promise<void> {
  if ((deps.config.api.allowedOrigins ?? []).length === 0) return;
  const delegator: FastifyCorsOptionsDelegateCallback = (request, callback) => {
    callback(null, { ...OPTIONS, origin: isAllowedOrigin(deps, request) && (request.headers.origin ?? false) });
  };
  await app.register(cors, { delegator });
}
