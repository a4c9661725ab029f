import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createAccountActivities } from '../activities/accounts/index.ts';
import { createBillingActivities } from '../activities/billing/index.ts';
import { createStripeClient } from '../activities/billing/stripe-client.ts';
import { createEmailActivities } from '../activities/email/index.ts';
import { createMailer } from '../activities/email/mailer.ts';
import { createSesClient } from '../activities/email/ses-client.ts';
import { createLicenceActivities } from '../activities/licences/index.ts';
import { createSupportActivities } from '../activities/support/index.ts';
import { loadConfig, type Config } from '../infra/config.ts';
import { openDatabase, type Database } from '../infra/db/database.ts';
import { loadLicenceSigner } from '../infra/licences.ts';
import { createLogger } from '../infra/logger.ts';
import { startSweepers } from '../infra/sweepers/index.ts';
import { connectTemporal } from '../infra/temporal/client.ts';
import { connectWorker } from '../infra/temporal/worker-connection.ts';
import { TASK_QUEUE } from '../workflows/contract.ts';
import { runWorker } from './run-worker.ts';
import { sharedOptions } from './worker-options.ts';

/** All workflows, and every activity but those of stacks. */
async function lifecycleActivities(config: Config, database: Database, logger: Logger) {
  const { publicUrl } = config.api;
  const mailer = createMailer({ database, ses: createSesClient(config.mail), mail: config.mail, publicUrl });
  const stripe = createStripeClient(config.stripe);
  return {
    ...createAccountActivities({ database }),
    ...createBillingActivities({ database, stripe, config: config.stripe, publicUrl }),
    ...createEmailActivities({ mailer }),
    ...createLicenceActivities({ database, signer: await loadLicenceSigner(config.licence) }),
    ...createSupportActivities({ database, mailer, logger }),
  };
}

const config = loadConfig();
const logger = createLogger('lifecycle-worker', config.logLevel);
const database = openDatabase(config.database.url);
const connection = await connectWorker(config.temporal);
const temporal = await connectTemporal(config.temporal);
const worker = await Worker.create({
  ...sharedOptions(database),
  connection,
  namespace: config.temporal.namespace,
  taskQueue: TASK_QUEUE.lifecycle,
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  activities: await lifecycleActivities(config, database, logger),
  stickyQueueScheduleToStartTimeout: '1s',
});
const sweepers = startSweepers({ database, temporal, logger, intervalMs: 2_000 });
await runWorker(worker, logger, async () => {
  await sweepers.stop();
  await temporal.connection.close();
  await connection.close();
  await database.destroy();
});
