import { rm } from 'node:fs/promises';
import { CancelledFailure } from '@temporalio/common';
import type { Queryable } from '../../infra/db/database.ts';
import { OF_STACKS, appendAudit } from '../../infra/db/repositories/audit.ts';
import {
  addDeploymentMetric,
  endRun,
  holdStack,
  setDeployment,
  type Deployment,
} from '../../infra/db/repositories/stacks.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import { pluginsOf } from '../../infra/tenant-stacks/engine/paths.ts';
import type { Tenant } from '../../infra/tenant-stacks/spec.ts';
import type { StackOperation } from '../../workflows/contract/stack.ts';
import { requireOwnBackend } from './backend-identity.ts';
import { targetOf, type ProvisioningDeps } from './deps.ts';
import { overtaken } from './failures.ts';
import {
  claimStack,
  engineRequest,
  OPERATIONS,
  releaseStack,
  stackFolder,
  type Claim,
  type Wanted,
} from './operation.ts';
import { ProgressWriter } from './progress-writer.ts';
import { StackRunner, type EngineResult } from './runner.ts';
import { supervise } from './supervise.ts';

/** What actually exists of the tenant, by kind. */
export const takeInventory = (deps: ProvisioningDeps, { target, customerId }: Tenant) =>
  targetOf(deps, target).inventory(customerId);

/**
 * The state has the secrets that devices and the instance hold, and so has the instance itself: one of them must exist.
 */
function nowhereToAdoptFrom(error: unknown): unknown {
  if (!(error instanceof StackFailure) || error.type !== 'StateMissing') return error;
  return new StackFailure(
    'StateMissing',
    "The stack cannot be adopted: its state is missing, and its instance's credentials are gone too. Restore the state, or credentials.json, from a copy first.",
  );
}

const isWhole = (inventory: Readonly<Record<string, boolean>>): boolean => !Object.values(inventory).includes(false);

interface Run extends Wanted {
  readonly deps: ProvisioningDeps;
  readonly operation: StackOperation;
  /** Done when the operation has succeeded, while nobody can take the stack over. */
  readonly finish?: () => Promise<void>;
}

async function operate(run: Run, runner: StackRunner, claim: Claim): Promise<EngineResult> {
  const { deps, operation, tenant } = run;
  const engine = OPERATIONS[operation.operation].engine;
  const applies = engine === 'up';
  // The state does not show what somebody removed behind its back; in that case it is compared with what exists.
  const drifted = applies && claim.before.status === 'ready' && !isWhole(await takeInventory(deps, tenant));
  const adopting = operation.operation === 'adopt';
  const adopts = adopting && (await targetOf(deps, tenant.target).hasSecrets(tenant.customerId));
  const request = engineRequest(deps, run, { ...claim, operation: engine, runId: runner.id, adopts });
  const progress = new ProgressWriter(deps.database, claim.run);
  const { deadlineMs } = deps.limits ?? {};
  const result = await supervise({
    ...{ runner, deadlineMs },
    request: { ...request, recover: request.recover || drifted || adopting },
    onProgress: progress.write,
  })
    .catch((error: unknown) => {
      throw adopting ? nowhereToAdoptFrom(error) : error;
    })
    .finally(() => progress.flush());
  if (applies && !isWhole(await takeInventory(deps, tenant))) throw new StackFailure('StackDrift');
  return result;
}

async function recordStart({ deps, operation }: Run, claim: Claim): Promise<void> {
  await deps.database.transaction().execute(async (transaction) => {
    if (!(await holdStack(transaction, claim.run))) throw overtaken();
    await setDeployment(transaction, operation.customerId, { status: 'provisioning', error: null });
  });
}

const failureText = (error: unknown): string =>
  error instanceof StackFailure
    ? error.text
    : error instanceof CancelledFailure
      ? 'Cancelled.'
      : 'Provisioning failed.';

const DONE = { create: 'created', update: 'updated', adopt: 'adopted', destroy: 'destroyed' } as const;

/** Duration and outcome for the figures, and one row in the audit trail: that of the attempt. */
async function record(
  db: Queryable,
  { operation: { customerId, operation, generation } }: Run,
  { run: { startedAt } }: Claim,
  status: 'success' | 'failed',
): Promise<void> {
  const durationSeconds = (Date.now() - startedAt.getTime()) / 1000;
  await addDeploymentMetric(db, { customerId, operation, durationSeconds, status });
  const action = `${OF_STACKS}${status === 'success' ? DONE[operation] : 'failed'}`;
  await appendAudit(db, { customerId, actor: 'system', action, details: { operation, generation } });
}

async function recordFailure(run: Run, claim: Claim, error: unknown): Promise<void> {
  const { deps, operation } = run;
  const { customerId } = operation;
  const text = failureText(error);
  await deps.database.transaction().execute(async (transaction) => {
    const version = await endRun(transaction, claim.run, { status: 'failed', error: text, changed: false });
    if (version === undefined) return;
    // An instance that was running keeps running: a failed update is an error, not the end of the deployment.
    const keeps = operation.operation !== 'create' && claim.before.version > 0;
    await setDeployment(transaction, customerId, { error: text, ...(!keeps && { status: 'failed' }) });
    await record(transaction, run, claim, 'failed');
  });
}

async function recordSuccess(run: Run, claim: Claim, { changes, outputs }: EngineResult): Promise<number> {
  const { deps, operation, spec, finish } = run;
  const { customerId } = operation;
  if (spec && !outputs)
    throw new StackFailure('ProvisioningFailed', 'The stack was created, but its program returned no outputs.');
  const deployment: Deployment = spec
    ? { status: 'ready', error: null, ...outputs }
    : { status: 'deleted', instanceUrl: null, namespace: null, organization: null };
  return deps.database.transaction().execute(async (transaction) => {
    const status = spec ? 'ready' : 'destroyed';
    const changed = changes.create + changes.update + changes.delete > 0;
    const version = await endRun(transaction, claim.run, {
      ...{ status, changed },
      outputs: spec ? { ...outputs, region: spec.region } : {},
    });
    if (version === undefined) throw overtaken();
    await finish?.();
    await setDeployment(transaction, customerId, deployment);
    await record(transaction, run, claim, 'success');
    return version;
  });
}

/**
 * One attempt at one operation, from claiming the stack to its row. The runner is started first: while its modules load,
 * the stack is claimed.
 * @returns the stack's version.
 */
export async function runStack(run: Run): Promise<number> {
  const { deps, operation, tenant } = run;
  await requireOwnBackend(deps);
  const runner = await StackRunner.start(deps);
  try {
    const claim = await claimStack({ deps, operation, target: tenant.target, runnerPid: runner.pid });
    try {
      if (operation.operation === 'create') await recordStart(run, claim);
      const result = await operate(run, runner, claim);
      return await recordSuccess(run, claim, result);
    } catch (error) {
      await recordFailure(run, claim, error);
      throw error;
    } finally {
      await runner.kill();
      await rm(pluginsOf(stackFolder(deps, tenant.customerId), runner.id), { recursive: true, force: true });
      // If the lease stays, its runner is gone: the next attempt takes it over.
      await releaseStack(deps, claim.run).catch(() => undefined);
    }
  } finally {
    await runner.kill();
  }
}
