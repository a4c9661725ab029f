import type { ChildProcess } from 'node:child_process';
import type { NotReady } from '../gateway-client.ts';
import { EXIT_DATABASE_AWAY } from '../instance/messages.ts';

const NOT_READY: Readonly<Record<NotReady, string>> = {
  database_away: 'The instance could not start: its database is unavailable.',
  cut_off: 'The instance was stopped while it was starting.',
  too_slow: 'The instance did not start in time.',
  start_failed: 'The instance exited while it was starting. Its log says why.',
};

/** The instance did not get ready; it is started again. */
export class InstanceNotReadyError extends Error {
  override readonly name = 'InstanceNotReadyError';
  readonly reason: NotReady;

  constructor(reason: NotReady) {
    super(NOT_READY[reason]);
    this.reason = reason;
  }
}

/** Why a process ended before it was ready. */
export function whyEnded({ signalCode, exitCode }: ChildProcess): NotReady {
  if (signalCode !== null) return 'cut_off';
  return exitCode === EXIT_DATABASE_AWAY ? 'database_away' : 'start_failed';
}

/** The instance cannot run as it is configured; a restart would not help. */
export class InstanceRefusedError extends Error {
  override readonly name = 'InstanceRefusedError';
}
