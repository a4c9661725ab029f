import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { beats, silenceSeconds } = workerData as { readonly beats: Int32Array; readonly silenceSeconds: number };
let heard = 0;
let silence = 0;
setInterval(() => {
  const beat = Atomics.load(beats, 0);
  silence = beat === heard ? silence + 1 : 0;
  heard = beat;
  if (silence < silenceSeconds) return;
  // The main thread, through which the streams of a thread go, is what hangs.
  writeSync(2, `The main thread has hung for ${String(silenceSeconds)} s: the process ends.\n`);
  process.kill(process.pid, 'SIGKILL');
}, 1_000);
