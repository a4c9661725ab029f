import { validateHeaderValue } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type, type TObject, type TSchema } from 'typebox';
import { RequestRefused, type OwnRoute } from '../../infra/product/define-route.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import type { SignupsElsewhere } from '../accounts/signups-elsewhere.ts';
import { ApiError } from '../http/errors.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';
import { takeSignedBodies } from '../webhooks/signed-bodies.ts';
import { checkCaller } from './hooks.ts';
import { tenureFor } from './tenure.ts';

const OK = 200;
const HookHeaders = Type.Object({
  'Tenure-Signature': Type.Optional(
    Type.String({
      description:
        'HMAC-SHA256 of "<Unix seconds>.<body>" with HOOK_SECRET, in hex; at most five minutes old. Not needed from an address of HOOK_ADDRESSES.',
      examples: ['t=1798099200,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd'],
    }),
  ),
});
const NOTHING = new Uint8Array();
/** As large as Cognito's events can be, and more. */
const HOOK_BODY_LIMIT = 262_144;

/** The body of a hook stays as it came: what was signed may not be changed, and nothing in it is refused. */
function bodyOf({ body }: FastifyRequest): { readonly body: unknown; readonly bytes: Uint8Array } {
  if (!Buffer.isBuffer(body)) return { body, bytes: NOTHING };
  try {
    return { body: JSON.parse(body.toString('utf8')) as unknown, bytes: body };
  } catch {
    return { body: undefined, bytes: body };
  }
}

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

interface Handling {
  readonly deps: AppDeps;
  readonly elsewhere: SignupsElsewhere;
  readonly route: OwnRoute;
}

async function answer(
  { deps, elsewhere, route }: Handling,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { query, params, headers, caller } = request;
  const { body, bytes } = bodyOf(request);
  const customerId = caller?.kind === 'customer' ? caller.customerId : null;
  const { settings = {} } = deps.product ?? {};
  const context = {
    body,
    bytes,
    query,
    params,
    headers,
    customerId,
    settings,
    tenure: tenureFor(deps, request, elsewhere),
  };
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

/** For another system: it is let in by its signature or its address, which are looked at with the body. */
function registerHook(app: App, handling: Handling): void {
  const { hooks = { secrets: [], addresses: [] }, now = () => new Date() } = handling.deps;
  app.register((scope, _options, done) => {
    takeSignedBodies(scope, HOOK_BODY_LIMIT);
    scope.addHook('preHandler', (request, _reply, checked) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      checkCaller(hooks, request, { body, now: now() });
      checked();
    });
    register(scope, handling);
    done();
  });
}

function register(app: App, handling: Handling): void {
  const { route } = handling;
  const { method, path: url, access, summary, signup = false, body, query, params, replies } = route;
  app.route({
    ...{ method, url },
    config: {
      access: access === 'hook' ? 'public' : access,
      signup,
      errors: access === 'hook' ? [401] : [...COMMAND_ERRORS, 422, 429],
    },
    schema: {
      ...{ operationId: operationIdOf(route), tags: ['product'], summary, response: replies },
      ...(access === 'hook' && { headers: HookHeaders }),
      ...(body && { body }),
      ...(query && { querystring: query as TObject<Record<string, TSchema>> }),
      ...(params && { params: params as TObject<Record<string, TSchema>> }),
    },
    handler: (request, reply) => answer(handling, request, reply),
  });
}

/** The product's own endpoints, besides Tenure's and under the same rules. */
export function productRoutes(app: App, deps: AppDeps, elsewhere: SignupsElsewhere): void {
  for (const route of deps.product?.routes ?? [])
    (route.access === 'hook' ? registerHook : register)(app, { deps, elsewhere, route });
}
