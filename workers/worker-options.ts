import type { WorkerOptions } from '@temporalio/worker';
import type { Database } from '../infra/db/database.ts';
import { StepLedgerInterceptor } from './interceptors/step-ledger.ts';

/**
 * What both workers share. The figures bound how long a dead worker holds a customer up: with the defaults the sticky
 * queue alone costs ten seconds (temporal-facts, "Death of a worker").
 */
export const sharedOptions = (
  database: Database,
): Pick<
  WorkerOptions,
  | 'interceptors'
  | 'shutdownGraceTime'
  | 'shutdownForceTime'
  | 'maxHeartbeatThrottleInterval'
  | 'defaultHeartbeatThrottleInterval'
> => ({
  interceptors: { activity: [(context) => ({ inbound: new StepLedgerInterceptor(database, context) })] },
  shutdownGraceTime: '1s',
  shutdownForceTime: '4s',
  maxHeartbeatThrottleInterval: '1s',
  defaultHeartbeatThrottleInterval: '1s',
});
