import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseUnavailableError } from '../../../infra/db/outage.ts';
import { count, type CounterName } from '../../../infra/metrics.ts';
import type { App } from '../app-type.ts';
import type { AppDeps } from '../deps.ts';

/** The streams of the log by which a signup is followed, beside that of the worker (`onboarding`). */
type Stream = 'checkout' | 'webhook';

const IS_WEBHOOK = /^\/(webhooks\/|stripe\/webhook$)/;

interface Route {
  readonly url: string;
  readonly isSignup: boolean;
}

function streamOf({ url, isSignup }: Route): Stream | undefined {
  if (IS_WEBHOOK.test(url)) return 'webhook';
  return isSignup ? 'checkout' : undefined;
}

type Counts = (route: Route, status: number) => boolean;

/** Which answers each counter counts. */
const COUNTS: Readonly<Partial<Record<CounterName, Counts>>> = {
  SignupAttempts: ({ isSignup }) => isSignup,
  RateLimitExceeded: ({ isSignup }, status) => isSignup && status === 429,
  ValidationErrors: ({ isSignup }, status) => isSignup && (status === 400 || status === 422),
  WebhookErrors: ({ url }, status) => IS_WEBHOOK.test(url) && status >= 400,
  EntitlementsUnauthorized: ({ url }, status) => url === '/me/entitlements' && status === 401,
  HookFailures: ({ url }, status) => url.startsWith('/hooks/') && status >= 400,
  FunctionErrors: (_route, status) => status >= 500 && status !== 503,
};
const COUNTED = Object.entries(COUNTS) as readonly (readonly [CounterName, Counts])[];

/** Counts answers by their route and status, and marks the lines of a request with its stream. */
export function metrics(app: App, { profile }: AppDeps): void {
  app.addHook('onRoute', (options) => {
    const stream = streamOf({ url: options.url, isSignup: options.config?.signup === true });
    if (stream)
      options.childLoggerFactory = (logger, bindings, childOptions) =>
        logger.child({ ...bindings, stream }, childOptions);
  });
  app.addHook('onError', (_request, _reply, error, done) => {
    if (error instanceof DatabaseUnavailableError) count('DatabaseErrors', profile.name);
    done();
  });
  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const { url = '', config } = request.routeOptions;
    const route = { url, isSignup: config.signup === true };
    for (const [name, counts] of COUNTED) if (counts(route, reply.statusCode)) count(name, profile.name);
    done();
  });
}
