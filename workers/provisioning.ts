import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createOwnSteps } from '../activities/own-steps/index.ts';
import { requireOwnBackend } from '../activities/provisioning/backend-identity.ts';
import { targetSettings, type ProvisioningDeps } from '../activities/provisioning/deps.ts';
import { createProvisioningActivities } from '../activities/provisioning/index.ts';
import type { ProvisioningConfig } from '../infra/config.ts';
import { openDatabase } from '../infra/db/database.ts';
import { isForCustomers, warnOfMissing } from '../infra/doctor/at-start.ts';
import { sweepInstances, sweepLostInstances, type LookingDeps } from '../infra/sweepers/instances.ts';
import { runSweepers } from '../infra/sweepers/run.ts';
import { lookAtAllInstances } from '../infra/tenant-stacks/targets.ts';
import { findEngine } from '../infra/local-platform/engines/find.ts';
import { licenceKeyProbe, requireOwnLicenceKey } from '../infra/licence-key.ts';
import { createLogger } from '../infra/logger.ts';
import { beginCounting } from '../infra/metrics.ts';
import { requireKnownProducts } from '../infra/product/known-customers.ts';
import { linkBases, ofEach, openProducts, type OpenedProduct } from '../infra/product/open-product.ts';
import { postgresProbe, temporalProbe } from '../infra/readiness.ts';
import { lazyTemporal } from '../infra/temporal/client.ts';
import { ConfigError } from '../infra/settings.ts';
import { StackFailure } from '../infra/tenant-stacks/errors.ts';
import { connectWorker } from '../infra/temporal/worker-connection.ts';
import { TASK_QUEUE } from '../workflows/contract/task-queue.ts';
import { lookAtInstances } from './doctor/instances.ts';
import { serveHealth } from './health.ts';
import { runWorker } from './run-worker.ts';
import { installRuntime } from './runtime.ts';
import { sharedOptions } from './worker-options.ts';

/** A backend that is not the one with the stacks is a wrong setting. */
async function requireBackend(deps: ProvisioningDeps): Promise<void> {
  try {
    await requireOwnBackend(deps);
  } catch (error) {
    throw error instanceof StackFailure ? new ConfigError(error.text, { cause: error }) : error;
  }
}

const lookAfterInstances = (deps: ProvisioningDeps, logger: Logger) =>
  runSweepers<LookingDeps>(
    { instances: { sweep: sweepInstances, every: 1 }, lostInstances: { sweep: sweepLostInstances, every: 6 } },
    {
      ...{ database: deps.database, logger, intervalMs: 10_000 },
      lookAtInstances: () => lookAtAllInstances(targetSettings(deps)),
      lookingForSeconds: () => process.uptime(),
      seenFrom: `${hostname()} (${deps.tenants.gatewayControlUrl})`,
    },
  );

/** As the engine is told of a product with resources of its own. */
const withResources = ({ product, source, settings }: OpenedProduct) =>
  product.stack.length > 0 ? { [product.profile.name]: { source, settings } } : {};

/**
 * The activities of stacks, on a queue of their own: this is the only process that has the providers' credentials.
 * Resolves when told to stop.
 */
export async function runProvisioningWorker(config: ProvisioningConfig): Promise<void> {
  const logger = createLogger('provisioning-worker', config.logLevel);
  installRuntime(logger);
  if (config.products.some(({ publicUrl }) => isForCustomers(publicUrl)))
    void warnOfMissing(logger, () => lookAtInstances(config, { rehearsal: false }));
  const served = await openProducts(config.products);
  beginCounting(served.map(({ product }) => product.profile.name));
  const pulumi = await findEngine('pulumi');
  const connection = await connectWorker(config.temporal);
  const database = openDatabase(config.database.url, config.database.limits);
  const deps: ProvisioningDeps = {
    database,
    home: config.home,
    pulumi: { ...config.pulumi, root: dirname(dirname(pulumi)) },
    ...{ tenants: config.tenants, landingZones: config.landingZones },
    licencePublicKey: await readFile(config.licencePublicKeyPath, 'utf8'),
    ...linkBases(served),
    products: ofEach(served, withResources),
  };
  await requireKnownProducts(database);
  await requireOwnLicenceKey(database, deps.licencePublicKey);
  await requireBackend(deps);
  const worker = await Worker.create({
    ...sharedOptions(database, logger),
    ...{ connection, namespace: config.temporal.namespace, taskQueue: TASK_QUEUE.provisioning },
    maxConcurrentActivityTaskExecutions: config.load.activitySlots,
    maxConcurrentActivityTaskPolls: config.load.activityPollers,
    activities: {
      ...createProvisioningActivities(deps),
      ...ofEach(served, ({ product, settings }) =>
        createOwnSteps({ settings, database }, product.actions.provisioning),
      ),
    },
  });
  const sweepers = lookAfterInstances(deps, logger);
  const temporal = lazyTemporal(config.temporal);
  const health = await serveHealth(config.health, worker, {
    postgres: postgresProbe(database),
    licence_key: licenceKeyProbe(database, deps.licencePublicKey),
    temporal: temporalProbe(temporal, config.temporal.namespace),
  });
  await runWorker(worker, logger, async () => {
    health.close();
    await sweepers.stop();
    await temporal.connection.close();
    await connection.close();
    await database.destroy();
  });
}
