import { newId } from './ids.ts';
import type { Store } from './store.ts';

export interface RequestInfo {
  /** Null for what the lifecycle engine does of itself. */
  readonly id: string | null;
  readonly idempotencyKey: string | null;
}

export interface StripeEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: object; previous_attributes?: object };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

interface Recording {
  type: string;
  object: object;
  previous?: object | undefined;
  created: number;
  apiVersion: string;
  request: RequestInfo;
}

const subscribes = (enabled: string[], type: string): boolean => enabled.includes('*') || enabled.includes(type);

/** Writes the event and one delivery per interested endpoint, in the transaction of the change that caused it. */
export function recordEvent(store: Store, recording: Recording): StripeEvent {
  const { type, object, previous, created, apiVersion, request } = recording;
  const endpoints = store
    .all('webhook_endpoint', { status: 'enabled' })
    .filter((endpoint) => subscribes(endpoint.enabled_events, type));
  const event: StripeEvent = {
    id: newId('event'),
    object: 'event',
    api_version: apiVersion,
    created,
    data: { object, ...(previous ? { previous_attributes: previous } : {}) },
    livemode: false,
    pending_webhooks: endpoints.length,
    request: { id: request.id, idempotency_key: request.idempotencyKey },
    type,
  };
  store.run(
    'insert into events (id, type, created, data) values (?, ?, ?, ?)',
    event.id,
    type,
    created,
    JSON.stringify(event),
  );
  for (const endpoint of endpoints) {
    store.run('insert into deliveries (event, endpoint, next_at) values (?, ?, ?)', event.id, endpoint.id, Date.now());
  }
  return event;
}

/** The event as it is now: `pending_webhooks` falls as endpoints take it. */
export function findEvent(store: Store, id: string): StripeEvent | undefined {
  const row = store.rows('select data from events where id = ?', id)[0];
  if (!row) return undefined;
  return withPending(store, JSON.parse(String(row.data)) as StripeEvent);
}

export function withPending(store: Store, event: StripeEvent): StripeEvent {
  const [row] = store.rows('select count(*) as n from deliveries where event = ? and delivered_at is null', event.id);
  return { ...event, pending_webhooks: Number(row?.n ?? 0) };
}
