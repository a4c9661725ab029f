import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/**
 * `received`: waits for delivery to a workflow. `done`: delivered. `parked`: cannot be delivered, and a person should
 * know why. `ignored`: does not have to be delivered.
 */
export const STRIPE_EVENT_STATES = ['received', 'done', 'parked', 'ignored'] as const;
export type StripeEventState = (typeof STRIPE_EVENT_STATES)[number];

/** What we keep of a Stripe event: ids and states, never its payload, which names people. */
export interface InboxEvent {
  readonly eventId: string;
  readonly type: string;
  readonly objectId: string | null;
  readonly stripeCustomerId: string | null;
  readonly customerId: string | null;
  /** Whose it is where Stripe names no customer. */
  readonly stripePaymentIntentId: string | null;
  readonly apiVersion: string | null;
  readonly livemode: boolean;
  readonly eventCreatedAt: Date;
  readonly state: Exclude<StripeEventState, 'done'>;
  /** Why nothing acts on it; null for an event to be delivered. */
  readonly reason: string | null;
}

export interface DueEvent {
  readonly eventId: string;
  readonly type: string;
  readonly customerId: string | null;
  readonly stripeCustomerId: string | null;
  readonly stripePaymentIntentId: string | null;
  readonly attempts: number;
  readonly receivedAt: Date;
}

const secondsFromNow = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds})`;

/**
 * Stores an event once; `false` when it is known already. One that nobody acted on and that comes again without a reason
 * for it ("Resend" in Stripe) is taken up as if it were new. The first try is left to the caller for `leaseSeconds`;
 * after that the sweeper makes it.
 */
export async function storeEvent(db: Queryable, event: InboxEvent, leaseSeconds: number): Promise<boolean> {
  const isDue = event.state === 'received';
  const result = await db
    .insertInto('stripeEvents')
    .values({
      ...event,
      attempts: isDue ? 1 : 0,
      nextAttemptAt: secondsFromNow(leaseSeconds),
      doneAt: event.state === 'ignored' ? sql<Date>`now()` : null,
    })
    .onConflict((conflict) =>
      conflict
        .column('eventId')
        .doUpdateSet({ ...TAKEN_UP, attempts: 1, nextAttemptAt: secondsFromNow(leaseSeconds) })
        .where('stripeEvents.state', 'in', ['parked', 'ignored'])
        .where(sql<boolean>`${isDue}::boolean`),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Events come in any order: what is older than this has had its time. */
const SETTLED_AFTER = sql`interval '5 minutes'`;

/** The newest event of which the ones before have come, if they were to come; null when there is none. */
export async function lastSettledEvent(db: Queryable): Promise<string | null> {
  const row = await db
    .selectFrom('stripeEvents')
    .select('eventId')
    .where('receivedAt', '<', sql<Date>`now() - ${SETTLED_AFTER}`)
    .orderBy('receivedAt', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.eventId ?? null;
}

/** Those that have come. */
export async function knownEvents(db: Queryable, eventIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await db.selectFrom('stripeEvents').select('eventId').where('eventId', 'in', eventIds).execute();
  return new Set(rows.map(({ eventId }) => eventId));
}

const TAKEN_UP = { state: 'received', reason: null, lastError: null, doneAt: null } as const;

/** Whether Stripe has told us within the hour that this Checkout is complete. */
export async function checkoutWasCompleted(db: Queryable, checkoutId: string): Promise<boolean> {
  const row = await db
    .selectFrom('stripeEvents')
    .select('eventId')
    .where('objectId', '=', checkoutId)
    .where('type', '=', 'checkout.session.completed')
    .where('receivedAt', '>', sql<Date>`now() - interval '1 hour'`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Keeps others from changing the event until the transaction ends. */
export async function lockEvent(db: Queryable, eventId: string): Promise<void> {
  await db.selectFrom('stripeEvents').select('eventId').where('eventId', '=', eventId).forUpdate().execute();
}

/** Sets an event to received again, whatever happened to it. The next try is left to the caller for `leaseSeconds`. */
export async function receiveAgain(db: Queryable, eventId: string, leaseSeconds: number): Promise<void> {
  await db
    .updateTable('stripeEvents')
    .set({ ...TAKEN_UP, attempts: sql`attempts + 1`, nextAttemptAt: secondsFromNow(leaseSeconds) })
    .where('eventId', '=', eventId)
    .execute();
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
    returning event_id, type, customer_id, stripe_customer_id, stripe_payment_intent_id, attempts, received_at
  `.execute(db);
  return rows;
}

/** Delivered, to the workflow of that customer. */
export async function markEventDone(db: Queryable, eventId: string, customerId: string): Promise<void> {
  const owner = sql<string>`coalesce(customer_id, ${customerId})`;
  await db
    .updateTable('stripeEvents')
    .set({ customerId: owner, state: 'done', reason: null, doneAt: sql<Date>`now()`, lastError: null })
    .where('eventId', '=', eventId)
    .execute();
}

/** Records why this delivery failed; the event stays received. */
export async function markEventLater(db: Queryable, eventId: string, why: string): Promise<void> {
  await db
    .updateTable('stripeEvents')
    .set({ lastError: why })
    .where('eventId', '=', eventId)
    .where('state', '=', 'received')
    .execute();
}

/**
 * Gives up on an event that could not be delivered; an ignored one is finished, and is deleted with those that are
 * done.
 */
export async function setEventAside(
  db: Queryable,
  eventId: string,
  state: 'parked' | 'ignored',
  reason: string,
): Promise<void> {
  await db
    .updateTable('stripeEvents')
    .set({ state, reason, lastError: null, doneAt: state === 'ignored' ? sql<Date>`now()` : null })
    .where('eventId', '=', eventId)
    .where('state', '=', 'received')
    .execute();
}

/**
 * Whose event it is: the id in its metadata or, failing that, the owner of the Stripe customer, or of the invoice that
 * was paid.
 */
export async function findEventOwner(
  db: Queryable,
  by: Pick<InboxEvent, 'customerId' | 'stripeCustomerId' | 'stripePaymentIntentId'>,
): Promise<{ readonly customerId: string; readonly phase: string; readonly started: boolean } | undefined> {
  if (by.customerId === null && by.stripeCustomerId === null && by.stripePaymentIntentId === null) return undefined;
  const row = await db
    .selectFrom('customers')
    .select(['customerId', 'phase', 'workflowStartedAt'])
    .where((where) =>
      where.or([
        where('customerId', '=', by.customerId ?? ''),
        where('stripeCustomerId', '=', by.stripeCustomerId ?? ''),
        where('customerId', 'in', (paid) =>
          paid
            .selectFrom('invoices')
            .select('invoices.customerId')
            .where('stripePaymentIntentId', '=', by.stripePaymentIntentId ?? ''),
        ),
      ]),
    )
    .executeTakeFirst();
  return row && { customerId: row.customerId, phase: row.phase, started: row.workflowStartedAt !== null };
}
