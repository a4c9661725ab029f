import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { DamagedFileError, readJson, writeJson } from '../../infra/files.ts';
import type { LockHolder } from '../../workflows/contract/stack.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import { backendFolder } from '../../infra/tenant-stacks/engine/paths.ts';
import { PROJECT } from '../../infra/tenant-stacks/engine/protocol.ts';
import { identify, isAlive, processesNaming, startedAt } from '../../infra/processes/identity.ts';
import { killRemains } from '../../infra/processes/session.ts';

/** Who works on a stack: a process of a host, for certain (a pid alone comes back). */
interface Lease {
  readonly host: string;
  readonly pid: number;
  readonly startTime: string;
}

/** Written by Pulumi itself into a file backend. */
interface PulumiLock {
  readonly pid: number;
  readonly hostname: string;
  readonly timestamp: string;
}

/** Start times are known to the second only, and clocks are set. */
const CLOCK_MARGIN_MS = 2_000;
const leasePath = (folder: string): string => join(folder, 'lease.json');

/** Folder of the stack's locks; undefined for a backend that is not of files, whose locks only Pulumi can see. */
export function lockFolder(backendUrl: string, stack: string): string | undefined {
  const backend = backendFolder(backendUrl);
  return backend && join(backend, '.pulumi', 'locks', 'organization', PROJECT, stack);
}

/** Paths of the locks that are held now. */
export async function listLocks(folder: string | undefined): Promise<string[]> {
  if (folder === undefined) return [];
  const names = await readdir(folder).catch((): string[] => []);
  // Beside each lock Pulumi keeps a file of attributes.
  return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
}

/** Cut off while it was being written: there was an owner, but it is not known who. */
const UNREADABLE = 'unreadable';
type Readable<T> = T | typeof UNREADABLE;

async function readOwner<T extends object>(
  path: string,
  members: readonly (keyof T)[],
): Promise<Readable<T> | undefined> {
  try {
    const owner = await readJson<T>(path);
    return owner === undefined || members.every((member) => member in owner) ? owner : UNREADABLE;
  } catch (error) {
    if (error instanceof DamagedFileError) return UNREADABLE;
    throw error;
  }
}

const readLease = (folder: string): Promise<Readable<Lease> | undefined> =>
  readOwner<Lease>(leasePath(folder), ['host', 'pid', 'startTime']);

async function readLocks(folder: string | undefined): Promise<Readable<PulumiLock>[]> {
  const paths = await listLocks(folder);
  const locks = await Promise.all(paths.map((path) => readOwner<PulumiLock>(path, ['pid', 'hostname', 'timestamp'])));
  return locks.filter((lock) => lock !== undefined);
}

/** Whether no engine on this host works on the stack: the only check left when the owner is not known. */
const isLeftAlone = async (stack: string): Promise<boolean> => (await processesNaming('--stack', stack)).length === 0;

/**
 * An earlier runner is dead when its host is ours and its pid with its start time is gone. What it left running (its
 * session) can no longer report to anyone, and is stopped before the stack is touched.
 */
async function isRunnerDead(lease: Readable<Lease>, stack: string): Promise<boolean> {
  if (lease === UNREADABLE) return isLeftAlone(stack);
  if (lease.host !== hostname() || (await isAlive(lease))) return false;
  return killRemains(lease);
}

/** A lock's owner is dead when its host is ours and the pid is gone, or belongs to a process begun after the lock. */
async function isLockDead(lock: Readable<PulumiLock>, stack: string): Promise<boolean> {
  if (lock === UNREADABLE) return isLeftAlone(stack);
  if (lock.hostname !== hostname()) return false;
  const started = await startedAt(lock.pid);
  return started === undefined || started.getTime() > Date.parse(lock.timestamp) + CLOCK_MARGIN_MS;
}

export interface Takeover {
  /** The previous runner did not finish. */
  readonly cutOff: boolean;
  /** The lock of a dead owner is still there. */
  readonly breakLock: boolean;
}

/**
 * Checks whether the previous owner of this stack is proven to be dead. Call it with the stack's row locked. @returns
 * undefined when a live process still has it.
 */
export async function tryTakeover(folder: string, locks: string | undefined): Promise<Takeover | undefined> {
  const [lease, stack] = [await readLease(folder), basename(folder)];
  if (lease !== undefined && !(await isRunnerDead(lease, stack))) return undefined;
  const found = await readLocks(locks);
  const dead = await Promise.all(found.map((lock) => isLockDead(lock, stack)));
  return dead.includes(false) ? undefined : { cutOff: lease !== undefined, breakLock: found.length > 0 };
}

/** When several may hold it, the one that matters most. */
const WORST: readonly LockHolder[] = ['alive', 'elsewhere', 'dead'];

/** Who holds the stack, as far as it can be proven from here. Changes nothing. */
export async function inspectHolder(folder: string, locks: string | undefined): Promise<LockHolder> {
  const [lease, stack] = [await readLease(folder), basename(folder)];
  const found = await readLocks(locks);
  const holders = await Promise.all([
    ...(lease === undefined ? [] : [holderOf(lease, stack)]),
    ...found.map(async (lock) =>
      seen(lock === UNREADABLE ? hostname() : lock.hostname, !(await isLockDead(lock, stack))),
    ),
  ]);
  return WORST.find((holder) => holders.includes(holder)) ?? 'nobody';
}

const holderOf = async (lease: Readable<Lease>, stack: string): Promise<LockHolder> =>
  lease === UNREADABLE ? seen(hostname(), !(await isLeftAlone(stack))) : seen(lease.host, await isAlive(lease));

const seen = (host: string, alive: boolean): LockHolder => {
  if (host !== hostname()) return 'elsewhere';
  return alive ? 'alive' : 'dead';
};

export async function writeLease(folder: string, pid: number): Promise<void> {
  const identity = await identify(pid);
  if (identity === undefined) throw new StackFailure('ProvisioningInterrupted');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeJson(leasePath(folder), { host: hostname(), ...identity } satisfies Lease);
}

/** Call it with the stack's row locked, and only while the lease is one's own. */
export const dropLease = (folder: string): Promise<void> => rm(leasePath(folder), { force: true });
