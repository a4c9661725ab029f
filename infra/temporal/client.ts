import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config.ts';

export type TemporalSettings = Pick<Config['temporal'], 'address' | 'namespace' | 'tls' | 'apiKey'>;

/** What a connection needs, of the client's and of the worker's kind alike. */
export const connectionOptions = ({ address, tls, apiKey }: TemporalSettings) => ({
  address,
  tls,
  ...(apiKey !== undefined && { apiKey }),
});

/**
 * A client in the configured namespace. Close it with `client.connection.close()`.
 * @throws Error when the server does not answer within 10 s.
 */
export async function connectTemporal(settings: TemporalSettings): Promise<Client> {
  const connection = await Connection.connect(connectionOptions(settings));
  return new Client({ connection, namespace: settings.namespace });
}
