import type { WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Database } from '../infra/db/database.ts';
import { FailureBoundaryInterceptor } from './interceptors/failure-boundary.ts';
import { HeartbeatInterceptor } from './interceptors/heartbeat.ts';
import { StepLedgerInterceptor } from './interceptors/step-ledger.ts';

/**
 * What both workers share. The figures limit how long a dead worker delays a customer: with the defaults, the sticky
 * queue alone costs ten seconds.
 */
export const sharedOptions = (
  database: Database,
  logger: Logger,
): Pick<
  WorkerOptions,
  | 'interceptors'
  | 'shutdownGraceTime'
  | 'shutdownForceTime'
  | 'maxHeartbeatThrottleInterval'
  | 'defaultHeartbeatThrottleInterval'
> => ({
  interceptors: {
    activity: [
      (context) => ({ inbound: new HeartbeatInterceptor(context) }),
      (context) => ({ inbound: new FailureBoundaryInterceptor({ database, logger }, context) }),
      (context) => ({ inbound: new StepLedgerInterceptor(database, context) }),
    ],
  },
  shutdownGraceTime: '1s',
  shutdownForceTime: '4s',
  maxHeartbeatThrottleInterval: '1s',
  defaultHeartbeatThrottleInterval: '1s',
});
