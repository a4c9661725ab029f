import type { FastifySchema, RouteOptions } from 'fastify';
import type { Access } from './access.ts';

/** The ways to say who one is; `SECURITY` tells which of them a route takes. */
export const SECURITY_SCHEMES = (cookie: (name: string) => string) =>
  ({
    customerToken: { type: 'http', scheme: 'bearer', description: 'The token returned by signing in.' },
    apiKey: { type: 'http', scheme: 'bearer', description: "A customer's API key, which can only read." },
    customerSession: { type: 'apiKey', in: 'cookie', name: cookie('customer'), description: 'Set by signing in.' },
    identityToken: {
      type: 'http',
      scheme: 'bearer',
      description: 'Where customers have their identities elsewhere: a token of their issuer.',
    },
    staffToken: { type: 'http', scheme: 'bearer', description: 'STAFF_TOKEN of operators, SUPPORT_TOKEN of support.' },
    staffSession: { type: 'apiKey', in: 'cookie', name: cookie('staff'), description: 'Set by the console.' },
  }) as const;

type Scheme = keyof ReturnType<typeof SECURITY_SCHEMES>;
const anyOf = (...schemes: readonly Scheme[]) => schemes.map((scheme) => ({ [scheme]: [] }));
const STAFF = anyOf('staffToken', 'staffSession');

const SECURITY = {
  public: [],
  visitor: [],
  person: anyOf('customerToken', 'customerSession', 'identityToken'),
  customer: anyOf('customerToken', 'apiKey', 'customerSession', 'identityToken'),
  identity: anyOf('customerToken', 'apiKey', 'customerSession', 'identityToken'),
  'own-or-staff': [...anyOf('customerToken', 'apiKey', 'customerSession', 'identityToken'), ...STAFF],
  support: STAFF,
  operator: STAFF,
} as const satisfies Record<Access, readonly object[]>;

const ERRORS = {
  400: 'The request is not valid; `problems` names what is wrong.',
  401: 'Not signed in, or the token is no longer valid.',
  403: 'Not allowed: another role is needed, an API key tried to change something, or another site sent the request.',
  404: 'There is no such record, or it is not yours.',
  409: 'Not possible now; the message says why.',
  413: 'The body is too large.',
  415: 'The media type of the body is not supported.',
  422: 'The request is well-formed but cannot be carried out as given.',
  429: 'Too many requests; Retry-After says when to try again.',
  500: 'An internal error. The reply carries an id for support and no details.',
  502: 'A service we depend on failed.',
  503: 'Not available at the moment; Retry-After says when to try again.',
  504: 'The outcome is not known yet: send the request again with the same Idempotency-Key.',
} as const;
export type ErrorStatus = keyof typeof ERRORS;

/** What every command to a customer's workflow may be answered with. */
export const COMMAND_ERRORS = [409, 502, 504] as const satisfies ErrorStatus[];

const SUCCESS: Readonly<Record<string, string>> = { 200: 'Done.', 201: 'Made.', 202: 'Accepted.' };

const writes = ({ method }: RouteOptions): boolean => [method].flat().some((each) => !['GET', 'HEAD'].includes(each));

/** The errors that follow from a route's policy and schema, with those it names itself. */
function errorStatuses(route: RouteOptions): readonly ErrorStatus[] {
  const { access, errors = [] } = route.config ?? {};
  const { params, querystring } = route.schema ?? {};
  const found = new Set<ErrorStatus>([...errors, 500]);
  const add = (when: boolean, ...statuses: readonly ErrorStatus[]): void => {
    if (when) for (const status of statuses) found.add(status);
  };
  add(access !== 'public' || writes(route), 503);
  add(writes(route), 400, 403, 413, 415);
  add(params !== undefined || querystring !== undefined, 400);
  add(access !== 'public', 401, 403);
  add(params !== undefined, 404);
  return [...found].sort((one, other) => one - other);
}

const errorReply = (status: ErrorStatus) => ({
  description: ERRORS[status],
  content: { 'application/json': { schema: { $ref: 'Error#' } } },
});

const errorReplies = (route: RouteOptions) =>
  Object.fromEntries(errorStatuses(route).map((status) => [status, errorReply(status)]));

const described = (response: unknown) =>
  Object.fromEntries(
    Object.entries((response ?? {}) as Readonly<Record<string, object>>).map(([status, schema]) => [
      status,
      { description: SUCCESS[status] ?? '', ...schema },
    ]),
  );

/** A route's schema with what the document says of it beside: who may call it, and every error it may answer with. */
export function documentedOperation(route: RouteOptions): FastifySchema {
  const { access = 'public' } = route.config ?? {};
  const { schema = {} } = route;
  const response = { ...errorReplies(route), ...described(schema.response) };
  const forOperators = access === 'operator' && { description: 'For operators only, not for support.' };
  return {
    ...forOperators,
    ...schema,
    security: SECURITY[access] as FastifySchema['security'],
    response,
  } as FastifySchema;
}
