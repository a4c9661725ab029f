import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { listCustomers } from '../../infra/db/repositories/console.ts';
import { decimalOf, wholeOf } from '../../infra/input/number.ts';
import type { App } from '../http/app-type.ts';
import { listBatches, orderBatch, showBatch, startBatch } from '../support/batches.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, invalid, type ErrorBody } from '../http/errors.ts';
import { actorOf } from '../http/plugins/access.ts';
import { BatchBody, BatchActionParams, BatchParams } from '../schemas/batches.ts';
import { asApiBody } from './as-api-body.ts';
import { BatchForm, DoneQuery, EmptyForm, type ListFilter } from './form-schemas.ts';
import { csrfFor, seeOther, sendPage } from './scope.ts';
import { batchPage, batchProgress } from './views/console-batch.ts';
import { batchesPage } from './views/console-batches.ts';

const config = { access: 'support', page: true } as const;
const schema = { hide: true };
type Form = Static<typeof BatchForm>;

const MOST = 10_000;
const DONE: Readonly<Record<string, string>> = {
  pause: 'The batch is paused; replays in progress will finish.',
  resume: 'The batch continues.',
  cancel: 'The rest is cancelled; replays in progress will finish.',
};

/** The selected ones, or all who need a person and fit the list's filter: exactly those the list would show. */
async function chosen({ database }: AppDeps, { all, customer = [], attention, q }: Form): Promise<readonly string[]> {
  if (all === undefined) return [customer].flat();
  const filter = { phase: 'onboarding', attention: attention || 'any', search: q || undefined, limit: MOST } as const;
  return (await listCustomers(database, filter)).customers.map(({ customerId }) => customerId);
}

function lanesOf({ concurrency = '5' }: Form): number {
  const lanes = wholeOf(concurrency) ?? 0;
  if (lanes >= 1 && lanes <= 50) return lanes;
  const problem = { field: 'concurrency', message: 'Concurrency must be a whole number from 1 to 50.' };
  throw invalid('The number is not valid', [problem], 422);
}

/** Out of a hundred. */
function boundOf({ failures = '50' }: Form): number {
  const percent = decimalOf(failures) ?? -1;
  if (percent >= 0 && percent <= 100) return percent / 100;
  const problem = { field: 'failures', message: 'Stop above % failed must be a number from 0 to 100.' };
  throw invalid('The number is not valid', [problem], 422);
}

async function begin(deps: AppDeps, request: FastifyRequest<{ Body: Form }>): Promise<string> {
  const form = request.body;
  const reason = form.reason?.trim() ?? '';
  if (reason === '')
    throw invalid(
      'The reason is missing',
      [{ field: 'reason', message: 'Say why: it is kept in the audit trail.' }],
      422,
    );
  const bounds = { concurrency: lanesOf(form), maxFailureRate: boundOf(form) };
  const customerIds = await chosen(deps, form);
  if (customerIds.length === 0)
    throw invalid(
      'Nobody is selected',
      [{ field: 'customer', message: 'Select the customers to replay, or all matching customers.' }],
      422,
    );
  asApiBody(request, BatchBody, { customer_ids: customerIds, reason });
  return (await startBatch(deps, { actor: actorOf(request), reason, filter: { customerIds }, ...bounds })).batchId;
}

type ShowList = (
  request: FastifyRequest,
  reply: FastifyReply,
  filter: Static<typeof ListFilter>,
  error: ErrorBody,
) => Promise<FastifyReply>;

/** Batches of replays: begun from the list of customers, watched and steered on a page of their own. */
export function consoleBatches(app: App, deps: AppDeps, showList: ShowList): void {
  app.post('/console/batches', { config, schema: { ...schema, body: BatchForm } }, async (request, reply) => {
    const { phase = '', attention = '', q = '' } = request.body;
    try {
      return await seeOther(reply, `/console/batches/${await begin(deps, request)}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return showList(request, reply.code(error.statusCode), { phase, attention, q }, error.body);
    }
  });
  app.get('/console/batches', { config, schema }, async (request, reply) =>
    sendPage(reply, batchesPage({ batches: await listBatches(deps), csrf: csrfFor(deps, request, reply) })),
  );
  app.get(
    '/console/batches/:id',
    { config, schema: { ...schema, params: BatchParams, querystring: DoneQuery } },
    async (request, reply) => {
      const shown = await showBatch(deps, request.params.id);
      const view = { ...shown, csrf: csrfFor(deps, request, reply), done: DONE[request.query.done ?? ''] };
      return sendPage(reply, request.headers['hx-request'] === undefined ? batchPage(view) : batchProgress(view));
    },
  );
  app.post(
    '/console/batches/:id/:order',
    { config, schema: { ...schema, params: BatchActionParams, body: EmptyForm } },
    async (request, reply) => {
      const { id: batchId, order } = request.params;
      await orderBatch(deps, { batchId, action: order, actor: actorOf(request) });
      return seeOther(reply, `/console/batches/${batchId}?done=${order}`);
    },
  );
}
