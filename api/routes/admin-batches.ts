import type { Static } from 'typebox';
import type { NewBatch } from '../../infra/db/repositories/replay-batches.ts';
import type { App } from '../http/app-type.ts';
import { listBatches, orderBatch, showBatch, startBatch } from '../support/batches.ts';
import { batchCsv } from '../support/batch-csv.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { actorOf } from '../http/plugins/access.ts';
import {
  BatchBody,
  BatchActionParams,
  BatchParams,
  BatchReply,
  BatchTable,
  BatchStarted,
  BatchesReply,
} from '../schemas/batches.ts';
import { Accepted } from '../schemas/commands.ts';

const config = { access: 'support' } as const;
const tags = ['admin'];
/** Room for ten thousand ids. */
const BODY_LIMIT = 600_000;

function newBatch({ body, actor }: { readonly body: Static<typeof BatchBody>; readonly actor: string }): NewBatch {
  const { customer_ids, failed_step, error_type, since, concurrency = 5, max_failure_rate = 0.5, reason } = body;
  const filter = {
    ...(customer_ids && { customerIds: customer_ids }),
    ...(failed_step && { failedStep: failed_step }),
    ...(error_type !== undefined && { errorType: error_type }),
    ...(since !== undefined && { since }),
  };
  return { actor, reason, filter, concurrency, maxFailureRate: max_failure_rate };
}

type Shown = Awaited<ReturnType<typeof showBatch>>;

const summaryReply = ({ batch, counts }: Pick<Shown, 'batch' | 'counts'>) => ({
  batch_id: batch.batchId,
  state: batch.state,
  actor: batch.actor,
  reason: batch.reason,
  concurrency: batch.concurrency,
  max_failure_rate: batch.maxFailureRate,
  created_at: batch.createdAt.toISOString(),
  ended_at: batch.endedAt?.toISOString() ?? null,
  counts,
});

const batchReply = (shown: Shown) => ({
  ...summaryReply(shown),
  results: shown.items.map(({ customerId, companyName, state, errorType, note }) => ({
    ...{ customer_id: customerId, company_name: companyName, state, error_type: errorType, note },
  })),
});

function startRoute(app: App, deps: AppDeps): void {
  app.post(
    '/api/admin/replay-batches',
    {
      config: { ...config, errors: [409, 422] },
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'startReplayBatch',
        tags,
        summary: 'Replay every parked onboarding that fits',
        body: BatchBody,
        response: { 202: BatchStarted },
      },
    },
    async (request, reply) => {
      const order = newBatch({ body: request.body, actor: actorOf(request) });
      const { batchId, customers } = await startBatch(deps, order);
      return reply.code(202).send({ batch_id: batchId, customers });
    },
  );
}

function resultRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/admin/replay-batches',
    operation('listReplayBatches', 'The newest batches first', { ...config, tags, response: { 200: BatchesReply } }),
    async () => ({ batches: (await listBatches(deps)).map(summaryReply) }),
  );
  app.get(
    '/api/admin/replay-batches/:id',
    operation('showReplayBatch', 'A result per customer', {
      ...config,
      tags,
      params: BatchParams,
      response: { 200: BatchReply },
    }),
    async ({ params }) => batchReply(await showBatch(deps, params.id)),
  );
  app.get(
    '/api/admin/replay-batches/:id/results.csv',
    operation('downloadReplayBatch', 'The results as a table', {
      ...config,
      tags,
      params: BatchParams,
      response: { 200: BatchTable },
    }),
    async ({ params: { id } }, reply) => {
      const { items } = await showBatch(deps, id);
      void reply.header('content-disposition', `attachment; filename="batch-${id}.csv"`);
      return reply.type('text/csv; charset=utf-8').send(batchCsv(items));
    },
  );
}

/** Replays of many customers at once. */
export function adminBatchRoutes(app: App, deps: AppDeps): void {
  startRoute(app, deps);
  resultRoutes(app, deps);
  app.post(
    '/api/admin/replay-batches/:id/:order',
    operation('steerReplayBatch', 'Pause, resume or cancel', {
      ...config,
      errors: [409],
      tags,
      params: BatchActionParams,
      response: { 200: Accepted },
    }),
    async (request) => {
      const { id: batchId, order } = request.params;
      await orderBatch(deps, { batchId, action: order, actor: actorOf(request) });
      return { accepted: true };
    },
  );
}
