import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/** What we keep of a Stripe event: ids and states, never its payload (reliability 0.5, X11). */
export interface InboxEvent {
  readonly eventId: string;
  readonly type: string;
  readonly objectId: string | null;
  readonly stripeCustomerId: string | null;
  readonly customerId: string | null;
  readonly apiVersion: string | null;
  readonly livemode: boolean;
  readonly eventCreatedAt: Date;
  /** Set when nobody should act on it; support reads why. */
  readonly parkedReason: string | null;
}

export interface DueEvent {
  readonly eventId: string;
  readonly type: string;
  readonly customerId: string | null;
  readonly stripeCustomerId: string | null;
  readonly attempts: number;
  readonly receivedAt: Date;
}

const secondsFromNow = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds})`;

/**
 * Stores an event once; `false` when it is known already. One that was parked and comes again without a reason to park
 * it ("Resend" in Stripe, S0-14) is taken up as if it were new. The first delivery is left to the caller for
 * `leaseSeconds`; after that the sweeper takes it.
 */
export async function storeEvent(db: Queryable, event: InboxEvent, leaseSeconds: number): Promise<boolean> {
  const result = await db
    .insertInto('stripeEvents')
    .values({
      ...event,
      state: event.parkedReason === null ? 'received' : 'parked',
      nextAttemptAt: secondsFromNow(leaseSeconds),
    })
    .onConflict((conflict) =>
      conflict
        .column('eventId')
        .doUpdateSet({
          state: 'received',
          parkedReason: null,
          attempts: 0,
          nextAttemptAt: secondsFromNow(leaseSeconds),
        })
        .where('stripeEvents.state', '=', 'parked')
        .where(sql<boolean>`${event.parkedReason}::text is null`),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/**
 * Takes due events for one try each, oldest first. One statement, so that two sweepers never take the same row; the
 * next try is planned before this one is made, with exponential waits of up to ten minutes.
 */
export async function claimDueEvents(db: Queryable, limit: number): Promise<readonly DueEvent[]> {
  const { rows } = await sql<DueEvent>`
    update stripe_events set attempts = attempts + 1,
      next_attempt_at = now() + make_interval(secs => least(600, 2 ^ least(attempts, 12)))
    where event_id in (
      select event_id from stripe_events where state = 'received' and next_attempt_at <= now()
      order by next_attempt_at limit ${limit} for update skip locked)
    returning event_id, type, customer_id, stripe_customer_id, attempts, received_at
  `.execute(db);
  return rows;
}

export async function markEventDone(db: Queryable, eventId: string): Promise<void> {
  await db
    .updateTable('stripeEvents')
    .set({ state: 'done', doneAt: sql<Date>`now()`, lastError: null })
    .where('eventId', '=', eventId)
    .execute();
}

export async function markEventLater(db: Queryable, eventId: string, why: string): Promise<void> {
  await db
    .updateTable('stripeEvents')
    .set({ lastError: why })
    .where('eventId', '=', eventId)
    .where('state', '=', 'received')
    .execute();
}

export async function parkEvent(db: Queryable, eventId: string, reason: string): Promise<void> {
  await db
    .updateTable('stripeEvents')
    .set({ state: 'parked', parkedReason: reason })
    .where('eventId', '=', eventId)
    .where('state', '=', 'received')
    .execute();
}

/** Whose event it is: the id in its metadata or, failing that, the owner of the Stripe customer. */
export async function findEventOwner(
  db: Queryable,
  by: { readonly customerId: string | null; readonly stripeCustomerId: string | null },
): Promise<{ readonly customerId: string; readonly phase: string; readonly started: boolean } | undefined> {
  if (by.customerId === null && by.stripeCustomerId === null) return undefined;
  const row = await db
    .selectFrom('customers')
    .select(['customerId', 'phase', 'workflowStartedAt'])
    .where((where) =>
      where.or([
        where('customerId', '=', by.customerId ?? ''),
        where('stripeCustomerId', '=', by.stripeCustomerId ?? ''),
      ]),
    )
    .executeTakeFirst();
  return row && { customerId: row.customerId, phase: row.phase, started: row.workflowStartedAt !== null };
}
