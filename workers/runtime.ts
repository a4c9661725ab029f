import { Runtime, makeTelemetryFilterString, type LogLevel, type LogMetadata } from '@temporalio/worker';
import type { Logger } from 'pino';
import { surviveRejections } from '../infra/processes/survive-rejections.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** The parts of Temporal's log entries that are written: ids and names, never arguments or results. */
const KEPT = ['workflowId', 'runId', 'workflowType', 'activityType', 'activityId', 'attempt', 'taskQueue'] as const;

/**
 * What a process needs before it creates its worker. Temporal's log lines go through our logger, whose serialisers are
 * allow-lists.
 */
export function installRuntime(logger: Logger): void {
  surviveRejections(logger);
  const log = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    const kept = Object.fromEntries(KEPT.flatMap((name) => (name in meta ? [[name, meta[name]]] : [])));
    logger[LEVELS[level]]({ ...kept, ...(meta['error'] instanceof Error && { err: meta['error'] }) }, message);
  };
  const at =
    (level: LogLevel) =>
    (message: string, meta?: LogMetadata): void => {
      log(level, message, meta);
    };
  Runtime.install({
    logger: {
      log,
      trace: at('TRACE'),
      debug: at('DEBUG'),
      info: at('INFO'),
      warn: at('WARN'),
      error: at('ERROR'),
    },
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
}
