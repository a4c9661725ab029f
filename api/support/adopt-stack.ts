import { WorkflowExecutionAlreadyStartedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { findStack } from '../../infra/db/repositories/stacks.ts';
import {
  STACK_OPERATION,
  stackWorkflowId,
  type StackOperation,
  type StackResult,
} from '../../workflows/contract/stack.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import { applicationFailure, refused } from './commands.ts';
import { recordCommand, livingCustomer, type CommandRequest } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { workflowResult } from './workflow-result.ts';

type Adopt = (operation: StackOperation & Pick<Terms, 'retry'>) => Promise<StackResult>;

const FOR_A_PERSON: ReadonlySet<string> = new Set(['StateMissing', 'WrongBackend']);
const WITHOUT_STACK: ReadonlySet<string> = new Set(['absent', 'destroyed']);

/** A stack has one operation at a time; an adoption that is requested again is a new one, which finds nothing to do. */
async function start(
  { workflow }: Client,
  operation: StackOperation & Pick<Terms, 'retry'>,
): Promise<WorkflowHandle<Adopt>> {
  try {
    return await workflow.start<Adopt>(STACK_OPERATION, {
      workflowId: stackWorkflowId(operation.customerId),
      taskQueue: TASK_QUEUE.lifecycle,
      workflowTaskTimeout: '2s',
      args: [operation],
      staticSummary: 'adopt the stack',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw refused('Another operation on this stack is in progress. Try again when it has finished.');
  }
}

/** In the words of the failure itself where a person has to do something first. */
function inItsWords(error: unknown): unknown {
  const failure = applicationFailure(error);
  return failure && FOR_A_PERSON.has(failure.type ?? '') ? refused(failure.message) : error;
}

/**
 * Takes over what exists of a stack whose state is missing, without changing what devices and the instance hold; brings
 * any other stack to what Postgres says. Idempotent.
 * @throws ApiError 404 for nobody; 409 for one who has left or has no stack, while another operation runs, and when what
 * the instance holds is gone too; 502 when it failed, 504 when it is not known whether it started
 * @throws UnderWay when it goes on
 */
export async function adoptStack(deps: AppDeps, command: CommandRequest, reason: string): Promise<StackResult> {
  const { customerId } = command;
  const { terms } = await livingCustomer(deps, customerId);
  const stack = await findStack(deps.database, customerId);
  if (stack === undefined || WITHOUT_STACK.has(stack.status)) throw refused('This customer has no stack.');
  await recordCommand(deps, command, 'adoptStack', { reason });
  const operation = { customerId, operation: 'adopt', generation: stack.generation, retry: terms.retry } as const;
  const { temporal } = deps;
  try {
    return await workflowResult(temporal, command, () => start(temporal, operation));
  } catch (error) {
    throw inItsWords(error);
  }
}
