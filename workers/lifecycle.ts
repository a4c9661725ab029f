import { Worker } from '@temporalio/worker';
import { stripeRecords } from '../activities/billing/record.ts';
import { createStripeClient } from '../activities/billing/stripe-client.ts';
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
import { requireKnownProducts } from '../infra/product/known-customers.ts';
import { openProduct } from '../infra/product/open-product.ts';
import { postgresProbe, temporalProbe } from '../infra/readiness.ts';
import { startSweepers } from '../infra/sweepers/index.ts';
import { connectTemporal } from '../infra/temporal/client.ts';
import { connectWorker } from '../infra/temporal/worker-connection.ts';
import { TASK_QUEUE } from '../workflows/contract/task-queue.ts';
import { memoryBound, workflowsFor } from './cache.ts';
import { lookAtServices } from './doctor/looks.ts';
import { serveHealth } from './health.ts';
import { createLifecycleActivities } from './lifecycle-activities.ts';
import { runWorker } from './run-worker.ts';
import { installRuntime } from './runtime.ts';
import { sharedOptions } from './worker-options.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** Runs all workflows, every activity except those of stacks, and the sweepers. Resolves when told to stop. */
export async function runLifecycleWorker(config: LifecycleConfig): Promise<void> {
  const logger = createLogger('lifecycle-worker', config.logLevel);
  installRuntime(logger);
  const { mail, publicUrl } = config;
  const { live } = config.stripe;
  if (isForCustomers(publicUrl, live)) void warnOfMissing(logger, () => lookAtServices(config, { rehearsal: !live }));
  const product = await openProduct(config.product);
  const [connection, temporal] = await Promise.all([connectWorker(config.temporal), connectTemporal(config.temporal)]);
  const database = openDatabase(config.database.url, config.database.limits);
  await requireKnownProducts(database);
  const signer = await signerOfOwnKey(database, await loadLicenceSigner(config.licence));
  const mailer = createMailer({ database, ses: createSesClient(mail), mail, publicUrl, product });
  const stripe = createStripeClient(config.stripe);
  const worker = await Worker.create({
    ...sharedOptions(database, logger),
    connection,
    namespace: config.temporal.namespace,
    taskQueue: TASK_QUEUE.lifecycle,
    workflowBundle: await workflowBundle(config.cache),
    activities: {
      ...createLifecycleActivities({ config, database, temporal, logger, signer, mailer, stripe }),
      ...createOwnSteps({ ...config.product, database }, product.actions.lifecycle),
      ...createOwnMails({ mailer, database, temporal }, product.senders),
    },
    stickyQueueScheduleToStartTimeout: '1s',
    maxCachedWorkflows: config.load.cachedWorkflows ?? workflowsFor(memoryBound()),
    maxConcurrentActivityTaskExecutions: config.load.activitySlots,
    maxConcurrentWorkflowTaskPolls: config.load.workflowPollers,
    maxConcurrentActivityTaskPolls: config.load.activityPollers,
  });
  const sweepers = startSweepers({
    ...{ database, temporal, logger },
    tellSupport: mailer.sendOutage,
    tellOfDifference: mailer.sendDifference,
    stripeRecords: stripeRecords({ database, stripe, config: config.stripe, publicUrl }),
    ...{ retention: config.retention, intervalMs: 2_000 },
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
