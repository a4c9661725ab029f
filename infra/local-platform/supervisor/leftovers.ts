import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from '../engines/lock.mjs';
import { signal, signalGroup } from '../../processes/signal.ts';

const GRACE_MS = 3_000;
const POLL_MS = 50;

/** Marks the environment of everything we start, and of what that starts in turn, as ours. */
export const MARK = 'TENURE_SUPERVISED_BY';

function carries(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
  } catch {
    return false;
  }
}

/** Processes of this state folder that left their group or lost their parent. Finds them on Linux only. */
function marked(home: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const mark = `${MARK}=${home}`;
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && carries(entry, mark));
  return pids.map(Number).filter((pid) => pid !== process.pid);
}

async function untilGone(processes: readonly ProcessIdentity[]): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  while (processes.some(isAlive) && Date.now() < deadline) await sleep(POLL_MS);
}

/** Ends by force every process of this state folder that still runs. */
export function sweep(home: string): void {
  for (const pid of marked(home)) signal(pid, 'SIGKILL');
}

/** Ends what an earlier supervisor left running: gently first, because Postgres and Temporal have data to write. */
export async function endLeftovers(leftovers: readonly ProcessIdentity[], home: string): Promise<void> {
  for (const { pid } of leftovers) signal(pid, 'SIGINT');
  const all = [...leftovers, ...marked(home).map((pid) => identify(pid))];
  for (const { pid } of all) signal(pid, 'SIGTERM');
  await untilGone(all);
  for (const leftover of leftovers.filter(isAlive)) signalGroup(leftover.pid, 'SIGKILL');
  sweep(home);
}
