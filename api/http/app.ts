import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import { takeJson } from '../../infra/http-bodies.ts';
import { clientErrorHandler, frameworkErrors } from '../../infra/http-refusals.ts';
import { boundConnections } from '../../infra/http-connections.ts';
import { REQUEST_TIMEOUTS } from '../../infra/http-timeouts.ts';
import type { App } from './app-type.ts';
import type { AppDeps } from './deps.ts';
import { pages } from '../pages/index.ts';
import { SignupsElsewhere } from '../accounts/signups-elsewhere.ts';
import { productRoutes } from '../product/register.ts';
import { access } from './plugins/access.ts';
import { allowedMethods } from './plugins/allowed-methods.ts';
import { bodyRules } from './plugins/body-rules.ts';
import { docs } from './plugins/docs.ts';
import { errorHandler } from './plugins/error-handler.ts';
import { metrics } from './plugins/metrics.ts';
import { otherOrigins } from './plugins/other-origins.ts';
import { requestLog } from './plugins/request-log.ts';
import { securityHeaders } from './plugins/security-headers.ts';
import { sharedSchemas } from './plugins/shared-schemas.ts';
import { VALIDATION } from './plugins/validation.ts';
import { adminAccessRoutes } from '../routes/admin-access.ts';
import { adminAuditRoutes } from '../routes/admin-audit.ts';
import { adminCommandRoutes } from '../routes/admin-commands.ts';
import { adminBatchRoutes } from '../routes/admin-batches.ts';
import { adminDifferenceRoutes } from '../routes/admin-differences.ts';
import { adminEventRoutes } from '../routes/admin-events.ts';
import { adminInsightRoutes } from '../routes/admin-insight.ts';
import { adminOnboardRoutes } from '../routes/admin-onboard.ts';
import { adminOutageRoutes } from '../routes/admin-outages.ts';
import { adminRoutes } from '../routes/admin.ts';
import { customerRoutes } from '../routes/customers.ts';
import { healthRoutes } from '../routes/health.ts';
import { loginRoutes } from '../routes/login.ts';
import { meAccessRoutes } from '../routes/me-access.ts';
import { mePlanRoutes } from '../routes/me-plan.ts';
import { meRoutes } from '../routes/me.ts';
import { checkoutRoutes } from '../routes/checkout.ts';
import { signupRoutes } from '../routes/signup.ts';
import { sesWebhook } from '../webhooks/ses.ts';
import { stripeWebhook } from '../webhooks/stripe.ts';

const BODY_LIMIT = 65_536;

function newApp({ config, logger }: AppDeps): App {
  const loggerInstance: FastifyBaseLogger = logger;
  return fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT,
    http: REQUEST_TIMEOUTS,
    requestTimeout: REQUEST_TIMEOUTS.requestTimeout,
    clientErrorHandler,
    frameworkErrors,
    trustProxy: [...config.api.trustProxy],
    routerOptions: { maxParamLength: 200 },
    ajv: VALIDATION,
  }).withTypeProvider<TypeBoxTypeProvider>();
}

/** The API over its dependencies, ready to listen or to be injected with requests; it opens no port itself. */
export async function buildApp(deps: AppDeps): Promise<App> {
  const app = newApp(deps);
  boundConnections(app.server, deps.config.api.trustProxy);
  app.decorate('brand', deps.profile.brand);
  errorHandler(app);
  requestLog(app);
  metrics(app, deps);
  await app.register(cookie);
  await securityHeaders(app, deps);
  // Before what would refuse the question of a browser whether it may ask.
  await otherOrigins(app, deps);
  allowedMethods(app);
  const elsewhere = new SignupsElsewhere(deps);
  // Before the database is closed.
  app.addHook('preClose', () => elsewhere.close());
  access(app, deps, elsewhere);
  takeJson(app);
  bodyRules(app);
  sharedSchemas(app, deps.profile);
  await docs(app, deps);
  healthRoutes(app, deps);
  signupRoutes(app, deps);
  checkoutRoutes(app, deps);
  loginRoutes(app, deps);
  customerRoutes(app, deps, elsewhere);
  meRoutes(app, deps, elsewhere);
  meAccessRoutes(app, deps);
  mePlanRoutes(app, deps);
  adminRoutes(app, deps);
  adminOnboardRoutes(app, deps);
  adminCommandRoutes(app, deps);
  adminAccessRoutes(app, deps);
  adminAuditRoutes(app, deps);
  adminInsightRoutes(app, deps);
  adminDifferenceRoutes(app, deps);
  adminEventRoutes(app, deps);
  adminOutageRoutes(app, deps);
  adminBatchRoutes(app, deps);
  const forEvents = { ...deps, database: deps.everyProduct };
  stripeWebhook(app, forEvents);
  sesWebhook(app, forEvents);
  productRoutes(app, deps, elsewhere);
  await pages(app, deps);
  return app;
}
