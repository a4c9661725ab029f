import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Database } from '../../infra/db/database.ts';
import {
  holdStack,
  lockStack,
  startRun,
  type StackRow,
  type StackRun,
  type StackStatus,
} from '../../infra/db/repositories/stacks.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import type { EngineOperation, EngineRequest } from '../../infra/tenant-stacks/engine/protocol.ts';
import { tenantNames, type Tenant, type TenantSpec } from '../../infra/tenant-stacks/spec.ts';
import type { StackOperation } from '../../workflows/contract/stack.ts';
import { ownOf, targetSettings, type ProvisioningDeps } from './deps.ts';
import { overtaken } from './failures.ts';
import { dropLease, lockFolder, tryTakeover, writeLease, type Takeover } from './lease.ts';

const LOCK_WAIT_MS = 5_000;
const LOCK_POLL_MS = 100;

export const stackFolder = ({ home }: ProvisioningDeps, customerId: string): string =>
  join(home, 'stacks', tenantNames(customerId).stack);

/**
 * The log of a stack that was undone: support still has to read why. It is deleted together with the customer's
 * backups.
 */
export const keptLog = ({ home }: ProvisioningDeps, customerId: string): string =>
  join(home, 'stack-logs', `${tenantNames(customerId).stack}.log`);

export const stackLocks = ({ pulumi }: ProvisioningDeps, customerId: string): string | undefined =>
  lockFolder(pulumi.backendUrl, tenantNames(customerId).stack);

/** The operation in the row's own words while it runs, and what it is for the engine. */
export const OPERATIONS = {
  create: { status: 'creating', engine: 'up' },
  update: { status: 'updating', engine: 'up' },
  adopt: { status: 'updating', engine: 'up' },
  destroy: { status: 'destroying', engine: 'destroy' },
} as const satisfies Record<StackOperation['operation'], { status: StackStatus; engine: EngineOperation }>;

export interface Claim extends Takeover {
  readonly run: StackRun;
  /** The row as it was before. */
  readonly before: StackRow;
}

interface Claiming {
  readonly deps: ProvisioningDeps;
  readonly operation: StackOperation;
  readonly target: string;
  readonly runnerPid: number;
}

async function tryClaim(db: Database, { deps, operation, target, runnerPid }: Claiming): Promise<Claim | undefined> {
  const { customerId, generation } = operation;
  const folder = stackFolder(deps, customerId);
  return db.transaction().execute(async (transaction) => {
    const stackName = tenantNames(customerId).stack;
    const before = await lockStack(transaction, { customerId, stackName, target });
    if (before.generation > generation) throw overtaken();
    const takeover = await tryTakeover(folder, stackLocks(deps, customerId));
    if (takeover === undefined) return undefined;
    await writeLease(folder, runnerPid);
    const run = { customerId, generation, startedAt: new Date() };
    await startRun(transaction, run, OPERATIONS[operation.operation].status, operation.operation);
    return { ...takeover, run, before };
  });
}

/**
 * Takes the stack for this attempt, waiting a little for an operation that may be about to end. @throws StackFailure
 * `StackLocked` when a live process has it; ApplicationFailure `StaleGeneration` when overtaken.
 */
export async function claimStack(claiming: Claiming): Promise<Claim> {
  const { database, limits } = claiming.deps;
  const deadline = Date.now() + (limits?.lockWaitMs ?? LOCK_WAIT_MS);
  do {
    const claim = await tryClaim(database, claiming);
    if (claim) return claim;
    await delay(LOCK_POLL_MS, undefined, { signal: Context.current().cancellationSignal });
  } while (Date.now() < deadline);
  throw new StackFailure('StackLocked');
}

/**
 * Releases the stack at the end of an attempt. An attempt that was overtaken, for example after its worker was paused,
 * must not touch the current owner's data.
 */
export async function releaseStack(deps: ProvisioningDeps, run: StackRun): Promise<void> {
  await deps.database.transaction().execute(async (transaction) => {
    if (await holdStack(transaction, run)) await dropLease(stackFolder(deps, run.customerId));
  });
}

/** Whether the engine has no stack when the row says this. */
export const isGone = (status: StackStatus): boolean => status === 'absent' || status === 'destroyed';

const CLEAN: ReadonlySet<StackStatus> = new Set<StackStatus>(['absent', 'ready', 'destroyed']);

/** The tenant of the stack, and what it should be. */
export interface Wanted {
  readonly tenant: Tenant;
  /** Absent when it is to be removed. */
  readonly spec?: TenantSpec;
}

interface EngineRun {
  readonly operation: EngineOperation;
  readonly runId: string;
  /** Existing resources are taken over when the state is missing. */
  readonly adopts: boolean;
}

export function engineRequest(
  deps: ProvisioningDeps,
  { tenant, spec }: Wanted,
  { operation, runId, adopts, before, cutOff, breakLock }: Claim & EngineRun,
): EngineRequest {
  return {
    ...{ operation, runId },
    tenant,
    ...(spec && { spec }),
    settings: targetSettings(deps),
    ...ownOf(deps, tenant),
    backendUrl: deps.pulumi.backendUrl,
    folder: stackFolder(deps, tenant.customerId),
    exists: !isGone(before.status),
    kept: before.stateSince !== null && !adopts,
    recover: cutOff || breakLock || !CLEAN.has(before.status),
    breakLock,
  };
}
