import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';

/**
 * `before`: fails before anything has happened. `refused`: the same, and for good. `after`: the work is done and its
 * answer is lost, which is an unknown outcome for the workflow. `hold`: stops before the work until released.
 */
type Failpoint = 'before' | 'refused' | 'after' | 'hold';

interface Armed {
  readonly activity: string;
  readonly customerId: string;
  readonly point: Failpoint;
  /** The error type of the failure. */
  readonly type: string;
  /** The pause before the next attempt, instead of that of its retry policy. */
  readonly retryAfterMs: number | undefined;
  times: number;
  reached: () => void;
  readonly released: Promise<void>;
}

export interface Held {
  /** Resolves when an attempt has reached the point. */
  readonly reached: Promise<void>;
  readonly release: () => void;
}

const onPurpose = ({ type, point, retryAfterMs }: Armed): ApplicationFailure =>
  ApplicationFailure.create({
    message: 'It failed on purpose.',
    type,
    nonRetryable: point === 'refused',
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });

/** Faults of activities that no emulator can cause from outside, and how often each activity ran. */
export class Failpoints {
  readonly runs: { readonly activity: string; readonly customerId: string }[] = [];
  private readonly armed: Armed[] = [];

  arm(
    activity: string,
    customerId: string,
    point: Failpoint,
    times = Number.POSITIVE_INFINITY,
    type = 'Injected',
    retryAfterMs?: number,
  ): Held {
    const reached = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const on = { activity, customerId, point, times, type, retryAfterMs, released: released.promise };
    this.armed.push({
      ...on,
      reached: () => {
        reached.resolve(undefined);
      },
    });
    return {
      reached: reached.promise,
      release: () => {
        released.resolve(undefined);
      },
    };
  }

  clear(): void {
    this.armed.length = 0;
  }

  disarm(customerId: string): void {
    for (const one of this.armed) if (one.customerId === customerId) one.times = 0;
  }

  count(activity: string, customerId: string): number {
    return this.runs.filter((run) => run.activity === activity && run.customerId === customerId).length;
  }

  interceptor(context: Context): ActivityInboundCallsInterceptor {
    const { activityType } = context.info;
    return {
      execute: async (
        input: ActivityExecuteInput,
        next: Next<ActivityInboundCallsInterceptor, 'execute'>,
      ): Promise<unknown> => {
        const [argument] = input.args as [{ readonly customerId?: string } | undefined];
        const customerId = argument?.customerId ?? '';
        const armed = this.take(activityType, customerId);
        armed?.reached();
        if (armed?.point === 'hold') await armed.released;
        if (armed?.point === 'before' || armed?.point === 'refused') throw onPurpose(armed);
        this.runs.push({ activity: activityType, customerId });
        const result = await next(input);
        if (armed?.point === 'after') throw ApplicationFailure.retryable('The answer was lost.', 'AnswerLost');
        return result;
      },
    };
  }

  private take(activity: string, customerId: string): Armed | undefined {
    const found = this.armed.find((one) => one.times > 0 && one.activity === activity && one.customerId === customerId);
    if (found) found.times -= 1;
    return found;
  }
}
