import { createHmac } from 'node:crypto';
import { findEvent } from './events.ts';
import type { Store } from './store.ts';

/** Waits after each failed attempt; quick, because the receiver is on the same machine. */
const BACKOFF_MS = [500, 1_000, 2_000, 5_000, 15_000];
const LATER_MS = 60_000;
const MAX_ATTEMPTS = 3 * 24 * 60;
const AT_ONCE = 8;
const TIMEOUT_MS = 10_000;

/** Stripe's `Stripe-Signature` header, over the time of sending and the exact bytes sent. */
function sign(payload: string, secret: string, seconds: number): string {
  const signature = createHmac('sha256', secret)
    .update(`${String(seconds)}.${payload}`)
    .digest('hex');
  return `t=${String(seconds)},v1=${signature}`;
}

interface Pending {
  event: string;
  endpoint: string;
  attempts: number;
}

/** Sends events to webhook endpoints until they answer 2xx. Several at once: as with Stripe, order is not promised. */
export class Delivery {
  private readonly store: Store;
  private readonly running = new Map<string, AbortController>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(store: Store) {
    this.store = store;
    store.onCommit(() => {
      this.pump();
    });
    this.pump();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const attempt of this.running.values()) attempt.abort();
  }

  /** Sends an event again to every endpoint that wants it, whether or not it took it before. */
  resend(event: string): void {
    this.store.run(
      'update deliveries set delivered_at = null, attempts = 0, next_at = ? where event = ?',
      Date.now(),
      event,
    );
    this.pump();
  }

  private pump(): void {
    if (this.closed) return;
    const due = this.store.rows(
      'select event, endpoint, attempts, next_at from deliveries where next_at is not null order by next_at, rowid limit ?',
      AT_ONCE + this.running.size,
    );
    const now = Date.now();
    for (const row of due) {
      const pending = row as unknown as Pending;
      const key = `${pending.event} ${pending.endpoint}`;
      if (Number(row.next_at) > now || this.running.size >= AT_ONCE) break;
      if (!this.running.has(key)) void this.attempt(key, pending);
    }
    this.sleep(due.map((row) => Number(row.next_at)).find((at) => at > now));
  }

  private sleep(until: number | undefined): void {
    clearTimeout(this.timer);
    if (until === undefined) return;
    this.timer = setTimeout(
      () => {
        this.pump();
      },
      Math.max(0, until - Date.now()),
    );
  }

  private async attempt(key: string, pending: Pending): Promise<void> {
    const abort = new AbortController();
    this.running.set(key, abort);
    const status = await this.send(pending, abort.signal);
    this.running.delete(key);
    if (this.closed) return;
    this.record(pending, status);
    this.pump();
  }

  /** The status of the reply, or a word for why there was none. */
  private async send({ event: id, endpoint: endpointId }: Pending, signal: AbortSignal): Promise<number | string> {
    const endpoint = this.store.find('webhook_endpoint', endpointId);
    const event = findEvent(this.store, id);
    const [row] = this.store.rows('select secret from endpoint_secrets where endpoint = ?', endpointId);
    if (!endpoint || !event || !row) return 'gone';
    const payload = JSON.stringify({ ...event, api_version: endpoint.api_version ?? event.api_version }, null, 2);
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Stripe-Signature': sign(payload, String(row.secret), Math.floor(Date.now() / 1000)),
      'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    };
    try {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const reply = await fetch(endpoint.url, {
        ...{ method: 'POST', headers, body: payload, redirect: 'manual' as const },
        signal: AbortSignal.any([signal, timeout]),
      });
      await reply.body?.cancel();
      return reply.status;
    } catch (error) {
      return error instanceof Error ? error.name : 'unreachable';
    }
  }

  private record({ event, endpoint, attempts }: Pending, status: number | string): void {
    const taken = typeof status === 'number' && status >= 200 && status < 300;
    const givenUp = status === 'gone' || attempts + 1 >= MAX_ATTEMPTS;
    const next = taken || givenUp ? null : Date.now() + (BACKOFF_MS[attempts] ?? LATER_MS);
    this.store.run(
      'update deliveries set attempts = ?, next_at = ?, delivered_at = ?, last_status = ? where event = ? and endpoint = ?',
      attempts + 1,
      next,
      taken ? Date.now() : null,
      String(status),
      event,
      endpoint,
    );
  }
}
