import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';

const EVERY_MS = 400;

/**
 * Sends heartbeats for every activity that has a heartbeat timeout, by the clock and not by events: a slow call must
 * not look like a dead worker, and a dead worker is noticed in seconds, long before the call would time out.
 */
export class HeartbeatInterceptor implements ActivityInboundCallsInterceptor {
  private readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    if (this.context.info.heartbeatTimeoutMs === undefined) return next(input);
    const timer = setInterval(() => {
      this.context.heartbeat();
    }, EVERY_MS);
    try {
      return await next(input);
    } finally {
      clearInterval(timer);
    }
  }
}
