import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ACCOUNT_MAIL, TASK_QUEUE, accountMailWorkflowId, type AccountMail } from '../../workflows/contract.ts';
import type { AppDeps } from '../http/deps.ts';

/** A page answers without Temporal; whoever waits for a mail in vain asks for another. */
const START_DEADLINE_MS = 1_500;

/**
 * Has a mail sent, by a workflow of its own. What goes wrong is logged and never told to whoever asked: the reply must not
 * depend on it.
 * @returns whether the mail was ordered
 */
export async function sendAccountMail(
  { temporal, logger }: Pick<AppDeps, 'temporal' | 'logger'>,
  customerId: string,
  mail: AccountMail['mail'],
  commandId: string = randomUUID(),
): Promise<boolean> {
  const key = `${customerId}:${mail}:${commandId}`;
  const order: AccountMail = { customerId, mail, key };
  try {
    await temporal.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      temporal.workflow.start(ACCOUNT_MAIL, {
        workflowId: accountMailWorkflowId(key),
        taskQueue: TASK_QUEUE.lifecycle,
        args: [order],
        staticSummary: `Mail ${mail} to ${customerId}`,
      }),
    );
    return true;
  } catch (error) {
    // Ordered before, under this key.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return true;
    logger.error({ err: error, customerId, mail }, 'a mail about a sign-in could not be ordered');
    return false;
  }
}
