import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config.ts';

export type TemporalSettings = Pick<Config['temporal'], 'address' | 'namespace' | 'tls' | 'apiKey'> &
  Partial<Pick<Config['temporal'], 'reconnectMs'>>;

/** What a connection needs, of the client's and of the worker's kind alike. */
export const connectionOptions = ({ address, tls, apiKey }: TemporalSettings) => ({
  address,
  tls,
  ...(apiKey !== undefined && { apiKey }),
});

/** What a client's connection has besides; the worker's own library reconnects by its own rules. */
export const clientOptions = (settings: TemporalSettings) => ({
  ...connectionOptions(settings),
  // The SDK names the namespace only where the request has one; Temporal Cloud routes by it.
  metadata: { 'temporal-namespace': settings.namespace },
  channelArgs: {
    // Left alone the waits grow to two minutes: so long commands would fail after Temporal is back.
    'grpc.max_reconnect_backoff_ms': settings.reconnectMs ?? 2_000,
    // The server refuses to be asked more often than every 10 s.
    'grpc.keepalive_time_ms': 15_000,
    'grpc.keepalive_timeout_ms': 5_000,
  },
});

/** A client in the configured namespace that connects when first used. Close it with `client.connection.close()`. */
export function lazyTemporal(settings: TemporalSettings): Client {
  return new Client({ connection: Connection.lazy(clientOptions(settings)), namespace: settings.namespace });
}

/**
 * A client in the configured namespace. Close it with `client.connection.close()`.
 * @throws Error when the server does not answer within 10 s.
 */
export async function connectTemporal(settings: TemporalSettings): Promise<Client> {
  const connection = await Connection.connect(clientOptions(settings));
  return new Client({ connection, namespace: settings.namespace });
}
