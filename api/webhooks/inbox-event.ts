import type Stripe from 'stripe';
import { isForeignId } from '../../infra/input/ids.ts';
import type { InboxEvent } from '../../infra/db/repositories/stripe-events.ts';
import { knownEvent } from './events.ts';

interface EventObject {
  readonly object?: unknown;
  readonly id?: unknown;
  readonly customer?: unknown;
  readonly payment_intent?: unknown;
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

type Verdict = Pick<InboxEvent, 'state' | 'reason'>;
const RECEIVED: Verdict = { state: 'received', reason: null };
const ignored = (reason: string): Verdict => ({ state: 'ignored', reason });
const parked = (reason: string): Verdict => ({ state: 'parked', reason });

type Kept = Pick<InboxEvent, 'type' | 'livemode' | 'customerId' | 'stripeCustomerId' | 'stripePaymentIntentId'>;

function foreign({ type, livemode }: Kept, live: boolean): Verdict | undefined {
  if (!knownEvent(type)) return ignored('Tenure does not use events of this type');
  return livemode === live
    ? undefined
    : parked(`it is of ${livemode ? 'live' : 'test'} mode, which is not the mode of this installation`);
}

/** Of whatever API version: only ids are read, and where they stand has never changed. */
const unreadable = ({ type }: Stripe.Event, { object }: EventObject): Verdict | undefined =>
  object === knownEvent(type)?.object ? undefined : parked('its object does not match its type');

const nobodys = ({ customerId, stripeCustomerId, stripePaymentIntentId: payment }: Kept): Verdict | undefined =>
  customerId === null && stripeCustomerId === null && payment === null
    ? ignored('its object belongs to no customer')
    : undefined;

/** Why a stored event is of no use to anybody; undefined when a workflow may want it. */
export const uselessness = (event: Kept, live: boolean): Verdict | undefined => foreign(event, live) ?? nobodys(event);

/** The ids we keep of an event. The payload is a hint and is not stored. */
export function inboxEvent(event: Stripe.Event, live: boolean): InboxEvent {
  const object = event.data.object as EventObject;
  const { type, livemode } = event;
  const stripeCustomerId = object.object === 'customer' ? text(object.id) : idOf(object.customer);
  // A dispute names no customer, only the payment.
  const stripePaymentIntentId = object.object === 'dispute' ? idOf(object.payment_intent) : null;
  const ids = { type, livemode, stripeCustomerId, stripePaymentIntentId, customerId: ownerOf(object) };
  return {
    ...ids,
    eventId: event.id,
    objectId: text(object.id),
    apiVersion: event.api_version,
    eventCreatedAt: new Date(event.created * 1000),
    ...(foreign(ids, live) ?? unreadable(event, object) ?? nobodys(ids) ?? RECEIVED),
  };
}
