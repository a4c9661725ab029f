/** A process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** When the process was started, as the system tells it; undefined when it is gone (or only waits to be reaped). */
export function startTime(pid: number): string | undefined;

export function identify(pid: number): ProcessIdentity;

/** Whether exactly this process still runs. */
export function isAlive(process: ProcessIdentity): boolean;

/** Takes the lock, breaking that of a dead process; or tells who holds it. The folder is made. */
export function tryLock(
  file: string,
): { release: () => void; holder?: undefined } | { release?: undefined; holder: ProcessIdentity };

/** Runs `work` with the lock held, waiting for a living holder for as long as it takes. */
export function withLock<T>(file: string, work: () => Promise<T>, onWait?: (holderPid: number) => void): Promise<T>;
