import { NativeConnection } from '@temporalio/worker';
import { connectionOptions, type TemporalSettings } from './client.ts';

/** The connection a `Worker` polls through; apart from the client's, because the native library is slow to load. */
export const connectWorker = (settings: TemporalSettings): Promise<NativeConnection> =>
  NativeConnection.connect(connectionOptions(settings));
