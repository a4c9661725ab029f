import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { BILLING_CHANGED, customerWorkflowId, type BillingChanged } from '../../workflows/contract.ts';
import type { Database } from '../db/database.ts';
import {
  claimDueEvents,
  findEventOwner,
  markEventDone,
  markEventLater,
  parkEvent,
  type DueEvent,
} from '../db/repositories/stripe-events.ts';
import type { Sweeper } from './sweeper.ts';

const BATCH = 50;
const SIGNAL_DEADLINE_MS = 5_000;
/** Webhooks of one signup arrive in any order; after this long nobody is going to come for it. */
const PATIENCE_MS = 24 * 60 * 60 * 1_000;

export type DeliverableEvent = Pick<DueEvent, 'eventId' | 'type' | 'customerId' | 'stripeCustomerId' | 'receivedAt'>;
type Outcome = { readonly done: true } | { readonly done: false; readonly why: string };

const later = (why: string): Outcome => ({ done: false, why });
const DONE: Outcome = { done: true };

async function hint(temporal: Client, customerId: string, fact: BillingChanged): Promise<Outcome> {
  const handle = temporal.workflow.getHandle(customerWorkflowId(customerId));
  try {
    await temporal.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () => handle.signal(BILLING_CHANGED, fact));
    return DONE;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return later('the workflow of this customer is not running');
    throw error;
  }
}

async function attempt(database: Database, temporal: Client, event: DeliverableEvent): Promise<Outcome> {
  const owner = await findEventOwner(database, event);
  if (!owner) return later('no customer of ours is known for it yet');
  if (owner.phase === 'ended') return DONE;
  if (!owner.started) return later('the workflow of this customer is not started yet');
  return hint(temporal, owner.customerId, { eventId: event.eventId, kind: event.type });
}

/**
 * Hands one stored event to its customer's workflow as a hint. Done only when the workflow took it;
 * otherwise the row stays for the sweeper, and is parked with a reason after a day.
 * @throws when Temporal or Postgres cannot be reached; the row stays.
 */
export async function deliverEvent(
  { database, temporal }: { readonly database: Database; readonly temporal: Client },
  event: DeliverableEvent,
): Promise<void> {
  const outcome = await attempt(database, temporal, event);
  if (outcome.done) await markEventDone(database, event.eventId);
  else if (Date.now() - event.receivedAt.getTime() > PATIENCE_MS) await parkEvent(database, event.eventId, outcome.why);
  else await markEventLater(database, event.eventId, outcome.why);
}

/** Re-drives events that no workflow has taken yet. */
export const sweepStripeInbox: Sweeper = async ({ database, temporal, logger }) => {
  const due = await claimDueEvents(database, BATCH);
  for (const event of due) {
    try {
      await deliverEvent({ database, temporal }, event);
    } catch (error) {
      logger.warn({ err: error, eventId: event.eventId }, 'a Stripe event could not be handed on yet');
    }
  }
  return due.length;
};
