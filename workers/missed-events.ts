import type Stripe from 'stripe';
import { unlessMissing } from '../activities/billing/failures.ts';
import { stripeRecords } from '../activities/billing/record.ts';
import { STRIPE_EVENTS } from '../api/webhooks/events.ts';
import { inboxEvent } from '../api/webhooks/inbox-event.ts';
import type { StripeEvents } from '../infra/sweepers/sweeper.ts';

const PAGE = 100;
const HOUR_SECONDS = 3_600;
/** As many types as one request takes. */
const MOST_TYPES = 20;

const TYPES = Object.keys(STRIPE_EVENTS);
const CHUNKS = Array.from({ length: Math.ceil(TYPES.length / MOST_TYPES) }, (_, at) =>
  TYPES.slice(at * MOST_TYPES, (at + 1) * MOST_TYPES),
);

type Range = Pick<Stripe.EventListParams, 'created' | 'ending_before' | 'starting_after'>;

/** Page by page, from the event on towards the newest; or, without one, from the newest back for an hour. */
async function* pagesOf(stripe: Stripe, types: string[], after: string | null): AsyncGenerator<Stripe.Event[]> {
  const created = { gte: Math.floor(Date.now() / 1_000) - HOUR_SECONDS };
  let range: Range = after === null ? { created } : { ending_before: after };
  for (;;) {
    const { data, has_more: more } = await stripe.events.list({ ...range, types, limit: PAGE });
    yield data;
    const [newest, oldest] = [data[0]?.id, data.at(-1)?.id];
    if (!more || newest === undefined || oldest === undefined) return;
    range = after === null ? { created, starting_after: oldest } : { ending_before: newest };
  }
}

/** What Stripe's own list has of the events that we use. */
export const missedEvents = (stripe: Stripe, live: boolean): StripeEvents => ({
  async *after(eventId) {
    // Stripe forgets events after 30 days.
    const isKept = eventId !== null && (await unlessMissing(stripe.events.retrieve(eventId))) !== undefined;
    for (const types of CHUNKS)
      for await (const page of pagesOf(stripe, types, isKept ? eventId : null))
        yield page.map((event) => inboxEvent(event, live));
  },
});

/** All that the sweepers ask Stripe. */
export const askStripe = (deps: Parameters<typeof stripeRecords>[0]) => ({
  stripeEvents: missedEvents(deps.stripe, deps.config.live),
  stripeRecords: stripeRecords(deps),
});
