import { totalmem } from 'node:os';

const MB = 1024 * 1024;
/** Measured with 2,000 trials open: what a lifecycle worker takes before the first, and for each one kept in memory. */
const BASE_MB = 320;
const WORKFLOW_MB = 0.4;
/** What the process may fill of its limit: the rest is for bursts of activities. */
const SHARE_OF_LIMIT = 0.8;
/** On a machine without a limit other processes run too. */
const SHARE_OF_MACHINE = 0.25;
/**
 * A customer out of memory is replayed from history when something happens, which is seldom in a trial of weeks. Only
 * onboardings under way gain from being kept, and more of them at once than this no worker has.
 */
const MOST = 500;
const FEWEST = 20;

/** How many workflows fit into that many megabytes beside the process itself. */
export const workflowsFor = (megabytes: number): number =>
  Math.round(Math.min(MOST, Math.max(FEWEST, (megabytes - BASE_MB) / WORKFLOW_MB)));

/** Megabytes this process may take: of the container's limit, or of the machine. */
export function memoryBound(limit = process.constrainedMemory(), machine = totalmem()): number {
  // Without a limit the kernel answers 0, or a number beyond any machine.
  const limited = limit > 0 && limit < machine;
  return (limited ? limit * SHARE_OF_LIMIT : machine * SHARE_OF_MACHINE) / MB;
}
