import { Type } from 'typebox';
import { STRIPE_EVENT_STATES } from '../../infra/db/repositories/stripe-events.ts';
import { Closed, Instant, Nullable, OneOf, Patterned } from './common.ts';

const EVENT = 'evt_1Q2w3E4r5T6y';
const Id = Patterned('foreignId', { description: "Stripe's id of the event.", examples: [EVENT] });

export const EventParams = Closed({ id: Id });

export const EventsQuery = Closed({
  type: Type.Optional(
    Patterned('foreignId', { description: 'A type, or the beginning of several.', examples: ['invoice.'] }),
  ),
  state: Type.Optional(OneOf(STRIPE_EVENT_STATES)),
  customer: Type.Optional(
    Patterned('foreignId', { description: "A customer's id, ours or Stripe's.", examples: ['cus_9s6XKzkNRiz8i3'] }),
  ),
  since: Type.Optional(Instant),
  until: Type.Optional(Instant),
  cursor: Type.Optional(Patterned('foreignId', { description: 'next_cursor of the page before.', examples: [EVENT] })),
  limit: Type.Optional(Patterned('pageSize', { description: '1 to 100; 25 if absent.', examples: ['25'] })),
});

const Text = Type.String();

const event = {
  event_id: Text,
  type: Text,
  state: OneOf(STRIPE_EVENT_STATES),
  reason: Nullable(Type.String({ description: 'Why it is parked or ignored.' })),
  customer_id: Nullable(Type.String({ description: 'The customer it belongs to, as far as is known.' })),
  stripe_customer_id: Nullable(Text),
  object_id: Nullable(Type.String({ description: "Stripe's id of the object it is about." })),
  attempts: Type.Integer({ description: 'How often delivery to a workflow was attempted.' }),
  last_error: Nullable(Type.String({ description: 'Why the last delivery failed.' })),
  received_at: Instant,
  next_attempt_at: Nullable(Instant),
  done_at: Nullable(Instant),
};

export const EventsReply = Type.Object({
  events: Type.Array(Type.Object(event)),
  next_cursor: Nullable(Text),
});

export const EventReply = Type.Object({
  ...event,
  what_happened: Text,
  api_version: Nullable(Text),
  livemode: Type.Boolean(),
  event_created_at: Instant,
  redrive_refused: Nullable(Type.String({ description: 'Why redelivering it would have no effect.' })),
  redrives: Type.Array(Type.Object({ at: Instant, actor: Text, reason: Nullable(Text) }), {
    description: 'Redeliveries ordered, newest first.',
  }),
});
