/**
 * How long a server waits for a request: for its head, and for all of it. Without it, a client that sends a byte now
 * and then would hold a connection for ever. Streams and slow answers are not affected, only the arrival of the
 * request.
 */
export const REQUEST_TIMEOUTS = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
} as const;
