import { sql, type Selectable } from 'kysely';
import type { Queryable } from '../database.ts';
import type { StripeEvents } from '../schema.ts';
import { namedActor } from './audit.ts';
import type { StripeEventState } from './stripe-events.ts';

/** What pages and support read of the events Stripe sent. */
export interface EventFilter {
  /** A type, or the beginning of several. */
  readonly type?: string | undefined;
  readonly state?: StripeEventState | undefined;
  /** A customer's id, ours or Stripe's. */
  readonly customer?: string | undefined;
  /** Received then or later. */
  readonly since?: Date | undefined;
  /** Received before. */
  readonly until?: Date | undefined;
  /** The last id of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface EventView extends Omit<Selectable<StripeEvents>, 'state'> {
  readonly state: StripeEventState;
  /** Whose it is as far as is known now; null for nobody's. */
  readonly ownerId: string | null;
  readonly ownerName: string | null;
}

export interface EventPage {
  readonly events: readonly EventView[];
  /** Ask with this as `after` for the next page; null on the last one. */
  readonly next: string | null;
}

const views = (db: Queryable) =>
  db
    .selectFrom('stripeEvents as e')
    .leftJoin('customers as c', (join) =>
      join.on(
        sql<boolean>`c.customer_id = coalesce(e.customer_id,
          (select customer_id from customers k where k.stripe_customer_id = e.stripe_customer_id))`,
      ),
    )
    .selectAll('e')
    .select(['c.customerId as ownerId', 'c.companyName as ownerName']);

const isOf = (customer: string) => sql<boolean>`(
  e.customer_id = ${customer} or e.stripe_customer_id = ${customer} or e.stripe_customer_id =
    (select stripe_customer_id from customers k where k.customer_id = ${customer}))`;

/** One page of events, the newest first. */
export async function listEvents(db: Queryable, filter: EventFilter): Promise<EventPage> {
  const { type, state, customer, since, until, after, limit } = filter;
  const found = await views(db)
    .$if(type !== undefined, (query) => query.where(sql<boolean>`starts_with(e.type, ${type})`))
    .$if(state !== undefined, (query) => query.where('e.state', '=', state ?? ''))
    .$if(customer !== undefined, (query) => query.where(isOf(customer ?? '')))
    .$if(since !== undefined, (query) => query.where('e.receivedAt', '>=', since ?? null))
    .$if(until !== undefined, (query) => query.where('e.receivedAt', '<', until ?? null))
    // By the row itself: a date of JavaScript is too coarse to be a cursor.
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(e.received_at, e.event_id) < (select received_at, event_id from stripe_events where event_id = ${after})`,
      ),
    )
    .orderBy('e.receivedAt', 'desc')
    .orderBy('e.eventId', 'desc')
    .limit(limit + 1)
    .execute();
  const events = found.slice(0, limit) as EventView[];
  return { events, next: found.length > limit ? (events.at(-1)?.eventId ?? null) : null };
}

/** Undefined when there is none, or none any more. */
export async function viewEvent(db: Queryable, eventId: string): Promise<EventView | undefined> {
  return (await views(db).where('e.eventId', '=', eventId).executeTakeFirst()) as EventView | undefined;
}

export const REDRIVE = 'command.redriveEvent';

export interface Redrive {
  readonly at: Date;
  readonly who: string;
  readonly reason: string | null;
  readonly commandId: string | null;
}

/** The orders to hand an event on again, the newest first. */
export async function redrivesOf(
  db: Queryable,
  { eventId, ownerId }: Pick<EventView, 'eventId' | 'ownerId'>,
): Promise<readonly Redrive[]> {
  return (
    db
      .selectFrom('auditEvents')
      .select(['at', 'reason', 'commandId'])
      .select(namedActor('audit_events.actor').as('who'))
      .where('action', '=', REDRIVE)
      // Ordered before its customer was known, it was nobody's.
      .where((where) => where.or([where('customerId', '=', ownerId), where('customerId', 'is', null)]))
      .where(sql<boolean>`details->>'eventId' = ${eventId}`)
      .orderBy('auditId', 'desc')
      .execute()
  );
}
