import { totalmem } from 'node:os';

const MB = 1024 * 1024;
/** Measured with 2,000 open trials: the memory of a lifecycle worker without any, and for each one that it keeps. */
const BASE_MB = 320;
const WORKFLOW_MB = 0.4;
/** The share of its limit that the process may fill: the rest is for bursts of activities. */
const SHARE_OF_LIMIT = 0.8;
/** A machine without a limit also runs other processes. */
const SHARE_OF_MACHINE = 0.25;
/**
 * A customer who is not in memory is replayed from history when something happens, which is rare in a trial of weeks.
 * Only running onboardings gain from being kept, and no worker has more of them at the same time than this.
 */
const MOST = 500;
const FEWEST = 20;

/** How many workflows fit into that many megabytes, besides the process itself. */
export const workflowsFor = (megabytes: number): number =>
  Math.round(Math.min(MOST, Math.max(FEWEST, (megabytes - BASE_MB) / WORKFLOW_MB)));

/** How many megabytes this process may use, by the container's limit or the machine's memory. */
export function memoryBound(limit = process.constrainedMemory(), machine = totalmem()): number {
  // Without a limit the kernel reports 0, or a number that no machine has.
  const limited = limit > 0 && limit < machine;
  return (limited ? limit * SHARE_OF_LIMIT : machine * SHARE_OF_MACHINE) / MB;
}
