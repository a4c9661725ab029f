import { createHash } from 'node:crypto';
import { StripeError } from './errors.ts';
import type { Store } from './store.ts';

export interface Answer {
  status: number;
  body: string;
}

const LIFE_MS = 24 * 3_600_000;
const MAX_LENGTH = 255;

const idempotencyError = (status: number, message: string, code?: string): StripeError =>
  new StripeError(status, { type: 'idempotency_error', message, ...(code ? { code } : {}) });

/** Stripe compares parameters, not bytes; a form's own text is close enough, since the SDK writes it deterministically. */
export const fingerprintOf = (method: string, path: string, body: string): string =>
  createHash('sha256').update(`${method} ${path}\n${body}`).digest('hex');

/**
 * Stripe's rules: the first answer to a key stands for a day, also when it is an error, provided execution had begun;
 * other parameters under the same key are refused; a second request meanwhile gets 409.
 */
export class IdempotencyKeys {
  private readonly store: Store;
  private readonly inFlight = new Set<string>();

  constructor(store: Store) {
    this.store = store;
    store.run('delete from idempotency_keys where created < ?', Date.now() - LIFE_MS);
  }

  /** The saved answer, if there is one. */
  find(key: string, fingerprint: string): Answer | undefined {
    if (key.length > MAX_LENGTH)
      throw idempotencyError(400, `Idempotency keys can have up to ${String(MAX_LENGTH)} characters.`);
    const [row] = this.store.rows(
      'select fingerprint, status, body from idempotency_keys where key = ? and created >= ?',
      key,
      Date.now() - LIFE_MS,
    );
    if (!row) return undefined;
    if (row.fingerprint !== fingerprint)
      throw idempotencyError(
        400,
        `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      );
    return { status: Number(row.status), body: String(row.body) };
  }

  begin(key: string): void {
    if (this.inFlight.has(key))
      throw idempotencyError(
        409,
        `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
        'idempotency_key_in_use',
      );
    this.inFlight.add(key);
  }

  end(key: string): void {
    this.inFlight.delete(key);
  }

  save(key: string, fingerprint: string, { status, body }: Answer): void {
    this.store.run(
      'insert or replace into idempotency_keys (key, fingerprint, status, body, created) values (?, ?, ?, ?, ?)',
      key,
      fingerprint,
      status,
      body,
      Date.now(),
    );
  }
}
