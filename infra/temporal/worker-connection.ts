import { NativeConnection } from '@temporalio/worker';
import { connectionOptions, type TemporalSettings } from './client.ts';
import { NOT_FOUND, failedWith, noNamespace, noServer } from './namespace.ts';

/**
 * The connection a `Worker` polls through; apart from the client's, because the native library is slow to load.
 * @throws ConfigError when the server cannot be reached, or has no such namespace.
 */
export async function connectWorker(settings: TemporalSettings): Promise<NativeConnection> {
  const connection = await NativeConnection.connect(connectionOptions(settings)).catch((error: unknown) => {
    throw error instanceof Error && error.name === 'TransportError' ? noServer(settings, error) : error;
  });
  try {
    await connection.workflowService.describeNamespace({ namespace: settings.namespace });
    return connection;
  } catch (error) {
    await connection.close();
    throw failedWith(error, NOT_FOUND) ? noNamespace(settings) : error;
  }
}
