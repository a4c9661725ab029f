import { loadApiConfig, type ApiConfig } from '../infra/config.ts';
import { EVENT_CONNECTIONS } from '../infra/db/connections.ts';
import { openDatabase } from '../infra/db/database.ts';
import { passwordOf } from '../infra/db/doctor.ts';
import { isForCustomers, warnOfMissing } from '../infra/doctor/at-start.ts';
import type { Finding } from '../infra/doctor/finding.ts';
import { settingsFindings } from '../infra/doctor/settings.ts';
import { signerOfOwnKey } from '../infra/licence-key.ts';
import { loadLicenceSigner } from '../infra/licences.ts';
import { begin } from '../infra/begin.ts';
import { watchOverMainThread } from '../infra/processes/watchdog.ts';
import { surviveRejections } from '../infra/processes/survive-rejections.ts';
import { createLogger } from '../infra/logger.ts';
import { beginCounting, serveMetrics } from '../infra/metrics.ts';
import { requireKnownProducts } from '../infra/product/known-customers.ts';
import { openProduct } from '../infra/product/open-product.ts';
import { createTokenVerifier } from '../infra/identities/tokens.ts';
import { requireSettings } from '../infra/product/needs.ts';
import { requireTarget } from '../infra/product/require-target.ts';
import { lazyTemporal } from '../infra/temporal/client.ts';
import { buildApp } from './http/app.ts';
import { createSnsTopic } from './webhooks/sns-topic.ts';

/** Checks the API's own settings for what customers will miss. */
const lookAtSettings = ({ api, stripe, database }: ApiConfig): Finding[] =>
  settingsFindings({
    ...{ wrong: [], development: false, publicUrl: api.publicUrl, proxies: api.trustProxy },
    webhookSecret: stripe.webhookSecret,
    secrets: {
      ...{ STAFF_TOKEN: api.staffToken, SUPPORT_TOKEN: api.supportToken },
      DATABASE_URL: passwordOf(database.url),
    },
  });

async function serve(config: ApiConfig): Promise<void> {
  const logger = createLogger('api', config.logLevel);
  surviveRejections(logger);
  const { url, limits } = config.database;
  // Signups are accepted even while Temporal is down (`/readyz` says so).
  const temporal = lazyTemporal(config.temporal);
  const product = await openProduct(config.product);
  const { profile, logo, routes, words } = product;
  requireSettings(config, product);
  if (config.terms.target !== undefined) await requireTarget(config.terms.target, 'TENANT_TARGET');
  const database = openDatabase(url, limits, profile.name);
  const everyProduct = openDatabase(url, { ...limits, max: EVENT_CONNECTIONS });
  await requireKnownProducts(database);
  const app = await buildApp({
    config,
    database,
    everyProduct,
    temporal,
    logger,
    licences: await signerOfOwnKey(database, await loadLicenceSigner(config.licence)),
    ...{ profile, logo, product: { routes, words, settings: config.product.settings } },
    tokens: profile.identity === 'external' && config.issuer ? createTokenVerifier(config.issuer) : undefined,
    hooks: config.hooks,
    mailEvents: config.mailEvents && createSnsTopic(config.mailEvents.topicArn),
  });
  beginCounting([profile.name]);
  const metrics = await serveMetrics(config.metrics);
  app.addHook('onClose', async () => {
    metrics.close();
    await temporal.connection.close();
    await Promise.all([database.destroy(), everyProduct.destroy()]);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());
  await app.listen({ host: config.api.host, port: config.api.port });
  if (isForCustomers(config.api.publicUrl)) await warnOfMissing(logger, () => Promise.resolve(lookAtSettings(config)));
}

watchOverMainThread();
await begin(() => serve(loadApiConfig()));
