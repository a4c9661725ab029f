import type Stripe from 'stripe';

const KEY_HEADER = 'Idempotency-Key';

type Respond = (idempotencyKey: string) => ReturnType<Stripe.HttpClient['makeRequest']>;

/** Stripe did not run the request: it repeated an error of its own that it had saved under the key. */
const isSavedError = (response: Awaited<ReturnType<Respond>>): boolean =>
  response.getStatusCode() >= 500 && response.getHeaders()['idempotent-replayed'] === 'true';

/** Asks under `key`, then `key:1`, `key:2` and so on, until Stripe answers with more than a saved error. */
async function underLiveKey(key: string, respond: Respond): ReturnType<Respond> {
  for (let burnt = 0; ; burnt += 1) {
    const response = await respond(burnt === 0 ? key : `${key}:${String(burnt)}`);
    if (!isSavedError(response)) return response;
    response.dispose?.();
  }
}

/**
 * An HTTP client that gets past errors that Stripe has saved. Stripe keeps the first answer to an idempotency key for a
 * day, its own 500s included, so a key that met one would fail for a day however often it is retried. The next key is
 * derived from the first, so all retries agree on it. Each of our writes first reads what Stripe has, so anything that
 * a failed request did create is found and adopted.
 */
export function passingSavedErrors(client: Stripe.HttpClient): Stripe.HttpClient {
  return {
    getClientName: () => client.getClientName(),
    makeRequest: (host, port, path, method, headers, ...rest) => {
      const key = (headers as Readonly<Record<string, unknown>>)[KEY_HEADER];
      const respond = (more: object) => client.makeRequest(host, port, path, method, { ...headers, ...more }, ...rest);
      return typeof key === 'string' ? underLiveKey(key, (live) => respond({ [KEY_HEADER]: live })) : respond({});
    },
  };
}
