import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup } from './signal.ts';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Both streams go there, straight from the child, so that nothing is lost when we die. */
  readonly logFile: string;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Nobody but its owner reads the files it makes, from the instant they are there. */
  readonly privateFiles?: boolean;
  /** It may outlive us: whoever started it ends without waiting for it. */
  readonly unref?: boolean | undefined;
  /** Called as soon as the pid is known, before the part is ready: leftovers are found by it. */
  readonly onSpawn?: ((pid: number) => void) | undefined;
}

/** A running process of the embedded arrangement. */
export interface Running {
  readonly pid: number;
  /** Resolves, never rejects, with why it ended. */
  readonly exited: Promise<string>;
  /** Ends it gently, and by force after `graceMs`; resolves when it and its group are gone. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

const GRACE_MS = 3_000;

/** A child inherits its parent's umask at the fork, which happens in here. */
function withPrivateFiles<Result>(start: () => Result): Result {
  const before = process.umask(0o077);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

/**
 * Starts a process in a group of its own: Ctrl-C in a terminal reaches only the supervisor, which ends the rest in order.
 * @throws Error when the program cannot be started at all.
 */
export async function startChild(options: ChildOptions, gentle: NodeJS.Signals = 'SIGTERM'): Promise<Running> {
  const { command, args, env, logFile, onSpawn, unref = false, privateFiles = false, ...rest } = options;
  const log = openSync(logFile, 'a', 0o600);
  const start = (): ChildProcess =>
    spawn(command, [...args], { ...rest, env: { ...env }, detached: true, stdio: ['ignore', log, log] });
  const child = privateFiles ? withPrivateFiles(start) : start();
  closeSync(log);
  const { promise: exited, resolve: ended } = Promise.withResolvers<string>();
  child.once('exit', (code, signal) => {
    ended(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new Error(`${command} could not be started: ${cause.message}`, { cause }));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started.`);
  if (unref) child.unref();
  onSpawn?.(pid);
  const stop = async (graceMs = GRACE_MS): Promise<void> => {
    child.kill(gentle);
    await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
    // Also after a gentle end: what the process left in its group must not outlive it.
    signalGroup(pid, 'SIGKILL');
    await exited;
  };
  return { pid, exited, stop };
}
