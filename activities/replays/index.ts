import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { failedSteps } from '../../infra/db/repositories/steps.ts';
import * as batches from '../../infra/db/repositories/replay-batches.ts';
import type { Commands } from '../../workflows/contract/commands.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import type { BatchOutcome } from '../../workflows/domain/replay-batch.ts';

interface ReplayDeps {
  readonly database: Database;
  readonly temporal: Client;
}
interface BatchRef {
  readonly batchId: string;
}
interface Outcome {
  readonly state: BatchOutcome;
  readonly errorType?: string;
  readonly note?: string;
}

const LOOK_EVERY_MS = 250;
/** An onboarding that has not finished by then is `unknown`; it continues nevertheless. */
const PATIENCE_MS = 10 * 60_000;

/** Replays of many customers: each customer once per batch, whatever dies in between. */
export function createReplayActivities(deps: ReplayDeps) {
  const { database } = deps;
  return {
    /** Replays the next customer of the batch and waits for the outcome. @returns null when none is left */
    async replayNext({ batchId }: BatchRef): Promise<BatchOutcome | null> {
      const { workflowExecution, activityId } = Context.current().info;
      const claimant = `${workflowExecution?.runId ?? ''}:${activityId}`;
      const customerId = await batches.claimItem(database, batchId, claimant);
      if (customerId === undefined) return null;
      const outcome = await replayOne(deps, batchId, customerId);
      await batches.recordOutcome(database, { batchId, customerId }, outcome);
      return outcome.state;
    },

    async endBatch({ batchId, state }: BatchRef & { readonly state: 'done' | 'stopped' | 'cancelled' }): Promise<void> {
      await batches.recordBatchState(database, batchId, state);
    },
  };
}

async function replayOne({ database, temporal }: ReplayDeps, batchId: string, customerId: string): Promise<Outcome> {
  const batch = await batches.findBatch(database, batchId);
  const actor = batch?.actor ?? 'system';
  const reason = batch?.reason ?? '';
  const details = { from: 'failed', batchId };
  // It names the batch, so that a retry of this activity is not a second replay and gets the same answer.
  const commandId = `batch:${batchId}`;
  const auditId = await appendAudit(database, {
    customerId,
    actor,
    action: 'command.resumeOnboarding',
    reason,
    details,
    commandId,
  });
  const argument: Commands['resumeOnboarding']['argument'] = { actor, auditId, from: 'failed' };
  try {
    const handle = temporal.workflow.getHandle(customerWorkflowId(customerId));
    const { generation } = await handle.executeUpdate<Commands['resumeOnboarding']['result'], [typeof argument]>(
      'resumeOnboarding',
      { args: [argument], updateId: commandId },
    );
    return await settled(database, customerId, generation);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
      return { state: 'refused', note: error.cause.message };
    throw error;
  }
}

const failureOf = (failure: { readonly step: string; readonly errorType: string } | undefined) =>
  failure ? { errorType: failure.errorType, note: `failed at ${failure.step}` } : {};

/** The result of a replay; the failure before it has an older generation. */
async function settled(database: Database, customerId: string, generation: number): Promise<Outcome> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    await sleep(LOOK_EVERY_MS);
    const customer = await findCustomer(database, customerId);
    if (!customer || customer.phase !== 'onboarding') return { state: 'replayed' };
    if (customer.generation >= generation && customer.standing === 'failed') {
      const [failure] = await failedSteps(database, customerId);
      return { state: 'failed', ...failureOf(failure) };
    }
  }
  return { state: 'unknown', note: 'It did not finish in time; check the customer.' };
}

export type ReplayActivities = ReturnType<typeof createReplayActivities>;
