import { Client, Connection } from '@temporalio/client';
import { ConfigError, loadConfig, type Config } from '../infra/config.ts';
import { openDatabase } from '../infra/db/database.ts';
import { loadLicenceSigner } from '../infra/licences.ts';
import { createLogger } from '../infra/logger.ts';
import { connectionOptions } from '../infra/temporal/client.ts';
import { findProfile } from '../workflows/domain/profiles/index.ts';
import { buildApp } from './app.ts';
import { loadStripeSignatures } from './webhooks/signature.ts';

/** Connects when first used: signups are taken also while Temporal is away (`/readyz` says so). */
function temporalClient({ temporal }: Config): Client {
  const connection = Connection.lazy(connectionOptions(temporal));
  return new Client({ connection, namespace: temporal.namespace });
}

async function serve(config: Config): Promise<void> {
  const logger = createLogger('api', config.logLevel);
  const database = openDatabase(config.database.url);
  const temporal = temporalClient(config);
  const app = await buildApp({
    config,
    database,
    temporal,
    logger,
    licences: await loadLicenceSigner(config.licence),
    profile: findProfile(config.profile),
    stripe: loadStripeSignatures(config.stripe.secretKey),
  });
  app.addHook('onClose', async () => {
    await temporal.connection.close();
    await database.destroy();
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());
  await app.listen({ host: config.api.host, port: config.api.port });
}

try {
  await serve(loadConfig());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
