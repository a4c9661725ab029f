import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, Runtime, Worker, type ActivityInboundCallsInterceptor } from '@temporalio/worker';
import pg from 'pg';
import Stripe from 'stripe';
import { createStripeClient } from '../../../activities/billing/stripe-client.ts';
import { createMailer } from '../../../activities/email/mailer.ts';
import { createSesClient } from '../../../activities/email/ses-client.ts';
import { createProvisioningActivities } from '../../../activities/provisioning/index.ts';
import { openDatabase } from '../../../infra/db/database.ts';
import { loadLicenceSigner } from '../../../infra/licences.ts';
import { createLogger } from '../../../infra/logger.ts';
import { connectTemporal } from '../../../infra/temporal/client.ts';
import { connectWorker } from '../../../infra/temporal/worker-connection.ts';
import { createLifecycleActivities } from '../../../workers/lifecycle-activities.ts';
import { sharedOptions } from '../../../workers/worker-options.ts';
import { TASK_QUEUE } from '../../../workflows/contract/task-queue.ts';
import { RUNS, UNDOS, type Order, type Point } from './failpoints.ts';
import type { Arrangement, FromWorker, ToWorker } from './worker.ts';
import { tenure } from '../../support/default-product.ts';

// Both workers in one process, with the product's own activities and options; it dies of SIGKILL at a chosen point.
let armed: Order[] = [];
const attempt = new AsyncLocalStorage<{ readonly order: Order; commits: number }>();

/** At the point the attempt stops completely: the test that ordered it kills this process now. */
async function come(point: Point): Promise<void> {
  const order = attempt.getStore()?.order;
  if (order?.does !== 'die' || order.at !== point) return;
  process.send?.({ is: 'there', order } satisfies FromWorker);
  await new Promise(() => undefined);
}

const CALLS = Object.fromEntries(
  [...Object.values(RUNS), ...Object.values(UNDOS)].map(({ activity, calls }) => [activity, calls]),
);
const calling = (what: string): boolean => {
  const order = attempt.getStore()?.order;
  return order !== undefined && CALLS[order.activity] === what;
};

/** The route to Stripe: every request that changes something is a call. */
const http = Stripe.createNodeHttpClient();
const makeRequest = http.makeRequest.bind(http);
http.makeRequest = async (...request) => {
  const changes = request[3] !== 'GET' && calling('stripe');
  if (changes) await come('before the call');
  const reply = await makeRequest(...request);
  if (changes) await come('after the call');
  return reply;
};

type Query = (...given: readonly unknown[]) => Promise<unknown>;

/** An operation on a stack claims it in its first transaction, and records the outcome in its last one. */
function watchCommits(): void {
  const client = pg.Client.prototype as unknown as { query: Query };
  const { query } = client;
  client.query = function watched(this: unknown, ...given: readonly unknown[]) {
    const store = attempt.getStore();
    const [config] = given as [string | { readonly text?: string } | undefined];
    const text = typeof config === 'string' ? config : config?.text;
    if (!store || text !== 'commit' || !calling('stack')) return Reflect.apply(query, this, given);
    store.commits += 1;
    return store.commits === 1
      ? Reflect.apply(query, this, given).then(async (committed) => {
          await come('before the call');
          return committed;
        })
      : come('after the call').then(() => Reflect.apply(query, this, given));
  };
}
watchCommits();

const orderFor = ({ info }: Context, args: readonly unknown[]): Order | undefined => {
  const customerId = (args[0] as { readonly customerId?: string } | undefined)?.customerId;
  return armed.find((order) => order.activity === info.activityType && order.customerId === customerId);
};

/** Inside the step ledger: an attempt that dies here has begun in the ledger, and not ended. */
const failpoints = (context: Context): ActivityInboundCallsInterceptor => ({
  execute: async (input, next) => {
    const order = orderFor(context, input.args);
    if (!order) return next(input);
    if (order.does === 'fail') throw ApplicationFailure.nonRetryable('On purpose.', 'Injected');
    return attempt.run({ order, commits: 0 }, async () => {
      if (calling('nothing that lasts')) await come('before the call');
      const result = await next(input);
      if (calling('nothing that lasts')) await come('after the call');
      await come('after the commit');
      return result;
    });
  },
});

async function work({
  databaseUrl,
  temporalAddress,
  bundle,
  config,
  mail,
  licence,
  stacks,
}: Arrangement): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const database = openDatabase(databaseUrl);
  const logger = createLogger('kill', 'silent');
  const temporalConfig = { address: temporalAddress, namespace: 'default', tls: false, apiKey: undefined };
  const [connection, temporal] = await Promise.all([connectWorker(temporalConfig), connectTemporal(temporalConfig)]);
  const ses = createSesClient(mail, 20_000);
  ses.config.credentials = () => Promise.resolve({ accessKeyId: 'test', secretAccessKey: 'test' });
  ses.middlewareStack.add(
    (next) => async (request) => {
      if (calling('mail')) await come('before the call');
      const reply = await next(request);
      if (calling('mail')) await come('after the call');
      return reply;
    },
    { step: 'initialize' },
  );
  const mailer = createMailer({
    ...{ database, ses, mail },
    publicUrl: config.publicUrl,
    products: [{ profile: tenure, mails: {} }],
  });
  const shared = sharedOptions(database, logger);
  const options = {
    ...{ ...shared, connection, namespace: 'default', stickyQueueScheduleToStartTimeout: '1s' },
    interceptors: {
      activity: [...(shared.interceptors?.activity ?? []), (context: Context) => ({ inbound: failpoints(context) })],
    },
  };
  const lifecycle = createLifecycleActivities({
    ...{ database, temporal, mailer, logger, config },
    stripe: createStripeClient(config.stripe, http),
    signer: await loadLicenceSigner(licence),
  });
  const provisioning = createProvisioningActivities({ ...stacks, database });
  const workers = await Promise.all([
    Worker.create({
      ...{ ...options, taskQueue: TASK_QUEUE.lifecycle, activities: lifecycle },
      workflowBundle: { codePath: bundle },
    }),
    Worker.create({ ...options, taskQueue: TASK_QUEUE.provisioning, activities: provisioning }),
  ]);
  process.send?.({ is: 'working' } satisfies FromWorker);
  await Promise.all(workers.map((worker) => worker.run()));
}

process.on('message', (message: ToWorker) => {
  if (message.does === 'work') void work(message.arrangement);
  else if (message.does === 'disarm') armed = armed.filter(({ customerId }) => customerId !== message.customerId);
  else {
    armed.push(message.order);
    process.send?.({ is: 'armed', order: message.order } satisfies FromWorker);
  }
});
process.once('disconnect', () => process.exit());
