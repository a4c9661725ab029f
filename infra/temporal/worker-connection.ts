import { NativeConnection } from '@temporalio/worker';
import { connectionOptions, type TemporalSettings } from './client.ts';
import { NOT_FOUND, failedWith, noNamespace } from './namespace.ts';

/**
 * The connection a `Worker` polls through; apart from the client's, because the native library is slow to load.
 * @throws ConfigError when there is no such namespace.
 */
export async function connectWorker(settings: TemporalSettings): Promise<NativeConnection> {
  const connection = await NativeConnection.connect(connectionOptions(settings));
  try {
    await connection.workflowService.describeNamespace({ namespace: settings.namespace });
    return connection;
  } catch (error) {
    await connection.close();
    throw failedWith(error, NOT_FOUND) ? noNamespace(settings) : error;
  }
}
