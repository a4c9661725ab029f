import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { openPool } from '../activities/identities/index.ts';
import { createOwnSteps } from '../activities/own-steps/index.ts';
import { createOwnMails } from '../activities/email/index.ts';
import { createMailer } from '../activities/email/mailer.ts';
import { createSesClient } from '../activities/email/ses-client.ts';
import type { LifecycleConfig } from '../infra/config.ts';
import { openDatabase } from '../infra/db/database.ts';
import { isForCustomers, warnOfMissing } from '../infra/doctor/at-start.ts';
import { licenceKeyProbe, signerOfOwnKey } from '../infra/licence-key.ts';
import { loadLicenceSigner } from '../infra/licences.ts';
import { createLogger } from '../infra/logger.ts';
import { beginCounting } from '../infra/metrics.ts';
import { requireKnownProducts } from '../infra/product/known-customers.ts';
import { linkBases, ofEach, openProducts } from '../infra/product/open-product.ts';
import { postgresProbe, temporalProbe } from '../infra/readiness.ts';
import { startSweepers } from '../infra/sweepers/index.ts';
import { connectTemporal } from '../infra/temporal/client.ts';
import { connectWorker } from '../infra/temporal/worker-connection.ts';
import { TASK_QUEUE } from '../workflows/contract/task-queue.ts';
import { memoryBound, workflowsFor } from './cache.ts';
import { lookAtServices } from './doctor/looks.ts';
import { serveHealth } from './health.ts';
import { createLifecycleActivities } from './lifecycle-activities.ts';
import { askStripe } from './missed-events.ts';
import { openStripe } from './open-stripe.ts';
import { runWorker } from './run-worker.ts';
import { installRuntime } from './runtime.ts';
import { sharedOptions } from './worker-options.ts';
import { workflowBundle } from './workflow-bundle.ts';

function warnWhereItMatters(config: LifecycleConfig, logger: Logger): void {
  const { live } = config.stripe;
  if (config.products.some(({ publicUrl }) => isForCustomers(publicUrl, live)))
    void warnOfMissing(logger, () => lookAtServices(config, { rehearsal: !live }));
}

const capacity = ({ load }: LifecycleConfig) => ({
  maxCachedWorkflows: load.cachedWorkflows ?? workflowsFor(memoryBound()),
  maxConcurrentActivityTaskExecutions: load.activitySlots,
  maxConcurrentWorkflowTaskPolls: load.workflowPollers,
  maxConcurrentActivityTaskPolls: load.activityPollers,
});

/** Runs all workflows, every activity except those of stacks, and the sweepers. Resolves when told to stop. */
export async function runLifecycleWorker(config: LifecycleConfig): Promise<void> {
  const logger = createLogger('lifecycle-worker', config.logLevel);
  installRuntime(logger);
  warnWhereItMatters(config, logger);
  const served = await openProducts(config.products);
  beginCounting(served.map(({ product }) => product.profile.name));
  const pages = linkBases(served);
  const [connection, temporal] = await Promise.all([connectWorker(config.temporal), connectTemporal(config.temporal)]);
  const database = openDatabase(config.database.url, config.database.limits);
  await requireKnownProducts(database);
  const signer = await signerOfOwnKey(database, await loadLicenceSigner(config.licence));
  const products = served.map(({ product }) => product);
  const mailer = createMailer({ database, ses: createSesClient(config.mail), mail: config.mail, products, ...pages });
  const stripe = await openStripe(config.stripe, products, logger);
  const worker = await Worker.create({
    ...sharedOptions(database, logger),
    ...{ connection, namespace: config.temporal.namespace, taskQueue: TASK_QUEUE.lifecycle },
    workflowBundle: await workflowBundle(config.cache),
    activities: {
      ...createLifecycleActivities({
        ...{ database, temporal, logger, signer, mailer, stripe },
        pool: config.userPool && openPool(config.userPool),
        config: { ...pages, stripe: config.stripe },
      }),
      ...ofEach(served, ({ product, settings }) => ({
        ...createOwnSteps({ settings, database }, product.actions.lifecycle),
        ...createOwnMails({ mailer, database, temporal }, product.senders),
      })),
    },
    stickyQueueScheduleToStartTimeout: '1s',
    ...capacity(config),
  });
  const sweepers = startSweepers({
    ...{ database, temporal, logger, retention: config.retention, intervalMs: 2_000 },
    ...{ tellSupport: mailer.sendOutage, tellOfDifference: mailer.sendDifference },
    ...askStripe({ database, stripe, config: config.stripe, ...pages }),
  });
  const health = await serveHealth(config.health, worker, {
    postgres: postgresProbe(database),
    licence_key: licenceKeyProbe(database, signer.publicKeyPem),
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
