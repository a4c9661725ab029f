import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { STRIPE_EVENT_STATES } from '../../infra/db/repositories/stripe-events.ts';
import { listEvents, type EventFilter } from '../../infra/db/repositories/stripe-inbox.ts';
import { isForeignId } from '../../infra/input/ids.ts';
import { readInstant } from '../../infra/input/instant.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { EventParams as params } from '../schemas/events.ts';
import { WithReason } from '../schemas/commands.ts';
import { redriveEvent, showEvent } from '../support/stripe-events.ts';
import { asApiBody } from './as-api-body.ts';
import { reasonOf } from './console-typed.ts';
import { DoneQuery, EventListFilter, RedriveForm } from './form-schemas.ts';
import { csrfFor, roleOf, seeOther, sendPage } from './scope.ts';
import { eventPage, type EventPageView } from './views/console-event.ts';
import { eventsPage, eventTable } from './views/console-events.ts';

const PAGE = 25;
const DAY_MS = 24 * 60 * 60 * 1_000;
const support = { access: 'support', page: true } as const;
const operator = { access: 'operator', page: true } as const;
const hidden = { hide: true };

const dayOf = (typed = '', daysLater = 0): Date | undefined => {
  const instant = readInstant(typed);
  return instant === undefined ? undefined : new Date(Date.parse(instant) + daysLater * DAY_MS);
};
const idOf = (typed = ''): string | undefined => (isForeignId(typed.trim()) ? typed.trim() : undefined);

/** What was typed, as far as it is something to filter by. Both days are within. */
const filterOf = ({ type, state, customer, from, to, cursor }: Static<typeof EventListFilter>): EventFilter => ({
  ...{ type: idOf(type), state: STRIPE_EVENT_STATES.find((known) => known === state), customer: idOf(customer) },
  ...{ since: dayOf(from), until: dayOf(to, 1), after: idOf(cursor), limit: PAGE },
});

type EventRequest = FastifyRequest<{ Params: { id: string } }>;

/** The events that Stripe sent: the list, one of them, and the button that hands it on again. */
export function consoleEvents(app: App, deps: AppDeps): void {
  app.get(
    '/console/events',
    { config: support, schema: { ...hidden, querystring: EventListFilter } },
    async (request, reply) => {
      const page = await listEvents(deps.database, filterOf(request.query));
      const view = { page, filter: request.query, csrf: csrfFor(deps, request, reply) };
      return sendPage(reply, request.headers['hx-request'] === undefined ? eventsPage(view) : eventTable(view));
    },
  );

  async function show(
    request: EventRequest,
    reply: FastifyReply,
    happened: Pick<EventPageView, 'done' | 'error' | 'typed'>,
  ): Promise<FastifyReply> {
    const shown = await showEvent(deps, request.params.id);
    const csrf = csrfFor(deps, request, reply);
    return sendPage(reply, eventPage({ ...shown, csrf, role: roleOf(request), ...happened }));
  }

  app.get(
    '/console/events/:id',
    { config: support, schema: { ...hidden, params, querystring: DoneQuery } },
    (request, reply) => show(request, reply, { done: request.query.done }),
  );
  app.post(
    '/console/events/:id/redrive',
    { config: operator, schema: { ...hidden, params, body: RedriveForm } },
    async (request, reply) => {
      const { id: eventId } = request.params;
      try {
        const { reason } = asApiBody(request, WithReason, { reason: reasonOf(request.body) });
        const { actor, commandId } = commandRequestOf(request, '', request.body.key || undefined);
        await redriveEvent(deps, { eventId, actor, commandId, reason });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return show(request, reply.code(error.statusCode), { error: error.body, typed: request.body.reason });
      }
      return seeOther(reply, `/console/events/${encodeURIComponent(eventId)}?done=redrive`);
    },
  );
}
