import { previousAttributes, type Json } from './changes.ts';
import { noSuch } from './errors.ts';
import { recordEvent, type RequestInfo, type StripeEvent } from './events.ts';
import type { ObjectType, ObjectTypes } from './objects/index.ts';
import type { Store } from './store.ts';

export interface Settings {
  readonly apiVersion: string;
  /** Where the emulator itself is reached; known once it listens. */
  readonly publicUrl: () => string;
  /** What becomes of a subscription when the last retry of an invoice failed: a setting of the account, in the dashboard. */
  afterLastRetry: 'canceled' | 'unpaid' | 'past_due';
  /** Whether what a renewal or the end of a trial costs stays a draft for an hour, as it does at Stripe. */
  draftHour: boolean;
  readonly onEvent: (event: StripeEvent) => void;
  /** Called when a test clock was asked to advance; the work itself happens after the reply. */
  readonly onAdvance: (clock: string) => void;
}

export const ENGINE: RequestInfo = { id: null, idempotencyKey: null };

const realNow = (): number => Math.floor(Date.now() / 1000);

/** What a handler works with: the store, the time, and the only ways to change an object, which also tell the world. */
export class Context {
  readonly store: Store;
  readonly settings: Settings;
  readonly request: RequestInfo;

  constructor(store: Store, settings: Settings, request: RequestInfo) {
    this.store = store;
    this.settings = settings;
    this.request = request;
  }

  /** What `work` would bring about: nothing of it stays, and nobody is told. */
  whatIf<T>(work: (context: Context) => T): T {
    const quiet = new Context(this.store, { ...this.settings, onEvent: () => undefined }, this.request);
    return this.store.whatIf(() => work(quiet));
  }

  /** Seconds. Objects of a test clock live in its frozen time. */
  now(clock: string | null = null): number {
    if (clock === null) return realNow();
    return this.store.find('test_helpers.test_clock', clock)?.frozen_time ?? realNow();
  }

  /** The time an object lives in, found through its own clock or its customer's. */
  nowFor(object: object): number {
    return this.now(this.clockOf(object));
  }

  clockOf(object: object): string | null {
    if ('test_clock' in object && typeof object.test_clock === 'string') return object.test_clock;
    if ('charge' in object && typeof object.charge === 'string') {
      const charge = this.store.find('charge', object.charge);
      return charge ? this.clockOf(charge) : null;
    }
    if (!('customer' in object) || typeof object.customer !== 'string') return null;
    return this.store.find('customer', object.customer)?.test_clock ?? null;
  }

  /** @throws StripeError `resource_missing`: 404 for an id in the path, 400 for one given as a parameter. */
  need<T extends ObjectType>(type: T, id: string, param = 'id'): ObjectTypes[T] {
    const found = this.store.find(type, id);
    if (!found) throw noSuch(type, id, param, param === 'id' ? 404 : 400);
    return found;
  }

  create<T extends ObjectTypes[ObjectType]>(object: T, event?: string): T {
    this.store.insert(object, this.nowFor(object));
    if (event) this.emit(event, object);
    return object;
  }

  /**
   * Applies `patch` and, when that differs from what is stored, emits `event` with the previous values.
   * @returns the new object
   */
  update<T extends ObjectTypes[ObjectType]>(object: T, patch: Partial<T>, event?: string): T {
    const next = { ...object, ...patch };
    const before = this.store.find(object.object, object.id) ?? object;
    const previous = previousAttributes(before as unknown as Json, next);
    if (Object.keys(previous).length === 0) return next;
    this.store.replace(next);
    if (event) this.emit(event, next, previous);
    return next;
  }

  remove(object: ObjectTypes[ObjectType], event?: string): void {
    this.store.markDeleted(object.object, object.id);
    if (event) this.emit(event, object);
  }

  emit(type: string, object: object, previous?: object): void {
    const created = this.nowFor(object);
    const { apiVersion } = this.settings;
    const event = recordEvent(this.store, { type, object, previous, created, apiVersion, request: this.request });
    this.settings.onEvent(event);
  }
}
