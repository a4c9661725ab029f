import {
  WorkflowFailedError,
  type Client,
  type Workflow,
  type WorkflowHandle,
  type WorkflowResultType,
} from '@temporalio/client';
import { REFUSED } from '../../workflows/contract/commands.ts';
import { applicationFailure, failed, refused, unknownOutcome } from './commands.ts';
import type { CommandRequest } from './customer-commands.ts';
import { ApiError } from '../http/errors.ts';
import { UnderWay } from './under-way.ts';

const DEADLINE_MS = 20_000;

/** Refused in the workflow's own words, or failed; undefined while it runs. */
function outcomeOf(error: unknown): ApiError | undefined {
  if (!(error instanceof WorkflowFailedError)) return undefined;
  const failure = applicationFailure(error.cause);
  return failure?.type === REFUSED ? refused(failure.message) : failed(error);
}

/**
 * Starts a workflow for a request, or finds the one that is running for it, and waits for its result. `start` may
 * refuse with an ApiError. @throws UnderWay when it is still running: repeating it under the same id returns the
 * outcome @throws ApiError 409 in its own words when it refuses, 502 when it failed, 504 when it is not known whether
 * it started
 */
export async function workflowResult<W extends Workflow>(
  temporal: Client,
  command: CommandRequest,
  start: () => Promise<WorkflowHandle<W>>,
): Promise<WorkflowResultType<W>> {
  const deadline = Date.now() + DEADLINE_MS;
  const started = await temporal.withDeadline(deadline, start).catch((error: unknown) => {
    throw error instanceof ApiError ? error : unknownOutcome(command.commandId, error);
  });
  try {
    return await temporal.withDeadline(deadline, () => started.result());
  } catch (error) {
    throw outcomeOf(error) ?? new UnderWay(command, error);
  }
}
