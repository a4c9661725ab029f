import type { Static } from 'typebox';
import { listEvents, type EventView } from '../../infra/db/repositories/stripe-inbox.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { WithReason } from '../schemas/commands.ts';
import { CommandHeaders } from '../schemas/common.ts';
import { EventParams as params, EventReply, EventsQuery, EventsReply } from '../schemas/events.ts';
import { redriveEvent, showEvent, whatHappened, type StripeEventShown } from '../support/stripe-events.ts';
import { iso } from './customer-replies.ts';

const PAGE = 25;
const tags = ['admin'];
const config = { access: 'support' } as const;

const rowReply = (event: EventView) => ({
  event_id: event.eventId,
  type: event.type,
  state: event.state,
  reason: event.reason,
  customer_id: event.ownerId,
  stripe_customer_id: event.stripeCustomerId,
  object_id: event.objectId,
  attempts: event.attempts,
  last_error: event.lastError,
  received_at: event.receivedAt.toISOString(),
  next_attempt_at: event.state === 'received' ? event.nextAttemptAt.toISOString() : null,
  done_at: iso(event.doneAt),
});

const eventReply = ({ event, redrives, useless }: StripeEventShown): Static<typeof EventReply> => ({
  ...rowReply(event),
  what_happened: whatHappened(event),
  api_version: event.apiVersion,
  livemode: event.livemode,
  event_created_at: event.eventCreatedAt.toISOString(),
  redrive_refused: useless,
  redrives: redrives.map(({ at, who, reason }) => ({ at: at.toISOString(), actor: who, reason })),
});

const date = (instant: string | undefined): Date | undefined => (instant === undefined ? undefined : new Date(instant));

function redriveRoute(app: App, deps: AppDeps): void {
  app.post(
    '/api/admin/events/:id/redrive',
    operation(
      'redriveStripeEvent',
      "Deliver an event to its customer's workflow again, whatever happened to it before",
      {
        access: 'operator',
        errors: [409],
        headers: CommandHeaders,
        tags,
        params,
        body: WithReason,
        response: { 200: EventReply },
      },
    ),
    async (request) => {
      const { actor, commandId } = commandRequestOf(request, '');
      const { reason } = request.body;
      return eventReply(await redriveEvent(deps, { eventId: request.params.id, actor, commandId, reason }));
    },
  );
}

/** Stripe events: what became of each, and redelivering one. */
export function adminEventRoutes(app: App, deps: AppDeps): void {
  redriveRoute(app, deps);
  app.get(
    '/api/admin/events',
    operation('listStripeEvents', 'Stripe events, newest first', {
      ...config,
      tags,
      querystring: EventsQuery,
      response: { 200: EventsReply },
    }),
    async ({ query: { since, until, cursor, limit, ...filter } }) => {
      const times = { since: date(since), until: date(until) };
      const query = { ...filter, ...times, after: cursor, limit: Number(limit ?? PAGE) };
      const { events, next } = await listEvents(deps.database, query);
      return { events: events.map(rowReply), next_cursor: next };
    },
  );
  app.get(
    '/api/admin/events/:id',
    operation('showStripeEvent', 'One Stripe event: what it refers to, and what became of it', {
      ...config,
      tags,
      params,
      response: { 200: EventReply },
    }),
    async (request) => eventReply(await showEvent(deps, request.params.id)),
  );
}
