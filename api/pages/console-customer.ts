import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { newestChange } from '../../infra/db/repositories/newest-change.ts';
import { readTimeline } from '../../infra/db/repositories/timeline.ts';
import type { App } from '../http/app-type.ts';
import { customerDetail, type CustomerDetail } from '../support/customer-detail.ts';
import type { AppDeps } from '../http/deps.ts';
import type { Offering } from '../support/commands/command.ts';
import { explain } from '../support/explain.ts';
import { Closed, CustomerParams } from '../schemas/common.ts';
import { consoleCommands, DONE, type CustomerRequest, type PageOutcome } from './console-commands.ts';
import { DoneQuery } from './form-schemas.ts';
import { STREAM, type Poll, type Stream } from './live.ts';
import { csrfFor, roleOf, sendPage } from './scope.ts';
import { offeredActions } from './views/console-actions.ts';
import { customerChanges, customerPage, type CustomerNow } from './views/console-customer.ts';

const config = { access: 'support', page: true } as const;
const LOOK_MS = 700;
/** What no table shows, like what the workflow waits for, is read anyway after this many polls. */
const LOOK_ANYWAY = 20;

/** The viewer's role, and whether the test clock can be moved. */
function viewerOf({ config: { stripe } }: AppDeps, request: FastifyRequest): Pick<Offering, 'role' | 'testClock'> {
  return { role: roleOf(request), testClock: stripe.testClocks && !stripe.live };
}

async function load(deps: AppDeps, customerId: string): Promise<CustomerNow> {
  const [detail, explanation, timeline] = await Promise.all([
    customerDetail(deps, customerId),
    explain(deps, customerId),
    readTimeline(deps.database, customerId),
  ]);
  return { detail, explanation, timeline };
}

/** Shows one customer, with what just happened. */
async function showCustomer(
  deps: AppDeps,
  request: CustomerRequest,
  reply: FastifyReply,
  happened: PageOutcome,
): Promise<FastifyReply> {
  const now = await load(deps, request.params.id);
  const { regions } = deps.profile;
  const plans = deps.profile.plans.map(({ id }) => id);
  const csrf = csrfFor(deps, request, reply);
  return sendPage(reply, customerPage({ ...now, ...viewerOf(deps, request), csrf, regions, plans, ...happened }));
}

/**
 * Polls one customer: everything is read only when something has changed.
 * @param isOffered - whether the actions that the page offers are still those
 */
function watchCustomer(
  deps: AppDeps,
  customerId: string,
  isOffered: (detail: CustomerDetail) => boolean,
): () => Promise<Poll> {
  let seen: string | undefined;
  let looks = 0;
  return async () => {
    const newest = await newestChange(deps.database, customerId);
    looks += 1;
    if (newest === seen && looks % LOOK_ANYWAY !== 0) return { markup: undefined, pauseMs: LOOK_MS };
    seen = newest;
    const now = await load(deps, customerId);
    return { markup: customerChanges(now, !isOffered(now.detail)), pauseMs: LOOK_MS };
  };
}

/** One customer in the console: the page, its live updates, and the commands. */
export function consoleCustomer(app: App, deps: AppDeps, stream: Stream): void {
  const schema = { hide: true, params: CustomerParams };
  app.get('/console/customers/:id', { config, schema: { ...schema, querystring: DoneQuery } }, (request, reply) =>
    showCustomer(deps, request, reply, { done: DONE[request.query.done ?? ''] }),
  );
  const offering = Closed({ offered: Type.Optional(Type.String({ maxLength: 200 })) });
  const events = { config, schema: { ...schema, querystring: offering }, ...STREAM };
  app.get('/console/customers/:id/events', events, async (request, reply) => {
    const { id } = request.params;
    const { offered } = request.query;
    await customerDetail(deps, id);
    const isOffered = (detail: CustomerDetail): boolean =>
      offered === undefined || offered === offeredActions({ detail, ...viewerOf(deps, request) });
    await stream(request, reply, watchCustomer(deps, id, isOffered));
  });
  consoleCommands(app, deps, (request, reply, happened) => showCustomer(deps, request, reply, happened));
}
