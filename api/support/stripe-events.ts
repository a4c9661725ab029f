import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { lockEvent, receiveAgain, type StripeEventState } from '../../infra/db/repositories/stripe-events.ts';
import {
  REDRIVE,
  redrivesOf,
  viewEvent,
  type EventView,
  type Redrive,
} from '../../infra/db/repositories/stripe-inbox.ts';
import { deliverEvent } from '../../infra/inbox/deliver-event.ts';
import { refused } from './commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { uselessness } from '../webhooks/inbox-event.ts';

/** The time for our own attempt; the sweeper tries after it. */
const LEASE_SECONDS = 10;

export interface StripeEventShown {
  readonly event: EventView;
  /** The newest first. */
  readonly redrives: readonly Redrive[];
  /** Why redelivering it would have no effect; null when it may help. */
  readonly useless: string | null;
}

/** @throws ApiError 404 when it was never received, or is no longer kept */
export async function showEvent({ database, config }: AppDeps, eventId: string): Promise<StripeEventShown> {
  const event = await viewEvent(database, eventId);
  if (!event) throw notFound('event');
  const useless = uselessness(event, config.stripe.live)?.reason ?? null;
  return { event, redrives: await redrivesOf(database, event), useless };
}

interface RedriveRequest {
  readonly eventId: string;
  readonly actor: string;
  /** Repeated under the same id, it is one redelivery. */
  readonly commandId: string;
  readonly reason: string;
}

/** Records the request and claims the event. @returns false when the request was already carried out */
async function claimForRedrive({ database }: AppDeps, event: EventView, request: RedriveRequest): Promise<boolean> {
  const { eventId, actor, commandId, reason } = request;
  return database.transaction().execute(async (db) => {
    // Two requests under one key run one after the other.
    await lockEvent(db, eventId);
    if ((await redrivesOf(db, event)).some((done) => done.commandId === commandId)) return false;
    await receiveAgain(db, eventId, LEASE_SECONDS);
    const details = { eventId, commandId };
    await appendAudit(db, { customerId: event.ownerId, actor, action: REDRIVE, reason, commandId, details });
    return true;
  });
}

/**
 * Delivers an event to its customer's workflow again, whatever happened to it before: the workflow reads Stripe, so
 * this is always safe. While Temporal is down the event stays received, and the sweeper delivers it. @throws ApiError
 * 404 if there is none, 409 for an event that no workflow can use
 */
export async function redriveEvent(deps: AppDeps, request: RedriveRequest): Promise<StripeEventShown> {
  const { event, useless } = await showEvent(deps, request.eventId);
  if (useless !== null) throw refused(`Redelivering it would have no effect: ${useless}.`);
  if (await claimForRedrive(deps, event, request))
    await deliverEvent(deps, event).catch((error: unknown) => {
      deps.logger.warn({ err: error, eventId: event.eventId }, 'a Stripe event is delivered later');
    });
  return showEvent(deps, request.eventId);
}

const at = (date: Date | null): string => (date === null ? '' : ` at ${date.toISOString()}`);

const HAPPENED: Readonly<Record<StripeEventState, (event: EventView) => string>> = {
  received: ({ lastError, nextAttemptAt }) =>
    `No workflow has received it yet${lastError === null ? '' : `: ${lastError}`}. The next try is${at(nextAttemptAt)}.`,
  done: ({ doneAt }) => `The customer's workflow was told${at(doneAt)}, and read Stripe again.`,
  parked: ({ reason }) => `Not acted on until it is redelivered: ${reason ?? 'nobody received it'}.`,
  ignored: ({ reason }) => `No action needed: ${reason ?? 'nobody needs it'}.`,
};

/** What became of an event, in a sentence; times are ISO 8601. */
export const whatHappened = (event: EventView): string => HAPPENED[event.state](event);
