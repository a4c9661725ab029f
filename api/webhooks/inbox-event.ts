import type Stripe from 'stripe';
import { isForeignId } from '../../infra/input/ids.ts';
import type { InboxEvent } from '../../infra/db/repositories/stripe-events.ts';
import { knownEvent } from './events.ts';
import { API_VERSION } from './signature.ts';

interface EventObject {
  readonly object?: unknown;
  readonly id?: unknown;
  readonly customer?: unknown;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly parent?: {
    readonly subscription_details?: { readonly metadata?: Readonly<Record<string, string>> | null } | null;
  } | null;
}

/** What cannot be an id is none: the payload is a hint, and what cannot be stored would come again for days. */
const text = (value: unknown): string | null => (typeof value === 'string' && isForeignId(value) ? value : null);
const idOf = (value: unknown): string | null =>
  typeof value === 'object' && value !== null ? text((value as { id?: unknown }).id) : text(value);

/** Our id, where we put it: on the object itself, or for an invoice on the subscription it is of. */
const ownerOf = ({ metadata, parent }: EventObject): string | null =>
  text(metadata?.['customer_id']) ?? text(parent?.subscription_details?.metadata?.['customer_id']);

/** Why nobody should act on an event; support reads it. */
function reasonToPark(event: Stripe.Event, object: EventObject, live: boolean): string | null {
  const known = knownEvent(event.type);
  if (!known) return 'Tenure has no use for events of this type';
  if (event.livemode !== live) return `it is of ${event.livemode ? 'live' : 'test'} mode, which is not ours`;
  if (event.api_version !== API_VERSION)
    return `its API version is ${event.api_version ?? 'unknown'}; set the endpoint to ${API_VERSION}`;
  if (object.object !== known.object) return 'its object is of another kind than its type says';
  return ownerOf(object) === null && idOf(object.customer) === null ? 'its object belongs to no customer' : null;
}

/** The ids we keep of an event. The payload is a hint and is not stored. */
export function inboxEvent(event: Stripe.Event, live: boolean): InboxEvent {
  const object = event.data.object as EventObject;
  return {
    eventId: event.id,
    type: event.type,
    objectId: text(object.id),
    stripeCustomerId: idOf(object.customer),
    customerId: ownerOf(object),
    apiVersion: event.api_version,
    livemode: event.livemode,
    eventCreatedAt: new Date(event.created * 1000),
    parkedReason: reasonToPark(event, object, live),
  };
}
