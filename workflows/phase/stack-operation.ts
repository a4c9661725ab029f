import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, executeChild, sleep } from '@temporalio/workflow';
import { stackWorkflowId, type StackOperation } from '../contract/stack.ts';
import { TASK_QUEUE } from '../contract/task-queue.ts';
import { hasInstance } from '../domain/core-steps.ts';
import type { CustomerRun } from './customer-run.ts';
import { provisioning } from '../provisioning.ts';

/**
 * Runs one operation on the customer's stack as a child whose id is the stack's mutex, and waits for its end: a change
 * of phase with an open child would kill or orphan it. A customer without an instance has no stack.
 * @param epoch of the onboarding's step that this is; absent for any other operation
 */
export async function operateStack(
  customer: CustomerRun,
  operation: StackOperation['operation'],
  epoch?: number,
): Promise<void> {
  if (!hasInstance(customer.state.terms)) return;
  const generation = customer.state.stackGeneration + 1;
  customer.update({ stackGeneration: generation });
  const { customerId, terms } = customer.state;
  for (;;) {
    try {
      await executeChild(provisioning, {
        workflowId: stackWorkflowId(customerId),
        taskQueue: TASK_QUEUE.lifecycle,
        args: [{ customerId, operation, generation, ...(epoch !== undefined && { epoch }), retry: terms.retry }],
        staticSummary: `${operation} the stack`,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowTaskTimeout: '2s',
      });
      return;
    } catch (error) {
      // Only a run that an operator terminated can have left one behind; its operation ends on its own.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('2s', { summary: 'another operation on this stack is still running' });
    }
  }
}
