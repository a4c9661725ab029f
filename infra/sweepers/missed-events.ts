import { movePosition, readPosition } from '../db/repositories/record-laps.ts';
import { knownEvents, lastSettledEvent, storeEvent } from '../db/repositories/stripe-events.ts';
import { count, ALL_PRODUCTS } from '../metrics.ts';
import type { MissedEventsDeps, Sweeper } from './sweeper.ts';

const SOURCE = 'events of Stripe';

/**
 * Finds events that Stripe has and no webhook brought: the endpoint was wrong, disabled or away for too long. They are
 * stored as if they had come, and handed on with the others. Each pass begins where the one before it did, or later: while
 * nobody looks, nothing is passed over.
 */
export const sweepMissedEvents: Sweeper<MissedEventsDeps> = async ({ database, logger, stripeEvents }) => {
  if (stripeEvents === undefined) return 0;
  let found = 0;
  const settled = await lastSettledEvent(database);
  for await (const events of stripeEvents.after((await readPosition(database, SOURCE)) ?? settled)) {
    const ids = events.map(({ eventId }) => eventId);
    const known = await knownEvents(database, ids);
    const missed = events.filter(({ eventId }) => !known.has(eventId));
    for (const event of missed)
      if (await storeEvent(database, event, 0)) {
        found += 1;
        count('MissedEvents', ALL_PRODUCTS);
      }
  }
  if (settled !== null) await movePosition(database, SOURCE, settled);
  if (found > 0)
    logger.warn({ found }, 'events of Stripe had not come by the webhook: see docs/runbooks/stripe-webhooks.md');
  return found;
};
