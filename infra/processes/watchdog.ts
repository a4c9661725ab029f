import { Worker } from 'node:worker_threads';
import { programFile } from '../program-file.ts';

/** Longer than anything here blocks the main thread, even on an overloaded machine. */
const SILENCE_SECONDS = 120;

/**
 * Ends this process when its main thread has done nothing else for so long: whoever started it starts it again, which
 * nobody does for a process that hangs. Seconds are counted by a thread of this process, so that one that was suspended
 * as a whole is not taken for one that hangs.
 */
export function watchOverMainThread(silenceSeconds = SILENCE_SECONDS): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setInterval(() => Atomics.add(beats, 0, 1), 500).unref();
  const thread = programFile('watchdog-thread.ts', import.meta.url);
  new Worker(thread, { workerData: { beats, silenceSeconds }, execArgv: [], name: 'watchdog' }).unref();
}
