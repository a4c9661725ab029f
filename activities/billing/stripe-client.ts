import Stripe from 'stripe';
import type { Config } from '../../infra/config.ts';
import { passingSavedErrors } from './saved-errors.ts';

/** One attempt a call: retries belong to Temporal, which keeps the idempotency key. A call ends within ten seconds. */
export function createStripeClient(
  { secretKey, apiBase }: Pick<Config['stripe'], 'secretKey' | 'apiBase'>,
  httpClient: Stripe.HttpClient = Stripe.createNodeHttpClient(),
): Stripe {
  const options = {
    maxNetworkRetries: 0,
    timeout: 10_000,
    telemetry: false,
    httpClient: passingSavedErrors(httpClient),
  } as const;
  if (apiBase === undefined) return new Stripe(secretKey, options);
  const { hostname, port, protocol } = new URL(apiBase);
  return new Stripe(secretKey, {
    ...options,
    host: hostname,
    port,
    protocol: protocol === 'https:' ? 'https' : 'http',
  });
}
