import { setTimeout as delay } from 'node:timers/promises';
import { allPids, isOfThisBoot, procFields, startTimeOf, type ProcessIdentity } from './identity.ts';
import { signal } from './signal.ts';

const SESSION = 3;

/** Living processes of a session, its leader included. Pulumi gives plugins process groups of their own, but not sessions. */
export async function sessionMembers(session: number): Promise<number[]> {
  const pids = await allPids();
  const sessions = await Promise.all(pids.map(async (pid) => Number((await procFields(pid))?.[SESSION])));
  return pids.filter((_, index) => sessions[index] === session);
}

/** Tells every process of a session to end at once, `except` (usually oneself) spared. @returns how many there were */
export async function signalSession(session: number, except?: number): Promise<number> {
  const members = (await sessionMembers(session)).filter((pid) => pid !== except);
  for (const pid of members) signal(pid, 'SIGKILL');
  return members.length;
}

/** A process that the kernel cannot end within this time waits for a device; whoever looks again will see it. */
const GONE_WITHIN_MS = 5_000;

/**
 * Ends every process of a session, and what those start meanwhile, and waits until they are gone: a signal only asks.
 * @returns whether they are
 */
export async function killSession(session: number): Promise<boolean> {
  const deadline = Date.now() + GONE_WITHIN_MS;
  while ((await signalSession(session)) > 0) {
    if (Date.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

/**
 * Ends what a process that is gone has left of its session. A number that came back belongs to somebody else, who is
 * spared: the kernel gives it out again only when nobody of that session is left, and counts anew at every boot.
 * @returns whether nothing of it is left
 */
export async function killRemains({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const cameBack = (await startTimeOf(pid)) !== undefined;
  return cameBack || !(await isOfThisBoot(startTime)) || killSession(pid);
}
