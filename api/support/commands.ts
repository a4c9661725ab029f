import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { CARRIED_ON, MOVING_ON, REFUSED, type CommandName, type Commands } from '../../workflows/contract/commands.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { ApiError, notFound } from '../http/errors.ts';
import { UnderWay } from './under-way.ts';

export interface CommandDeps {
  readonly database: Database;
  readonly temporal: Client;
}

const DEADLINE_MS = 20_000;
/** When Temporal does not answer; a customer who is changing phase is asked until the deadline. */
const TRIES = 10;
const PAUSE_MS = 150;
/** Accepted by a run that ended before it answered; the next run knows the id, so asking again is safe. */
const CUT_OFF = 'AcceptedUpdateCompletedWorkflow';
const ASK_AGAIN: readonly (string | null | undefined)[] = [MOVING_ON, CARRIED_ON, CUT_OFF];

/** The typed failure at the bottom of what Temporal's client throws. */
export function applicationFailure(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure && error.type != null) return error;
  return error instanceof Error ? applicationFailure(error.cause) : undefined;
}

const ended = (): ApiError =>
  new ApiError(409, { error: 'Not possible now', message: 'This customer has left.', code: 'customer_ended' });

const notStarted = (): ApiError =>
  new ApiError(409, {
    error: 'Not possible now',
    message: 'This customer has just signed up, and their onboarding is starting. Try again in a few seconds.',
    code: 'not_started',
    retryAfterSeconds: 5,
  });

/** It is not known whether it was accepted, which is different from refused or failed. */
export const unknownOutcome = (commandId: string, cause: unknown): ApiError =>
  new ApiError(504, {
    error: 'Status unknown',
    message: `It is not yet known whether this was done. Send it again with the header "Idempotency-Key: ${commandId}": it takes effect at most once.`,
    code: 'outcome_unknown',
    cause,
  });

/** In words for the person who asked. */
export const refused = (sentence: string): ApiError =>
  new ApiError(409, { error: 'Not possible now', message: sentence, code: 'command_refused' });

export const failed = (cause: unknown): ApiError =>
  new ApiError(502, {
    error: 'Failed',
    message:
      applicationFailure(cause)?.nonRetryable === true
        ? "A service we depend on rejected this request, so trying again won't help until the cause is fixed."
        : 'A service we depend on failed. Try again in a minute with a new request.',
    code: 'command_failed',
    cause,
  });

/** In the workflow's own words, or undefined when the workflow has not got to it yet. */
function ofUpdate(error: WorkflowUpdateFailedError): ApiError | undefined {
  const failure = applicationFailure(error.cause);
  if (failure?.type === REFUSED) return refused(failure.message);
  return ASK_AGAIN.includes(failure?.type) ? undefined : failed(error);
}

/** Why there is no workflow; undefined when there should be one. */
async function whyNobody({ database }: CommandDeps, customerId: string): Promise<ApiError | undefined> {
  const customer = await findCustomer(database, customerId);
  if (!customer) return notFound('customer');
  if (customer.phase === 'ended') return ended();
  return customer.workflowStartedAt === null ? notStarted() : undefined;
}

/** The error to return, or undefined to try again under the same id. */
async function verdict(deps: CommandDeps, customerId: string, error: unknown): Promise<ApiError | undefined> {
  if (error instanceof WorkflowUpdateFailedError) return ofUpdate(error);
  return error instanceof WorkflowNotFoundError ? whyNobody(deps, customerId) : undefined;
}

/** The workflow did not accept it: nothing continues. */
const isRejection = (error: unknown): boolean => applicationFailure(error)?.type === MOVING_ON;

/** Accepted and not answered yet. A rejection comes with the update itself, without another call. */
const isTaken = (answer: Promise<unknown>): Promise<boolean> => {
  const isAnswered = answer.then(
    () => false,
    () => false,
  );
  return Promise.race([isAnswered, nextTurn(true)]);
};

/** Whether trying again before answering the caller is useless. */
function isOver(error: unknown, { tries, deadline }: { readonly tries: number; readonly deadline: number }): boolean {
  if (Date.now() + PAUSE_MS > deadline || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  return tries >= TRIES && !(error instanceof WorkflowUpdateFailedError);
}

/**
 * Sends a command to a customer's workflow and waits for its outcome. The same `commandId` takes effect once, however
 * often it is sent. `whenTaken` runs when the workflow has accepted it but needs time to answer; maybe more than once.
 * @throws UnderWay when it was accepted and is still running: repeating it under the same id returns the outcome
 * @throws ApiError 409 in the workflow's own words when it refuses, 404 for an unknown customer, 502 when the work
 * failed, 504 when it is not known in time whether it was accepted.
 */
export async function sendCommand<N extends CommandName>(
  deps: CommandDeps,
  customerId: string,
  name: N,
  argument: Commands[N]['argument'],
  { commandId, whenTaken }: { readonly commandId: string; readonly whenTaken?: () => Promise<void> },
): Promise<Commands[N]['result']> {
  const { temporal } = deps;
  const deadline = Date.now() + DEADLINE_MS;
  const customer = temporal.workflow.getHandle(customerWorkflowId(customerId));
  const start = () =>
    customer.startUpdate<Commands[N]['result'], [Commands[N]['argument']]>(name, {
      // One id may be used for different commands by a caller; the workflow knows answers by id alone.
      updateId: `${name}:${commandId}`,
      args: [argument],
      waitForStage: 'ACCEPTED',
    });
  for (let tries = 1; ; tries += 1) {
    let accepted = false;
    try {
      const update = await temporal.withDeadline(deadline, start);
      accepted = true;
      const answer = temporal.withDeadline(deadline, () => update.result());
      if (whenTaken && (await isTaken(answer))) await whenTaken();
      return await answer;
    } catch (error) {
      const known = await verdict(deps, customerId, error);
      if (known) throw known;
      accepted &&= !isRejection(error);
      if (isOver(error, { tries, deadline }))
        throw accepted ? new UnderWay({ commandId, customerId }, error) : unknownOutcome(commandId, error);
      await sleep(PAUSE_MS);
    }
  }
}
