import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { findStack } from '../infra/db/repositories/stacks.ts';
import {
  STACK_OPERATION,
  TASK_QUEUE,
  stackWorkflowId,
  type StackOperation,
  type StackResult,
} from '../workflows/contract.ts';
import type { Terms } from '../workflows/domain/terms.ts';
import { applicationFailure, outcomeOfWorkflow, refused } from './commands.ts';
import { asked, livingCustomer, type Order } from './customer-commands.ts';
import type { AppDeps } from './deps.ts';

const DEADLINE_MS = 25_000;
const WITHOUT_STACK: ReadonlySet<string> = new Set(['absent', 'destroyed']);

/** In the words of the failure itself where a person has to do something first. */
function outcome(error: unknown, commandId: string): Error {
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return refused('Another operation on this stack is running. Ask again when it has ended.');
  const failure = applicationFailure(error);
  const told = failure?.type === 'StateMissing' || failure?.type === 'WrongBackend';
  return told ? refused(failure.message) : outcomeOfWorkflow(error, commandId);
}

/**
 * Takes over what exists of a stack whose state is missing, without changing what devices and the instance hold; brings
 * any other stack to what Postgres says. Idempotent.
 * @throws ApiError 404 for nobody; 409 for one who has left or has no stack, while another operation runs, and when what
 * the instance holds is gone too; 502 when it failed, 504 when the outcome is not known in time
 */
export async function adoptStack(deps: AppDeps, order: Order, reason: string): Promise<StackResult> {
  const { customerId, commandId } = order;
  const { terms } = await livingCustomer(deps, customerId);
  const stack = await findStack(deps.database, customerId);
  if (stack === undefined || WITHOUT_STACK.has(stack.status)) throw refused('This customer has no stack.');
  await asked(deps, order, 'adoptStack', { reason });
  const { generation } = stack;
  const operation: StackOperation & Pick<Terms, 'retry'> = {
    ...{ customerId, operation: 'adopt', generation },
    retry: terms.retry,
  };
  try {
    return await deps.temporal.withDeadline(Date.now() + DEADLINE_MS, () =>
      deps.temporal.workflow.execute<(given: typeof operation) => Promise<StackResult>>(STACK_OPERATION, {
        workflowId: stackWorkflowId(customerId),
        taskQueue: TASK_QUEUE.lifecycle,
        workflowTaskTimeout: '2s',
        args: [operation],
        staticSummary: 'adopt the stack',
      }),
    );
  } catch (error) {
    throw outcome(error, commandId);
  }
}
