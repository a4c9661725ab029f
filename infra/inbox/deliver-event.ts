import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { BILLING_CHANGED, customerWorkflowId, type BillingChanged } from '../../workflows/contract/customer.ts';
import { prospectWorkflowId } from '../../workflows/contract/prospect.ts';
import type { Database } from '../db/database.ts';
import { WEBHOOK_DONE, appendAudit } from '../db/repositories/audit.ts';
import { findEventProspect } from '../db/repositories/prospects.ts';
import {
  findEventOwner,
  markEventDone,
  markEventLater,
  setEventAside,
  type DueEvent,
} from '../db/repositories/stripe-events.ts';

const SIGNAL_DEADLINE_MS = 5_000;
/** Webhooks of one signup arrive in any order; after this long nobody is going to come for it. */
const PATIENCE_MS = 24 * 60 * 60 * 1_000;

export type DeliverableEvent = Omit<DueEvent, 'attempts'>;
type Outcome =
  /** Taken by the workflow of the customer, or of who may become one. */
  { readonly is: 'done'; readonly customerId: string } | { readonly is: 'later' | 'ignored'; readonly why: string };

const later = (why: string): Outcome => ({ is: 'later', why });

interface Receiver {
  readonly customerId: string;
  readonly workflowId: string;
}

async function hint(temporal: Client, { customerId, workflowId }: Receiver, fact: BillingChanged): Promise<Outcome> {
  const handle = temporal.workflow.getHandle(workflowId);
  try {
    await temporal.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () => handle.signal(BILLING_CHANGED, fact));
    return { is: 'done', customerId };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return later('the workflow it is for is not running');
    throw error;
  }
}

async function attempt(database: Database, temporal: Client, event: DeliverableEvent): Promise<Outcome> {
  const fact = { eventId: event.eventId, kind: event.type };
  const owner = await findEventOwner(database, event);
  if (!owner) {
    const prospect = await findEventProspect(database, event);
    if (!prospect?.started) return later('no customer is known for it yet');
    const { customerId } = prospect;
    return hint(temporal, { customerId, workflowId: prospectWorkflowId(customerId) }, fact);
  }
  if (owner.phase === 'ended') return { is: 'ignored', why: 'the customer has left' };
  if (!owner.started) return later('the workflow of this customer is not started yet');
  const { customerId } = owner;
  return hint(temporal, { customerId, workflowId: customerWorkflowId(customerId) }, fact);
}

/**
 * Hands one stored event to its customer's workflow as a hint. Done only when the workflow took it; otherwise the row
 * stays for the sweeper, and is parked with a reason after a day. One of a customer who has left is ignored.
 * @throws when Temporal or Postgres cannot be reached; the row stays.
 */
export async function deliverEvent(
  { database, temporal }: { readonly database: Database; readonly temporal: Client },
  event: DeliverableEvent,
): Promise<void> {
  const { eventId, receivedAt } = event;
  const outcome = await attempt(database, temporal, event);
  if (outcome.is === 'done') return finish(database, event, outcome.customerId);
  const { is, why } = outcome;
  if (is === 'ignored') return setEventAside(database, eventId, 'ignored', why);
  if (Date.now() - receivedAt.getTime() > PATIENCE_MS) return setEventAside(database, eventId, 'parked', why);
  return markEventLater(database, eventId, why);
}

/** With its row in the trail, which is one however often the event is delivered. */
async function finish(database: Database, { eventId, type }: DeliverableEvent, customerId: string): Promise<void> {
  await database.transaction().execute(async (tx) => {
    await markEventDone(tx, eventId, customerId);
    const details = { eventId, type };
    await appendAudit(tx, { customerId, actor: 'stripe', action: WEBHOOK_DONE, commandId: eventId, details });
  });
}
