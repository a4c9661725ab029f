import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { clientOptions, type TemporalSettings } from './client.ts';

const ANSWER_WITHIN_MS = 2_000;
const ACTIVITY_QUEUE = proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY;

export interface Pollers {
  /** Whether the worker in that process of this machine has asked the queue for activities. */
  readonly include: (taskQueue: string, pid: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Sees from outside whether a worker is at work: the server knows who polls, by the SDK's default identity. */
export function watchPollers(settings: TemporalSettings): Pollers {
  const connection = Connection.lazy(clientOptions(settings));
  return {
    include: async (name, pid) => {
      const question = { namespace: settings.namespace, taskQueue: { name }, taskQueueType: ACTIVITY_QUEUE };
      const { pollers } = await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
        connection.workflowService.describeTaskQueue(question),
      );
      return pollers.some(({ identity }) => identity === `${String(pid)}@${hostname()}`);
    },
    close: () => connection.close(),
  };
}
