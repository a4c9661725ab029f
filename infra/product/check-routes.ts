import { Ajv } from 'ajv';
import type { OwnRoute } from './define-route.ts';

/** What Tenure answers itself: these addresses, and all below them. */
export const CORE_PATHS: readonly string[] = [
  ...['/api/customers', '/api/admin', '/me', '/webhooks', '/stripe/webhook', '/healthz', '/readyz', '/docs'],
  ...[
    '/signup',
    '/welcome',
    '/login',
    '/logout',
    '/forgot-password',
    '/set-password',
    '/reveal',
    '/left',
    '/terms',
    '/privacy',
  ],
  ...['/onboarding', '/account', '/upgrade', '/console', '/assets'],
];

const PATH = /^(\/(:?[a-zA-Z0-9_-]+|[a-zA-Z0-9_-][a-zA-Z0-9_.-]*))+$/;

/** Addresses of one shape are one, however they name their parameters. */
const shapeOf = ({ method, path }: OwnRoute): string => `${method} ${path.replaceAll(/:\w+/g, ':')}`;

const isOfCore = (path: string): string | undefined =>
  CORE_PATHS.find((core) => path === core || path.startsWith(`${core}/`));

/** A schema that is wrong would stop the API whenever it starts. */
function* ofSchemas(at: string, { params, query, body, replies }: OwnRoute): Generator<string> {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
  const answers = Object.entries(replies).map(([status, schema]) => [`replies.${status}`, schema] as const);
  for (const [place, schema] of [['params', params], ['query', query], ['body', body], ...answers] as const) {
    if (schema === undefined) continue;
    try {
      ajv.compile(schema);
    } catch (error) {
      yield `${at}.${place} is not a valid schema: ${(error as Error).message}. Write it with Type.`;
    }
  }
  for (const status of Object.keys(replies))
    if (!/^[1-5]\d\d$/.test(status)) yield `${at}.replies.${status}: use a status code of HTTP, like 200.`;
}

/** What is wrong with a product's routes. */
export function* problemsOfRoutes(routes: readonly OwnRoute[]): Generator<string> {
  const seen = new Set<string>();
  for (const route of routes) {
    const at = `routes.${route.method} ${route.path}`;
    const taken = isOfCore(route.path);
    if (!PATH.test(route.path)) yield `${at}: a path is like /checkout or /orders/:id, without a slash at the end.`;
    else if (taken !== undefined)
      yield `${at}: ${taken} and everything below it belongs to Tenure. Choose another path.`;
    if (seen.has(shapeOf(route))) yield `${at}: defined twice. Leave one out.`;
    seen.add(shapeOf(route));
    if (route.summary.trim() === '') yield `${at}.summary is empty. It appears in the API's document.`;
    yield* ofSchemas(at, route);
    if (Object.keys(route.replies).length === 0) yield `${at}.replies: describe at least the successful reply.`;
    if (route.body !== undefined && route.method === 'GET') yield `${at}.body: a GET has no body. Use query.`;
  }
}
