import { claimDueEvents } from '../db/repositories/stripe-events.ts';
import { deliverEvent } from '../inbox/deliver-event.ts';
import type { Sweeper } from './sweeper.ts';

const BATCH = 50;

/** Hands on again what no workflow has taken yet. */
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
