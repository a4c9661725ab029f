import { validateHeaderValue } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import { RequestRefused, type OwnRoute } from '../../infra/product/define-route.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';
import { tenureFor } from './tenure.ts';

const OK = 200;

/** `POST /orders/:id` as `postOrdersId`. */
const operationIdOf = ({ method, path }: OwnRoute): string =>
  method.toLowerCase() +
  path
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** As the API tells it. Fastify cannot hand on everything that can be thrown. */
function asThrown(error: unknown): Error {
  if (!(error instanceof Error)) return new TypeError('The route threw something that is not an Error.');
  if (!(error instanceof RequestRefused)) return error;
  const { statusCode, body, retryAfterSeconds } = error;
  return new ApiError(statusCode, { ...body, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

async function answer(deps: AppDeps, route: OwnRoute, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { body, query, params, headers, caller } = request;
  const customerId = caller?.kind === 'customer' ? caller.customerId : null;
  const { settings = {} } = deps.product ?? {};
  const context = { body, query, params, headers, customerId, settings, tenure: tenureFor(deps, request) };
  try {
    // Types are the definition's own; the schemas hold them.
    const said = await route.handle(context);
    for (const [name, value] of Object.entries(said.headers ?? {})) validateHeaderValue(name, value);
    return await reply
      .code(said.status ?? OK)
      .headers(said.headers ?? {})
      .send(said.body);
  } catch (error) {
    throw asThrown(error);
  }
}

function register(app: App, deps: AppDeps, route: OwnRoute): void {
  const { method, path: url, access, summary, body, query, params, replies } = route;
  app.route({
    ...{ method, url },
    config: { access, errors: [...COMMAND_ERRORS, 422, 429] },
    schema: {
      ...{ operationId: operationIdOf(route), tags: ['product'], summary, response: replies },
      ...(body && { body }),
      ...(query && { querystring: query as TObject<Record<string, TSchema>> }),
      ...(params && { params: params as TObject<Record<string, TSchema>> }),
    },
    handler: (request, reply) => answer(deps, route, request, reply),
  });
}

/** The product's own endpoints, besides Tenure's and under the same rules. */
export function productRoutes(app: App, deps: AppDeps): void {
  for (const route of deps.product?.routes ?? []) register(app, deps, route);
}
